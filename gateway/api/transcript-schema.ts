import { z } from 'zod'

/** What the transcripts of a flow and of a return flow have alike. */
export const transcriptParts = {
  session: z.object({
    id: z.string(),
    protocol: z.enum(['sftp', 'as2', 'pesit']),
    peer: z.string().meta({ description: 'Address and port.' }),
    startedAt: z.iso.datetime(),
    endedAt: z.iso.datetime().nullable(),
    outcome: z.string().nullable(),
    fields: z.record(z.string(), z.string()),
  }),
  entries: z.array(
    z.object({
      at: z.iso.datetime(),
      direction: z
        .enum(['in', 'out'])
        .nullable()
        .meta({ description: 'As the gateway sees it; null for what crossed no wire.' }),
      layer: z.string(),
      name: z.string(),
      summary: z.string(),
      fields: z.record(z.string(), z.union([z.string(), z.number()])),
      hex: z.string().nullable().meta({ description: 'Its bytes, secrets as `**`.' }),
    }),
  ),
  verdicts: z
    .array(z.object({ entry: z.int(), text: z.string() }))
    .meta({ description: 'Rules of the protocol that were broken, by the entry that shows it.' }),
}
