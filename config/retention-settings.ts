import { z } from 'zod'

const days = (fallback: number, what: string) =>
  z.int().min(0).max(36_500).default(fallback).describe(`${what}, in days; 0 = for ever.`)

const ceiling = (what: string) =>
  z.int().min(0).max(Number.MAX_SAFE_INTEGER).default(0).describe(what)

/** How long what is finished is kept (gateway/retention). */
export const retentionSettings = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe('Remove what is past its time once a day; false = only `raccord retention run`.'),
  payloadDays: days(90, 'Contents of decided flows, and of return flows that are over, are kept'),
  transcriptDays: days(30, 'Transcripts of sessions that are over are kept'),
  eventDays: days(
    400,
    'Timelines of decided flows, sessions, refusals, rejections, return flows that are over, and calls, mails and receipts that were made are kept',
  ),
  qualificationDays: days(1_095, 'Qualification runs that are over are kept'),
  payloadBytes: ceiling(
    'Contents of flows and return flows together: above, the oldest that may go do, however young, in bytes; 0 = no ceiling.',
  ),
  transcriptBytes: ceiling('The same of transcripts, in bytes; 0 = no ceiling.'),
  events: ceiling('The same of the entries of timelines, in entries; 0 = no ceiling.'),
})

export type RetentionSettings = Readonly<z.output<typeof retentionSettings>>
