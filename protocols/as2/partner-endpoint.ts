import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Certificate } from '../../certs/certificate.ts'
import { as2Headers } from './as2-headers.ts'
import { parseAs2Name } from './as2-name.ts'
import type { HashName, LegacyAlgorithm } from './cms/algorithms.ts'
import type { DecryptionKey } from './cms/content-key.ts'
import { headersOf, post, type PostTls } from './http-exchange.ts'
import { faultOf, type MessageFault } from './message-fault.ts'
import { MessageReader, type MessageFacts } from './message-reader.ts'
import type { HeaderList } from './message-writer.ts'
import { buildMdn, type BuiltMdn } from './mdn/build-mdn.ts'
import type { Disposition, ErrorModifier } from './mdn/disposition.ts'
import { isMdn, readOpenedMdn, type ReadMdn } from './mdn/read-mdn.ts'
import { parseReceiptRequest, receiptHash, type ReceiptRequest } from './mdn/receipt-request.ts'
import { fileNameOf } from './mime/file-name.ts'
import type { HeaderFields } from './mime/header-fields.ts'
import { octetsOf } from './octets.ts'
import { SavedPayload } from './saved-payload.ts'

/** How a partner's own AS2 server behaves, for testers. */
export interface EndpointOptions {
  readonly host: string
  /** 0 = any free one. */
  readonly port: number
  /** Over https with this certificate. */
  readonly tls?: { readonly certificatePem: string; readonly keyPem: string }
  /** Opens messages and signs receipts. */
  readonly identity: DecryptionKey
  /** Of who sends: the gateway's. */
  readonly registered: readonly Certificate[]
  /** Where payloads are put. */
  readonly folder: string
  /** Signed when asked, always, or not even when asked. */
  readonly signReceipts: 'as-asked' | 'always' | 'never'
  /** Every message is refused with this, to see what the sender does then. */
  readonly refuseWith?: ErrorModifier
  readonly legacy?: readonly LegacyAlgorithm[]
  /** Hash that receipts are signed with. */
  readonly receiptHash?: HashName
  /** For receipts that are posted. */
  readonly outgoingTls?: PostTls
  /** `raccord:0.1.0`. */
  readonly product: string
  /** Milliseconds UTC. */
  readonly now: () => number
  /**
   * Takes a payload over before its sender is told that it has come; it may be moved away. A
   * rejection is answered as a refusal.
   */
  readonly take?: (file: SavedFile, from: string) => Promise<void>
  readonly received?: (message: ReceivedMessage) => void
  /** A receipt posted to us: what it is about is the caller's to know. */
  readonly receipt?: (mdn: ReadMdn) => void
  /** Something that no partner was told. */
  readonly failed?: (error: unknown) => void
}

export interface SavedFile {
  /** The name that the sender gave. */
  readonly name: string
  readonly path: string
  readonly bytes: number
  /** Hexadecimal. */
  readonly sha256: string
}

/** A message that was answered. */
export interface ReceivedMessage {
  readonly messageId: string
  readonly from: string
  readonly to: string
  readonly subject: string | undefined
  /** `processed`, `processed/error: …`. */
  readonly disposition: Disposition
  /** Outermost first. */
  readonly layers: readonly string[]
  readonly signer: string | undefined
  readonly cipher: string | undefined
  /** Absent when it was refused, or had come before. */
  readonly file: SavedFile | undefined
  /** Came before: the same receipt again. */
  readonly isRepeated: boolean
  readonly fault: MessageFault | undefined
}

interface Answer {
  readonly mdn: BuiltMdn
  readonly messageId: string
}

const MAX_PAYLOAD_BYTES = 64 * 1024 ** 3
const INFLATION = { maxBytes: MAX_PAYLOAD_BYTES, maxRatio: 200, freeBytes: 10 * 1024 ** 2 }
const IDLE_MILLISECONDS = 300_000
const POST_IDLE_MILLISECONDS = 60_000
/** Answers given before; the oldest goes. */
const MAX_REMEMBERED = 10_000
const MAX_NAME_CHARACTERS = 200

/**
 * The partner's side of AS2: takes messages into a folder, answers with receipts, takes receipts
 * that are posted. For testers and tests; the gateway's own listener is another.
 */
export class PartnerEndpoint {
  readonly #options: EndpointOptions
  readonly #server: Server
  /** By Message-ID: what was answered, and the SHA-256 of what it was about. */
  readonly #answered = new Map<string, { readonly sha256: string; readonly answer: Answer }>()

  private constructor(options: EndpointOptions) {
    this.#options = options
    const handle = (request: IncomingMessage, response: ServerResponse): void => {
      this.#handle(request, response).catch((error: unknown) => {
        options.failed?.(error)
        if (!response.headersSent) response.writeHead(500).end()
        else response.destroy()
      })
    }
    const settings = { requestTimeout: 0, requireHostHeader: false }
    this.#server =
      options.tls === undefined
        ? createServer(settings, handle)
        : createTlsServer(
            { ...settings, cert: options.tls.certificatePem, key: options.tls.keyPem },
            handle,
          )
    this.#server.setTimeout(IDLE_MILLISECONDS)
  }

  static async start(options: EndpointOptions): Promise<PartnerEndpoint> {
    const endpoint = new PartnerEndpoint(options)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    endpoint.#server.once('error', reject)
    endpoint.#server.listen(options.port, options.host, resolve)
    await promise
    return endpoint
  }

  /** Where messages and receipts are posted to. */
  get url(): string {
    const { port } = this.#server.address() as AddressInfo
    const { host, tls } = this.#options
    const name = host.includes(':') ? `[${host}]` : host
    return `${tls === undefined ? 'http' : 'https'}://${name}:${port}/as2`
  }

  async stop(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#server.close(() => resolve())
    this.#server.closeAllConnections()
    await promise
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'POST') {
      const isHead = request.method === 'HEAD'
      response.writeHead(200, { 'Content-Length': 0, ...(isHead ? {} : { Allow: 'POST, HEAD' }) })
      response.end()
      return
    }
    const headers = headersOf(request.rawHeaders)
    const messageId = headers.get('message-id') ?? ''
    const wanted = parseReceiptRequest(headers)
    const reader = this.#reader(wanted)
    let saved: SavedPayload | undefined
    let fault: MessageFault | undefined
    let name = ''
    try {
      const opened = await reader.open(headers, request)
      if (isMdn(opened)) {
        this.#options.receipt?.(await readOpenedMdn(opened, reader, {}))
        response.writeHead(200, { 'Content-Length': 0 }).end()
        return
      }
      saved = new SavedPayload(this.#options.folder)
      await saved.write(opened.payload)
      name = fileNameOf(opened.headers) ?? nameOfId(messageId)
    } catch (error) {
      fault = faultOf(error)
      if (fault === undefined) {
        await saved?.drop()
        throw error
      }
    }
    const given = { headers, messageId, wanted, facts: reader.facts, saved, fault, name }
    const answer = await this.#judge(given)
    if (wanted === undefined) {
      response.writeHead(200, { 'Content-Length': 0 }).end()
    } else if (wanted.deliverTo === undefined) {
      response.writeHead(200, this.#fields(given.headers, answer)).end(answer.mdn.body)
    } else {
      response.writeHead(200, { 'Content-Length': 0 }).end()
      await this.#post(wanted.deliverTo, given.headers, answer)
    }
  }

  #reader(wanted: ReceiptRequest | undefined): MessageReader {
    const { identity, registered, legacy = [] } = this.#options
    return new MessageReader({
      keys: [identity],
      registered,
      legacy: new Set(legacy),
      quirks: {},
      inflation: INFLATION,
      micHashes: wanted?.hashes ?? [],
    })
  }

  /** Keeps what is good, forgets what came before, and says so. */
  async #judge(given: Given): Promise<Answer> {
    const { headers, messageId, facts, saved, fault } = given
    const { refuseWith } = this.#options
    const sha256 = saved?.sha256 ?? ''
    const known = this.#answered.get(messageId)
    const isRepeated = fault === undefined && known?.sha256 === sha256
    let refusal = fault?.modifier ?? refuseWith
    const from = parseAs2Name(headers.get('as2-from') ?? '')[0] ?? ''
    let file: SavedFile | undefined
    if (!isRepeated && refusal === undefined && saved !== undefined) {
      file = await this.#keep(given.name, saved, from)
      if (file === undefined) refusal = 'unexpected-processing-error'
    } else await saved?.drop()
    const disposition: Disposition =
      refusal === undefined ? { type: 'processed' } : { type: 'processed', error: refusal }
    const answer = isRepeated ? known.answer : await this.#answer(given, disposition)
    if (fault === undefined && !isRepeated) this.#remember(messageId, { sha256, answer })
    this.#options.received?.({
      messageId,
      from,
      to: parseAs2Name(headers.get('as2-to') ?? '')[0] ?? '',
      subject: headers.get('subject'),
      disposition,
      layers: facts.layers,
      signer: facts.signature?.certificate.subject,
      cipher: facts.envelope?.cipher.name,
      file,
      isRepeated,
      fault,
    })
    return answer
  }

  /** @returns undefined when whoever should take it over did not */
  async #keep(name: string, saved: SavedPayload, from: string): Promise<SavedFile | undefined> {
    const { take, failed } = this.#options
    const { bytes, sha256 } = saved
    const file = { name, path: await saved.keep(name), bytes, sha256 }
    try {
      await take?.(file, from)
      return file
    } catch (error) {
      await rm(file.path, { force: true })
      failed?.(error)
      return undefined
    }
  }

  #remember(messageId: string, one: { readonly sha256: string; readonly answer: Answer }): void {
    this.#answered.set(messageId, one)
    for (const oldest of this.#answered.keys()) {
      if (this.#answered.size <= MAX_REMEMBERED) break
      this.#answered.delete(oldest)
    }
  }

  async #answer(
    { headers, messageId, wanted, facts }: Given,
    disposition: Disposition,
  ): Promise<Answer> {
    const { identity, signReceipts, product, now, legacy = [] } = this.#options
    const hash =
      facts.signature?.hash ??
      (wanted === undefined ? 'sha256' : receiptHash(wanted, new Set(legacy)))
    const digest = facts.digests.get(hash)
    const isSigned =
      signReceipts === 'always' || (signReceipts === 'as-asked' && wanted?.isSigned === true)
    const mdn = await buildMdn({
      reportingUa: product.replace(':', '/'),
      recipient: headers.get('as2-to') ?? '',
      originalMessageId: messageId,
      disposition,
      mic: digest === undefined ? undefined : { hash, digest },
      text:
        'error' in disposition
          ? `The message could not be taken: ${disposition.error}.`
          : 'The message was received and kept.',
      ...(isSigned
        ? { signer: { ...identity, hash: this.#options.receiptHash ?? hash, signingTime: now() } }
        : {}),
    })
    return { mdn, messageId: `<${randomUUID()}@partner.raccord>` }
  }

  #fields(asked: HeaderFields, answer: Answer): Record<string, string | number> {
    return {
      ...Object.fromEntries(this.#headers(asked, answer)),
      'Content-Length': answer.mdn.body.length,
    }
  }

  /** Names the other way round. */
  #headers(asked: HeaderFields, { mdn, messageId }: Answer): HeaderList {
    const { product, now } = this.#options
    const names = (field: string): string => parseAs2Name(asked.get(field) ?? '')[0] ?? 'unknown'
    return [
      ...as2Headers({ from: names('as2-to'), to: names('as2-from'), product, now: now() }),
      ['Message-ID', messageId],
      ['Subject', 'Message Disposition Notification'],
      ...mdn.headers.filter(([name]) => name !== 'MIME-Version'),
    ]
  }

  async #post(url: string, asked: HeaderFields, answer: Answer): Promise<void> {
    const { outgoingTls, failed } = this.#options
    try {
      const { body } = await post({
        url,
        headers: this.#headers(asked, answer),
        body: octetsOf(answer.mdn.body),
        bytes: answer.mdn.body.length,
        idleMilliseconds: POST_IDLE_MILLISECONDS,
        ...(outgoingTls === undefined ? {} : { tls: outgoingTls }),
      })
      for await (const piece of body) void piece
    } catch (error) {
      failed?.(error)
    }
  }
}

interface Given {
  readonly headers: HeaderFields
  readonly messageId: string
  readonly wanted: ReceiptRequest | undefined
  readonly facts: MessageFacts
  readonly saved: SavedPayload | undefined
  readonly fault: MessageFault | undefined
  readonly name: string
}

/** A name for what has none: its Message-ID without what file systems dislike. */
function nameOfId(messageId: string): string {
  const bare = messageId.replaceAll(/[^A-Za-z0-9._@-]/g, '').replace(/^\.+/, '')
  return bare.slice(0, MAX_NAME_CHARACTERS) || 'message'
}
