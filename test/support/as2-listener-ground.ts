import { createPrivateKey, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { request, type ClientRequest, type IncomingMessage } from 'node:http'
import { readCertificate } from '../../certs/certificate.ts'
import type { Faults } from '../../gateway/faults.ts'
import { buildMessage } from '../../protocols/as2/message-writer.ts'
import { collect, octetsOf } from '../../protocols/as2/octets.ts'
import {
  GATEWAY_ID,
  GATEWAY_KEY,
  PARTNER_ID,
  PARTNER_KEY,
  startAs2Reception,
  STRANGER_KEY,
} from './as2-reception.ts'
import type { ListenerGround, Outcome } from './listener-adapters.ts'
import { OpenSslCertificates, type OpenSslOrder } from './openssl-certificates.ts'

/** Keys take time: one set for all grounds of a process. */
let made: OpenSslCertificates | undefined

function certificates(): OpenSslCertificates {
  if (made !== undefined) return made
  const peer = new OpenSslCertificates()
  process.once('exit', () => peer.remove())
  made = peer
  return peer
}

interface Message {
  readonly headers: Readonly<Record<string, string | number>>
  readonly body: Buffer
}

/** A listener of AS2 with a partner that signs, encrypts and asks for a receipt. */
export async function startAs2Ground(
  options: { readonly faults?: Faults } = {},
): Promise<ListenerGround> {
  const reception = await startAs2Reception({ peer: certificates(), ...options })
  const begin = async (fileName: string, content: Buffer) =>
    new Sending(reception.url, await messageOf(fileName, content))
  return {
    listener: reception.listener,
    journal: reception.ground.journal,
    flowNames: async () => (await reception.flows()).map((flow) => flow.name),
    returns: notFetched,
    offer: notFetched,
    fetch: notFetched,
    fetchPart: notFetched,
    stop: () => reception.stop(),
    send: async (fileName, content) => (await begin(fileName, content)).finish(),
    sendPart: async (fileName, content, bytes) => {
      const sending = await begin(fileName, content)
      await sending.go()
      await sending.write(bytes)
      await sending.leave()
    },
    beginSending: async (fileName, content) => {
      const sending = await begin(fileName, content)
      await sending.go()
      await sending.write(content.length >> 1)
      return { finish: () => sending.finish() }
    },
    tellWrongKey: () => tell(reception.url, PARTNER_ID),
    tellUnknown: () => tell(reception.url, 'Nobody'),
  }
}

/** AS2 brings return flows to partners: push-delivery.test.ts. */
function notFetched(): Promise<never> {
  throw new Error('Nothing is fetched over AS2')
}

/** One POST, as far as it is to go. */
class Sending {
  readonly #request: ClientRequest
  readonly #body: Buffer
  readonly #answer: Promise<IncomingMessage | undefined>
  readonly #mayGo: Promise<unknown>
  #sent = 0

  constructor(url: string, { headers, body }: Message) {
    this.#body = body
    this.#request = request(url, {
      method: 'POST',
      agent: false,
      headers: { ...headers, Expect: '100-continue' },
    })
    this.#mayGo = once(this.#request, 'continue').catch(() => undefined)
    this.#answer = new Promise((resolve) => {
      this.#request.once('response', resolve)
      this.#request.once('error', () => resolve(undefined))
    })
    this.#request.flushHeaders()
  }

  /** The gateway wants the body, or has answered. */
  go(): Promise<unknown> {
    return Promise.race([this.#mayGo, this.#answer])
  }

  async write(bytes: number): Promise<void> {
    const piece = this.#body.subarray(this.#sent, this.#sent + bytes)
    this.#sent += piece.length
    await new Promise((resolve) => this.#request.write(piece, resolve))
  }

  async finish(): Promise<Outcome> {
    await this.go()
    this.#request.end(this.#body.subarray(this.#sent))
    const answer = await this.#answer
    if (answer === undefined) return 'broken'
    const text = await textOf(answer)
    if (text === undefined) return 'broken'
    return answer.statusCode === 200 && /; ?processed\r\n/.test(text) ? 'acknowledged' : 'refused'
  }

  async leave(): Promise<void> {
    const closed = new Promise((resolve) => this.#request.once('close', resolve))
    this.#request.destroy()
    await closed
  }
}

/** What the answer holds; undefined when it breaks off. */
async function textOf(answer: IncomingMessage): Promise<string | undefined> {
  const pieces: Buffer[] = []
  try {
    for await (const piece of answer) pieces.push(piece as Buffer)
  } catch {
    return undefined
  }
  return Buffer.concat(pieces).toString('latin1')
}

async function messageOf(
  fileName: string,
  content: Buffer,
  { from = PARTNER_ID, by = PARTNER_KEY }: { from?: string; by?: OpenSslOrder } = {},
): Promise<Message> {
  const peer = certificates()
  const built = buildMessage({
    payload: {
      octets: octetsOf(content),
      bytes: content.length,
      contentType: 'application/gzip',
      fileName,
    },
    sign: {
      certificate: readCertificate(peer.der(by)),
      privateKey: createPrivateKey(peer.read(peer.key(by.key))),
      hash: 'sha256',
      signingTime: Date.now(),
    },
    encrypt: {
      cipher: 'aes256-cbc',
      recipients: [{ certificate: readCertificate(peer.der(GATEWAY_KEY)) }],
    },
    micHashes: [],
  })
  const body = await collect(built.octets, content.length * 2 + 100_000)
  return {
    headers: {
      'AS2-From': from,
      'AS2-To': GATEWAY_ID,
      'Message-ID': `<${randomUUID()}@partner>`,
      'Disposition-Notification-To': 'edi@partner.example',
      ...Object.fromEntries(built.headers),
      'Content-Length': body.length,
    },
    body,
  }
}

/** What somebody reads whose key nobody registered, without ids, dates and the MIC of the content. */
async function tell(url: string, from: string): Promise<string> {
  const message = await messageOf('x', Buffer.from('x'), { from, by: STRANGER_KEY })
  const asked = request(url, { method: 'POST', agent: false, headers: { ...message.headers } })
  const answered = once(asked, 'response') as Promise<[IncomingMessage]>
  asked.end(message.body)
  const [answer] = await answered
  const text = (await textOf(answer)) ?? 'nothing'
  if (/; ?processed\r\n/.test(text)) return 'welcome'
  return `${answer.statusCode} ${text}`
    .replaceAll(/raccord-[0-9a-f]+/g, 'boundary')
    .replaceAll(/<[0-9a-f-]{36}@partner>/g, 'id')
    .replaceAll(/Received-Content-MIC: \S+/g, 'mic')
}
