import { writeAs2Name } from './as2-name.ts'
import type { HeaderList } from './message-writer.ts'

/** 4130bis; whoever declares it names its product, too. Any 1.x talks to any other (RFC 6017 §2). */
export const AS2_VERSION = '1.3'

/** RFC 6017: what is built and switched on. A stored MDN is given again to a repeated message. */
export const EDIINT_FEATURES = 'AS2-Reliability'

export interface As2Parties {
  /** Decoded names; quoted on the line when they need it. */
  readonly from: string
  readonly to: string
  /** Name and version as `raccord:0.1.0`, lower case (4130bis, AS2-Product). */
  readonly product: string
  /** Milliseconds UTC. */
  readonly now: number
}

/** The fields that messages and MDNs over HTTP both carry. */
export function as2Headers({ from, to, product, now }: As2Parties): HeaderList {
  return [
    ['AS2-Version', AS2_VERSION],
    ['AS2-Product', product],
    ['EDIINT-Features', EDIINT_FEATURES],
    ['AS2-From', writeAs2Name(from)],
    ['AS2-To', writeAs2Name(to)],
    ['MIME-Version', '1.0'],
    ['Date', mailDate(now)],
    ['User-Agent', product.replace(':', '/')],
  ]
}

/** RFC 5322 §3.3. */
export function mailDate(milliseconds: number): string {
  return new Date(milliseconds).toUTCString().replace('GMT', '+0000')
}
