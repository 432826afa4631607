import { TAG } from '../../../certs/der.ts'
import { oidOf } from '../../../certs/der-values.ts'
import { MessageFault } from '../message-fault.ts'
import type { Octets } from '../octets.ts'
import { BerCursor } from './ber-cursor.ts'
import { OID } from './object-identifiers.ts'

/** What a CMS message is, by the OID it starts with; `smime-type` is a hint and often missing. */
export type CmsType = 'signed' | 'enveloped' | 'auth-enveloped' | 'compressed'

const TYPES: Readonly<Record<string, CmsType>> = {
  [OID.signedData]: 'signed',
  [OID.envelopedData]: 'enveloped',
  [OID.authEnvelopedData]: 'auth-enveloped',
  [OID.compressedData]: 'compressed',
}

const MAX_OID_BYTES = 64

/** A CMS message entered as far as its structure, which `readEnvelope` and the like go on with. */
export interface OpenedCms {
  readonly type: CmsType
  readonly ber: BerCursor
  /** After the structure: its end, and nothing but line ends behind it. */
  readonly finish: () => Promise<void>
}

/** Opens a ContentInfo (RFC 5652 §3). @throws MessageFault, DerError */
export async function openCms(octets: Octets): Promise<OpenedCms> {
  const ber = new BerCursor(octets)
  await ber.enter(TAG.sequence, 'A CMS message')
  const oid = oidOf(await ber.element(MAX_OID_BYTES))
  const type = TYPES[oid]
  if (type === undefined) throw new MessageFault('unsupported', `CMS content of type ${oid}`)
  await ber.enterContext(0, 'The content of a CMS message')
  return {
    type,
    ber,
    finish: async () => {
      await ber.leave()
      await ber.leave()
      await ber.end()
    },
  }
}
