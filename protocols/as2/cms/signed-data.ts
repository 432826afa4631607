import { TAG } from '../../../certs/der.ts'
import { oidOf, smallInteger } from '../../../certs/der-values.ts'
import { MessageFault } from '../message-fault.ts'
import type { Octets } from '../octets.ts'
import { readAlgorithm } from './algorithm-identifier.ts'
import { hashByOid, type HashName } from './algorithms.ts'
import type { BerCursor } from './ber-cursor.ts'
import { readSignerInfo, type SignerInfo } from './signer-info.ts'

const MAX_ALGORITHM_BYTES = 1_024
const MAX_DIGEST_ALGORITHMS = 8
const MAX_CERTIFICATES = 32
const MAX_CERTIFICATE_BYTES = 32 * 1024
/** Lists of revoked certificates may be long and are not looked at. */
const MAX_REVOCATION_BYTES = 256 * 1024
const MAX_SIGNERS = 8
const MAX_SIGNER_BYTES = 64 * 1024

/** What follows the content. */
export interface Signatures {
  /** DER of each: hints, never a reason to trust. */
  readonly certificates: readonly Buffer[]
  readonly signers: readonly SignerInfo[]
}

/** A signed message, opened as far as its content. */
export interface SignedMessage {
  /** What the signers announce; those not known are left out. */
  readonly hashes: readonly HashName[]
  /** OID of what is signed. */
  readonly contentType: string
  /** The signed octets; undefined when they are elsewhere (a detached signature). */
  readonly content: Octets | undefined
  /** Once the content has been read. @throws MessageFault, DerError */
  readonly signatures: () => Promise<Signatures>
}

/** Reads SignedData (RFC 5652 §5.1) up to its content. @throws MessageFault, DerError */
export async function readSigned(ber: BerCursor): Promise<SignedMessage> {
  await ber.enter(TAG.sequence, 'SignedData')
  smallInteger(await ber.element(MAX_ALGORITHM_BYTES))
  const hashes = new Set<HashName>()
  await ber.enter(TAG.set, 'The digest algorithms')
  for (let count = 0; !(await ber.isAtEnd()); count += 1) {
    if (count >= MAX_DIGEST_ALGORITHMS) throw new MessageFault('limit', 'Too many digests')
    const hash = hashByOid(readAlgorithm(await ber.element(MAX_ALGORITHM_BYTES)).oid)
    if (hash !== undefined) hashes.add(hash.name)
  }
  await ber.leave()
  await ber.enter(TAG.sequence, 'EncapsulatedContentInfo')
  const contentType = oidOf(await ber.element(MAX_ALGORITHM_BYTES))
  const isAttached = await ber.isNextContext(0)
  if (isAttached) await ber.enterContext(0, 'The signed content')
  return {
    hashes: [...hashes],
    contentType,
    content: isAttached ? ber.octetString() : undefined,
    signatures: async () => {
      if (isAttached) await ber.leave()
      return readSignatures(ber)
    },
  }
}

async function readSignatures(ber: BerCursor): Promise<Signatures> {
  await ber.leave()
  const certificates: Buffer[] = []
  if (await ber.isNextContext(0)) {
    await ber.enterContext(0, 'The certificates')
    while (!(await ber.isAtEnd())) {
      const element = await ber.element(MAX_CERTIFICATE_BYTES)
      // Other forms than certificates (RFC 5652 §10.2.2) have tags of their own.
      if (element.is(TAG.sequence)) certificates.push(element.raw)
      if (certificates.length > MAX_CERTIFICATES) {
        throw new MessageFault('limit', `More than ${MAX_CERTIFICATES} certificates`)
      }
    }
    await ber.leave()
  }
  if (await ber.isNextContext(1)) await ber.element(MAX_REVOCATION_BYTES)
  await ber.enter(TAG.set, 'The signatures')
  const signers: SignerInfo[] = []
  while (!(await ber.isAtEnd())) {
    signers.push(readSignerInfo(await ber.element(MAX_SIGNER_BYTES)))
    if (signers.length > MAX_SIGNERS) {
      throw new MessageFault('limit', `More than ${MAX_SIGNERS} signatures`)
    }
  }
  await ber.leave()
  await ber.leave()
  return { certificates, signers }
}
