import { randomBytes } from 'node:crypto'
import { hashRow, type CipherName, type HashName } from './cms/algorithms.ts'
import { writeCompressed } from './cms/write-compressed.ts'
import { writeEnveloped, type Written } from './cms/write-enveloped.ts'
import type { Recipient } from './cms/write-recipient.ts'
import { detachedSignatureBytes, writeDetachedSignature, type Signer } from './cms/write-signed.ts'
import { micBasis, type Layer } from './mic.ts'
import { writeHeaderField } from './mime/header-fields.ts'
import { quoted } from './mime/parameterised-value.ts'
import { base64Lines } from './mime/transfer-encoding.ts'
import { tapped, type Octets } from './octets.ts'
import { RunningDigests, type Digests } from './running-digests.ts'

export type HeaderList = readonly (readonly [name: string, value: string])[]

export interface MessageOrder {
  readonly payload: {
    readonly octets: Octets
    /** When known, the length of the message is known too unless it is compressed. */
    readonly bytes: number | undefined
    readonly contentType: string
    readonly fileName?: string
  }
  readonly sign?: Signer
  /** Inside or outside of the signature; never both (RFC 5402 §3). */
  readonly compress?: 'before-signature' | 'after-signature'
  readonly encrypt?: { readonly cipher: CipherName; readonly recipients: readonly Recipient[] }
  /** For the MIC besides the signature's own: what the receipt is asked with. */
  readonly micHashes: readonly HashName[]
  /** How SHA-2 is spelled in `micalg`. */
  readonly micalg?: 'new' | 'old'
}

export interface BuiltMessage extends Written {
  /** For the request: Content-Type and the like, none folded. */
  readonly headers: HeaderList
  /** Once the octets have been read: of what the partner's MIC must be over. */
  readonly digests: () => Digests
}

interface OutgoingEntity extends Written {
  readonly fields: HeaderList
}

/** Builds a message in any of the eight nestings of signed, compressed and encrypted. */
export function buildMessage(order: MessageOrder): BuiltMessage {
  const { sign, compress, encrypt } = order
  const layers: Layer[] = [
    ...(sign === undefined ? [] : ['signed' as const]),
    ...(compress === undefined ? [] : ['compressed' as const]),
    ...(encrypt === undefined ? [] : ['encrypted' as const]),
  ]
  const basis = micBasis(layers)
  const hashes = new Set([
    ...(sign === undefined ? [] : [sign.hash]),
    ...order.micHashes,
    'sha256',
  ] as const)
  const digests = new RunningDigests(hashes)
  const digested = (octets: Octets): Octets => tapped(octets, (piece) => digests.update(piece))

  const start = payloadEntity(order)
  let entity = basis === 'content' ? { ...start, octets: digested(start.octets) } : start
  // What stands for the entity in the layer around it; the MIC's is digested as it passes.
  let inner: Written | undefined
  const whole = (): Written => inner ?? serialised(entity)
  if (basis === 'entity') inner = { ...whole(), octets: digested(whole().octets) }
  const enclose = (outer: OutgoingEntity): void => {
    entity = outer
    inner = undefined
  }
  if (compress === 'before-signature' || (compress !== undefined && sign === undefined)) {
    enclose(compressedEntity(whole()))
  }
  if (sign !== undefined) {
    const part = whole()
    enclose(signedEntity({ ...part, octets: digested(part.octets) }, sign, digests, order.micalg))
    if (compress === 'after-signature') enclose(compressedEntity(whole()))
  }
  if (encrypt !== undefined) enclose(encryptedEntity(whole(), encrypt))
  return {
    headers: entity.fields,
    octets: entity.octets,
    bytes: entity.bytes,
    digests: () => digests.get(),
  }
}

function payloadEntity({ payload }: MessageOrder): OutgoingEntity {
  return { fields: payloadFields(payload), octets: payload.octets, bytes: payload.bytes }
}

/** Headers of the payload itself, the innermost of a message. */
export function payloadFields({
  contentType,
  fileName,
}: Pick<MessageOrder['payload'], 'contentType' | 'fileName'>): HeaderList {
  const disposition =
    fileName === undefined
      ? []
      : [['Content-Disposition', `attachment; filename=${quoted(fileName)}`] as const]
  return [['Content-Type', contentType], ...disposition, BINARY]
}

const BINARY = ['Content-Transfer-Encoding', 'binary'] as const

function cmsFields(type: string, name: string): HeaderList {
  return [
    ['Content-Type', `application/pkcs7-mime; smime-type=${type}; name=${name}`],
    ['Content-Disposition', `attachment; filename=${name}`],
    BINARY,
  ]
}

function compressedEntity({ octets }: Written): OutgoingEntity {
  return { fields: cmsFields('compressed-data', 'smime.p7z'), ...writeCompressed(octets) }
}

function encryptedEntity(
  { octets, bytes }: Written,
  { cipher, recipients }: NonNullable<MessageOrder['encrypt']>,
): OutgoingEntity {
  const type = cipher.endsWith('-gcm') ? 'authEnveloped-data' : 'enveloped-data'
  const written = writeEnveloped({ octets, bytes, cipher, recipients })
  return { fields: cmsFields(type, 'smime.p7m'), ...written }
}

const SIGNATURE_FIELDS: HeaderList = [
  ['Content-Type', 'application/pkcs7-signature; name=smime.p7s'],
  ['Content-Transfer-Encoding', 'base64'],
  ['Content-Disposition', 'attachment; filename=smime.p7s'],
]

/** `part` is digested into `digests` as it passes. */
function signedEntity(
  part: Written,
  signer: Signer,
  digests: RunningDigests,
  spelling: MessageOrder['micalg'],
): OutgoingEntity {
  const boundary = `----raccord-${randomBytes(18).toString('hex')}`
  const row = hashRow(signer.hash)
  const head = Buffer.from(`--${boundary}\r\n`)
  const middle = Buffer.from(`\r\n--${boundary}\r\n${headerBlock(SIGNATURE_FIELDS)}`, 'latin1')
  const end = Buffer.from(`\r\n--${boundary}--\r\n`)
  const signatureBytes = part.bytes === undefined ? undefined : detachedSignatureBytes(signer)
  const lines = (bytes: Buffer): Buffer => Buffer.from(base64Lines(bytes), 'latin1')
  const fixed = head.length + middle.length + end.length
  const bytes =
    part.bytes === undefined || signatureBytes === undefined
      ? undefined
      : fixed + part.bytes + lines(Buffer.alloc(signatureBytes)).length
  async function* octets(): AsyncGenerator<Buffer> {
    yield head
    for await (const piece of part.octets) yield piece
    const signature = await writeDetachedSignature(signer, digests.get().get(signer.hash)!)
    yield Buffer.concat([middle, lines(signature), end])
  }
  const micalg = spelling === 'old' ? row.oldMicalg : row.micalg
  const type = `multipart/signed; protocol="application/pkcs7-signature"; micalg=${micalg}; boundary="${boundary}"`
  return { fields: [['Content-Type', type]], octets: octets(), bytes }
}

/** Header lines and the blank line. @throws MessageFault for a value that would end its line */
export function headerBlock(fields: HeaderList): string {
  return `${fields.map(([name, value]) => writeHeaderField(name, value)).join('')}\r\n`
}

function serialised({ fields, octets, bytes }: OutgoingEntity): Written {
  const head = Buffer.from(headerBlock(fields), 'utf8')
  async function* all(): AsyncGenerator<Buffer> {
    yield head
    for await (const piece of octets) yield piece
  }
  return { octets: all(), bytes: bytes === undefined ? undefined : head.length + bytes }
}

/** A signed entity around octets that are whole already: a signed receipt. */
export function signWhole(part: Buffer, signer: Signer, micalg?: 'new' | 'old'): BuiltMessage {
  const digests = new RunningDigests([signer.hash])
  async function* once(): AsyncGenerator<Buffer> {
    digests.update(part)
    yield part
  }
  const entity = signedEntity({ octets: once(), bytes: undefined }, signer, digests, micalg)
  return {
    headers: entity.fields,
    octets: entity.octets,
    bytes: entity.bytes,
    digests: () => digests.get(),
  }
}
