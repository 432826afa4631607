import { readCertificate, type Certificate } from '../../certs/certificate.ts'
import { sha256 } from '../../certs/fingerprint.ts'
import { hashByMicalg, type HashName, type LegacyAlgorithm } from './cms/algorithms.ts'
import { readCompressed } from './cms/compressed-data.ts'
import { openCms } from './cms/content-info.ts'
import { decryptionFault } from './cms/content-decryption.ts'
import type { DecryptionKey } from './cms/content-key.ts'
import type { CryptoThreads } from './cms/crypto-threads.ts'
import { readEnvelope, type Envelope } from './cms/enveloped-data.ts'
import type { InflationLimits } from './cms/inflation.ts'
import { readSigned, type SignedMessage } from './cms/signed-data.ts'
import { verifySignature, type VerifiedSignature } from './cms/verify-signature.ts'
import { openDetachedSignature } from './detached-signature.ts'
import { DigestFault, faultOf, MessageFault, type FaultKind } from './message-fault.ts'
import { announcedLayer, insideLayer, ofBrokenLayer } from './broken-layer.ts'
import { micBasis, type Layer, type MicBasis } from './mic.ts'
import { CanonicalLines, isText } from './mime/canonical-lines.ts'
import { readEntity, type Entity, type MimeQuirks } from './mime/entity.ts'
import type { HeaderFields } from './mime/header-fields.ts'
import { MultipartReader } from './mime/multipart.ts'
import { parseParameterised, type ParameterisedValue } from './mime/parameterised-value.ts'
import { withoutTransferEncoding } from './mime/transfer-encoding.ts'
import { collect, drain, tapped, type Octets } from './octets.ts'
import { sniffed } from './sniffed-encoding.ts'
import { RunningDigests, type Digests } from './running-digests.ts'

/** What a message is opened with. */
export interface OpeningOptions {
  /** Ours, all that are active. */
  readonly keys: readonly DecryptionKey[]
  /** Signature certificates of the partner. */
  readonly registered: readonly Certificate[]
  /**
   * Whether a certificate, by its SHA-256, serves anybody: who signs with another partner's is told
   * that the names are not right. Absent = nobody is asked.
   */
  readonly isRegistered?: (sha256: string) => boolean
  readonly legacy: ReadonlySet<LegacyAlgorithm>
  readonly quirks: MimeQuirks
  readonly inflation: InflationLimits
  /** For the MIC besides what the signature names: what the receipt asks for. */
  readonly micHashes: readonly HashName[]
  /** For private keys and 3DES; absent = on the event loop. */
  readonly threads?: CryptoThreads
}

/** What is known of a message; complete once its payload has been read, or its fault thrown. */
export interface MessageFacts {
  /** Outermost first. */
  readonly layers: readonly Layer[]
  readonly envelope: Omit<Envelope, 'content'> | undefined
  readonly signature: VerifiedSignature | undefined
  /** The signature part, where it stands beside what it signs; it holds when `signature` is there. */
  readonly detachedSignature: Buffer | undefined
  /** Which octets the MIC is over. */
  readonly micBasis: MicBasis
  /** Of those octets; empty when they could not be reached (a message not decrypted). */
  readonly digests: Digests
  /** The headers of the part that the MIC covers, for the diagnosis. */
  readonly partHeaders: Buffer
  /** The signature is over lines that end in CR LF, and LF alone came: the quirk was needed. */
  readonly isOverCanonicalLines: boolean
}

/** A message opened as far as its payload. */
export interface OpenedMessage {
  /** Of the innermost entity, or of the request when nothing wraps the payload. */
  readonly headers: HeaderFields
  /**
   * The payload, its transfer encoding taken off. Read it to its end: signature, tag and padding
   * are judged there, and nothing may be used before.
   * @throws MessageFault
   */
  readonly payload: Octets
}

const MAX_SIGNATURE_BYTES = 512 * 1024
const PKCS7_MIME: ReadonlySet<string> = new Set([
  'application/pkcs7-mime',
  'application/x-pkcs7-mime',
])
const SIGNATURE_TYPES: ReadonlySet<string> = new Set([
  'application/pkcs7-signature',
  'application/x-pkcs7-signature',
  'application/pkcs-7-signature',
])
/** Hashed when a signer does not say with what. */
const USUAL_HASHES: readonly HashName[] = ['sha256', 'sha384', 'sha512']
/** Faults that a changed ciphertext can bring about, besides those of the signature. */
const ABOUT_PLAINTEXT: ReadonlySet<FaultKind> = new Set(['malformed', 'truncated', 'decompression'])

/** Opens the layers of one message: decrypts, verifies, inflates, in whatever order they come. */
export class MessageReader {
  readonly #options: OpeningOptions
  readonly #layers: Layer[] = []
  /** The octets inside each layer: what a fault leaves unread of them is read all the same. */
  readonly #open: Octets[] = []
  #envelope: Envelope | undefined
  #signature: VerifiedSignature | undefined
  #detachedSignature: Buffer | undefined
  #digests: RunningDigests | undefined
  #partHeaders: Buffer = Buffer.alloc(0)
  #isTextSigned = false
  #isOverCanonicalLines = false

  constructor(options: OpeningOptions) {
    this.#options = options
  }

  get facts(): MessageFacts {
    return {
      layers: this.#layers,
      envelope: this.#envelope,
      signature: this.#signature,
      detachedSignature: this.#detachedSignature,
      micBasis: micBasis(this.#layers),
      digests: this.#digests?.get() ?? new Map(),
      partHeaders: this.#partHeaders,
      isOverCanonicalLines: this.#isOverCanonicalLines,
    }
  }

  /**
   * @param headers of the request
   * @param body as it arrives, without chunking
   * @throws MessageFault; the body has then been read as far as it could
   */
  async open(headers: HeaderFields, body: Octets): Promise<OpenedMessage> {
    try {
      let entity: Entity = { headers, headerBytes: Buffer.alloc(0), body }
      for (;;) {
        const type = parseParameterised(entity.headers.get('content-type') ?? '')
        const inner = await this.#unwrap(type, entity)
        if (inner === undefined) break
        this.#open.push(inner)
        entity = await readEntity(inner, this.#quirks())
        if (this.#layers.at(-1) === 'signed') this.#signedEntity(entity)
      }
      return { headers: entity.headers, payload: this.#payload(entity) }
    } catch (error) {
      throw await this.#afterFault(error)
    }
  }

  #signedEntity({ headers, headerBytes }: Entity): void {
    this.#partHeaders = headerBytes
    const { value } = parseParameterised(headers.get('content-type') ?? '')
    this.#isTextSigned = isText(value, headers.get('content-transfer-encoding'))
  }

  /** Bare payload is a quirk of encryption alone. */
  #quirks(): MimeQuirks {
    const { quirks } = this.#options
    return this.#layers.at(-1) === 'encrypted' ? quirks : { ...quirks, barePayload: false }
  }

  async #unwrap(type: ParameterisedValue, entity: Entity): Promise<Octets | undefined> {
    if (type.value === 'multipart/signed') return this.#signedPart(type, entity)
    if (!PKCS7_MIME.has(type.value)) return undefined
    const encoding = entity.headers.get('content-transfer-encoding')
    const octets = withoutTransferEncoding(...(await sniffed(entity.body, encoding)))
    const announced = announcedLayer(type.parameters.get('smime-type'))
    const {
      type: cms,
      ber,
      finish,
    } = await openCms(octets).catch((error: unknown) => {
      throw ofBrokenLayer(error, announced)
    })
    switch (cms) {
      case 'enveloped':
      case 'auth-enveloped': {
        this.#enter('encrypted')
        const { keys, legacy, threads } = this.#options
        return this.#layerOf('encrypted', finish, async () => {
          this.#envelope = await readEnvelope(ber, cms, keys, legacy, threads)
          return this.#envelope.content
        })
      }
      case 'compressed':
        this.#enter('compressed')
        return this.#layerOf('compressed', finish, () =>
          readCompressed(ber, this.#options.inflation),
        )
      case 'signed': {
        this.#enter('signed')
        const signed = await readSigned(ber)
        if (signed.content === undefined) {
          throw new MessageFault('malformed', 'Signed data without its content')
        }
        const digests = this.#digesting(signed.hashes)
        const content = tapped(signed.content, (piece) => digests.update(piece))
        return followed(content, async () => {
          await this.#verify(signed, digests)
          await finish()
        })
      }
    }
  }

  /** What is inside a layer; a structure that breaks, there or on the way, is told as of it. */
  async #layerOf(
    layer: Layer,
    finish: () => Promise<void>,
    read: () => Promise<Octets>,
  ): Promise<Octets> {
    try {
      return insideLayer(followed(await read(), finish), layer)
    } catch (error) {
      throw ofBrokenLayer(error, layer)
    }
  }

  /** One layer of each kind: which signature counted must not be a question. */
  #enter(layer: Layer): void {
    if (this.#layers.includes(layer)) {
      throw new MessageFault('malformed', `A message that is ${layer} twice`)
    }
    this.#layers.push(layer)
  }

  #digesting(hashes: readonly HashName[]): RunningDigests {
    this.#digests = this.#running(hashes)
    return this.#digests
  }

  #running(hashes: readonly HashName[]): RunningDigests {
    const announced = hashes.length === 0 ? USUAL_HASHES : hashes
    return new RunningDigests(
      new Set<HashName>([...announced, 'sha256', ...this.#options.micHashes]),
    )
  }

  async #signedPart(type: ParameterisedValue, entity: Entity): Promise<Octets> {
    this.#enter('signed')
    const { quirks } = this.#options
    const parts = new MultipartReader(entity.body, type.parameters.get('boundary'), quirks)
    const names = (type.parameters.get('micalg') ?? '').split(',')
    const hashes = names.flatMap((name) => hashByMicalg(name)?.name ?? [])
    const digests = this.#digesting(hashes)
    const ofLines = quirks.lfLineEnds === true ? this.#running(hashes) : undefined
    const lines = new CanonicalLines()
    const first = await parts.next()
    if (first === undefined) throw new MessageFault('malformed', 'A signed message without parts')
    const part = tapped(first, (piece) => {
      digests.update(piece)
      ofLines?.update(lines.update(piece))
    })
    return followed(part, async () => this.#verifyDetached(parts, digests, ofLines))
  }

  async #verifyDetached(
    parts: MultipartReader,
    digests: RunningDigests,
    ofLines: RunningDigests | undefined,
  ): Promise<void> {
    const second = await parts.next()
    if (second === undefined) throw new MessageFault('malformed', 'The signature is missing')
    const { headers, body } = await readEntity(second, this.#options.quirks)
    const { value } = parseParameterised(headers.get('content-type') ?? '')
    if (!SIGNATURE_TYPES.has(value)) {
      throw new MessageFault('malformed', `A ${value.slice(0, 60)} in place of the signature`)
    }
    const encoding = headers.get('content-transfer-encoding')
    const octets = withoutTransferEncoding(...(await sniffed(body, encoding)))
    const signature = await collect(octets, MAX_SIGNATURE_BYTES)
    if ((await parts.next()) !== undefined) {
      throw new MessageFault('malformed', 'A part follows the signature')
    }
    await parts.finish()
    const { signed, finish } = await openDetachedSignature(signature)
    this.#detachedSignature = signature
    await this.#verify(signed, digests, ofLines)
    await finish()
  }

  /** @param ofLines the same text with CR LF, tried once when its own octets are not what was signed */
  async #verify(
    signed: SignedMessage,
    digests: RunningDigests,
    ofLines?: RunningDigests,
  ): Promise<void> {
    const { signers, certificates } = await signed.signatures()
    const { registered, legacy } = this.#options
    const { contentType } = signed
    const others = this.#others(certificates)
    const by = { signers, contentType, registered: [...registered, ...others], legacy }
    let signature: VerifiedSignature
    try {
      signature = verifySignature({ ...by, digests: digests.get() })
    } catch (error) {
      const isTried = error instanceof DigestFault && ofLines !== undefined && this.#isTextSigned
      if (!isTried) throw error
      signature = orElse(() => verifySignature({ ...by, digests: ofLines.get() }), error)
      this.#digests = ofLines
      this.#isOverCanonicalLines = true
    }
    if (others.includes(signature.certificate)) {
      const { subject } = signature.certificate
      throw new MessageFault('relationship', `Signed by ${subject}, the partner of other names`)
    }
    this.#signature = signature
  }

  /** Of the certificates that came along those of other partners. */
  #others(certificates: readonly Buffer[]): readonly Certificate[] {
    const { registered, isRegistered } = this.#options
    if (isRegistered === undefined) return []
    return certificates
      .filter((der) => {
        const fingerprint = sha256(der)
        return registered.every((one) => one.sha256 !== fingerprint) && isRegistered(fingerprint)
      })
      .map((der) => readCertificate(der))
  }

  async *#payload({ headers, headerBytes, body }: Entity): AsyncGenerator<Buffer> {
    let octets = body
    if (!this.#layers.includes('signed')) {
      const { micHashes } = this.#options
      const digests = new RunningDigests(new Set<HashName>(['sha256', ...micHashes]))
      this.#digests = digests
      this.#partHeaders = headerBytes
      if (micBasis(this.#layers) === 'entity') digests.update(headerBytes)
      octets = tapped(body, (piece) => digests.update(piece))
    }
    try {
      const encoding = headers.get('content-transfer-encoding')
      // The whole body of a request is not encoded: some senders say so of what it holds.
      const isBare = this.#layers.length === 0
      for await (const piece of isBare ? octets : withoutTransferEncoding(octets, encoding)) {
        yield piece
      }
    } catch (error) {
      throw await this.#afterFault(error)
    }
  }

  /**
   * Reads what a fault left unread, the innermost layer first: digests become whole, and how long
   * it takes does not say where the fault was. What a layer further out finds counts more.
   * Of decrypted octets that nothing vouches for only the one answer is given: any other would
   * tell a sender who changes the ciphertext something about the plaintext. The cause has the rest.
   */
  async #afterFault(error: unknown): Promise<unknown> {
    let fault: unknown = faultOf(error) ?? error
    for (const octets of this.#open.toReversed()) {
      try {
        await drain(octets)
      } catch (outer) {
        const found = faultOf(outer)
        if (found === undefined || found.kind === 'decryption') fault = found ?? outer
      }
    }
    if (!(fault instanceof MessageFault)) return fault
    const isUnproven = this.#envelope?.cipher.mode === 'cbc' && this.#signature === undefined
    return isUnproven && ABOUT_PLAINTEXT.has(fault.kind) ? decryptionFault(fault) : fault
  }
}

/** What it gives; when that fails too, the first fault says more. */
function orElse<Result>(attempt: () => Result, first: MessageFault): Result {
  try {
    return attempt()
  } catch {
    throw first
  }
}

/** The octets, and what is to be done once they have been read. */
async function* followed(octets: Octets, after: () => Promise<void>): AsyncGenerator<Buffer> {
  for await (const piece of octets) yield piece
  await after()
}
