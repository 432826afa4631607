import { z } from 'zod'
import type { BilingualText } from '../flow.ts'

/** More than any catalogue has; each is a row of its own. */
const MAX_CODES = 200

/** The fields of the form (reference chorus-pro-edi §7.2); a draft may lack any of them. */
export const connectionFormSchema = z.strictObject({
  /** First and last day, `YYYY-MM-DD`; the connection ends with the last one. */
  validFrom: z.iso.date().exactOptional(),
  validUntil: z.iso.date().exactOptional(),
  certificates: z
    .array(
      z.strictObject({
        part: z.enum(['client', 'server']),
        /** Of a certificate given to this connection. */
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
        /** A renewal: accepted from then on, beside the present one. */
        startsAt: z.iso.datetime({ offset: true }).exactOptional(),
      }),
    )
    .max(8)
    .exactOptional(),
  contact: z
    .strictObject({
      name: z.string().max(100).exactOptional(),
      firstName: z.string().max(100).exactOptional(),
      email: z.string().max(254).exactOptional(),
      telephone: z.string().max(40).exactOptional(),
    })
    .exactOptional(),
  network: z
    .strictObject({
      /** Addresses or CIDR blocks the partner comes from; empty = any. */
      ipAddresses: z.array(z.string().max(64)).max(64).exactOptional(),
      as2: z
        .strictObject({
          url: z.string().max(500).exactOptional(),
          as2Id: z.string().max(128).exactOptional(),
        })
        .exactOptional(),
      pesit: z
        .strictObject({
          host: z.string().max(253).exactOptional(),
          port: z.int().min(1).max(65_535).exactOptional(),
          /** PI 3 and PI 4. */
          requesterId: z.string().max(24).exactOptional(),
          serverId: z.string().max(24).exactOptional(),
        })
        .exactOptional(),
    })
    .exactOptional(),
  /** By interface code; one that is not there is "No connection". */
  codes: z
    .record(z.string().max(20), z.enum(['NONE', 'COMPLETE', 'PARTIAL']))
    .refine((codes) => Object.keys(codes).length <= MAX_CODES, `more than ${MAX_CODES} codes`)
    .exactOptional(),
  /** What the person confirms (decisions F3). */
  confirmations: z
    .strictObject({
      documentationRead: z.boolean().exactOptional(),
      technicalSkill: z.boolean().exactOptional(),
      /** Tested in qualification first, or the publisher already is. */
      qualificationFirst: z.boolean().exactOptional(),
    })
    .exactOptional(),
  comments: z.string().max(2_000).exactOptional(),
})

export type ConnectionForm = Readonly<z.output<typeof connectionFormSchema>>

/** One thing that keeps a form from being sent. */
export interface FormFault {
  /** Dotted path in the form: `contact.email`, `certificates`, `codes.FSO1110A`. */
  readonly field: string
  readonly code: string
  readonly message: BilingualText
  readonly remedy: BilingualText
}
