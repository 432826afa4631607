import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Agent } from 'node:http'
import { Agent as TlsAgent } from 'node:https'
import { SendingError, type SendingFailure } from '../../protocols/sending.ts'
import type { ReadMdn } from '../../protocols/as2/mdn/read-mdn.ts'
import { judgeReceipt, type ReceiptVerdict } from '../../protocols/as2/mdn/receipt-verdict.ts'
import { sendMessage, type SendOrder, type Sent } from '../../protocols/as2/sender.ts'
import type { As2Address } from '../partner-address.ts'
import { AS2_PRODUCT, openAs2Partner, startAs2Endpoint } from './as2-partner.ts'
import { as2ListenSettings, as2Policy, as2SendSettings } from './as2-options.ts'
import { CommandFailure, EXIT, type ExitCode } from './exit-codes.ts'
import { PutRefused, type OpenTransport, type ReceivedReturn } from './partner-transport.ts'

const EXIT_OF_FAILURE: Readonly<Record<SendingFailure, ExitCode>> = {
  unreachable: EXIT.unreachable,
  refused: EXIT.refused,
  'timed-out': EXIT.timedOut,
  cancelled: EXIT.expectedFailure,
  local: EXIT.usage,
}
const PIECE_BYTES = 256 * 1024
const RECEIPT_SECONDS = 60

/** Posts messages, checks their receipts, and listens for what the gateway brings. */
export const openAs2Transport: OpenTransport<As2Address> = async (folder, options) => {
  const settings = as2SendSettings(options.as2)
  const partner = await openAs2Partner(folder)
  const arrived = new Arrivals<ReceivedReturn>()
  const receipts = new Arrivals<ReadMdn>()
  const isAsync = settings.receiptMode === 'async' && settings.receipt !== 'none'
  const endpoint =
    options.receives || isAsync
      ? await startAs2Endpoint({
          partner,
          settings: as2ListenSettings(),
          received: async (file) => arrived.add(file.fileName, file),
          receipt: (mdn) => receipts.add(mdn.originalMessageId ?? '', mdn),
          tell: () => undefined,
        })
      : undefined
  const receiptUrl = isAsync ? (partner.address.ownUrl ?? endpoint?.url) : undefined
  let agent = agentOf(partner.address.url)
  return {
    async put({ fileName, path }) {
      const { size: bytes } = await stat(path)
      const order: SendOrder = {
        url: partner.address.url,
        as2From: partner.address.ownId,
        as2To: partner.address.gatewayId,
        messageId: settings.messageId ?? `<${randomUUID()}@${partner.address.applicationCode}>`,
        subject: fileName,
        identity: partner.identity,
        partnerCertificates: partner.gateway,
        policy: as2Policy(settings, receiptUrl),
        payload: {
          octets: createReadStream(path, { highWaterMark: PIECE_BYTES }),
          bytes,
          contentType: fileName.endsWith('.xml') ? 'application/xml' : 'application/gzip',
          fileName,
        },
        product: AS2_PRODUCT,
        now: Date.now(),
        agent,
        ...(partner.authorities.length === 0 ? {} : { tls: { authorities: partner.authorities } }),
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      }
      await judge(order, await attempt(order), receipts)
      return { bytes }
    },
    receive: (baseName, signal) => arrived.next((name) => name.startsWith(baseName), signal),
    dropLines() {
      agent.destroy()
      agent = agentOf(partner.address.url)
    },
    async close() {
      agent.destroy()
      await endpoint?.stop()
    },
  }
}

/** One connection, used again. */
function agentOf(url: string): Agent {
  const settings = { keepAlive: true, maxSockets: 1 }
  return url.startsWith('https:') ? new TlsAgent(settings) : new Agent(settings)
}

async function attempt(order: SendOrder): Promise<Sent> {
  try {
    return await sendMessage(order)
  } catch (error) {
    if (!(error instanceof SendingError)) throw error
    throw new CommandFailure(
      EXIT_OF_FAILURE[error.failure],
      error.message,
      error.failure === 'refused' ? 'The reason is in: raccord refusals' : undefined,
    )
  }
}

/** @throws PutRefused, CommandFailure: anything but a receipt that proves it, or none wanted */
async function judge(order: SendOrder, sent: Sent, receipts: Arrivals<ReadMdn>): Promise<void> {
  if (sent.outcome === 'no-receipt-asked') return
  if (sent.outcome === 'receipt') {
    const { verdict, evidence } = sent.receipt
    requireDelivered(verdict, evidence['text'] ?? evidence['fault'])
    return
  }
  const posted = sent.outcome === 'receipt-later' ? await laterReceipt(order, receipts) : undefined
  if (posted === undefined) {
    throw new CommandFailure(
      EXIT.timedOut,
      'The gateway took the message and gave no receipt.',
      'Whether it is a flow now: raccord flows list',
    )
  }
  requireDelivered(judgeReceipt(posted, sent.awaited, Date.now()), posted.text)
}

async function laterReceipt(
  order: SendOrder,
  receipts: Arrivals<ReadMdn>,
): Promise<ReadMdn | undefined> {
  const signal = AbortSignal.timeout(RECEIPT_SECONDS * 1_000)
  return receipts.next((messageId) => messageId === order.messageId, signal)
}

function requireDelivered(verdict: ReceiptVerdict, text: string | undefined): void {
  if (verdict.isDelivered) return
  const said = [verdict.disposition, text?.trim().replaceAll(/\s+/g, ' ')]
  const words = said.filter((one) => one !== undefined && one !== '').join(': ')
  if (verdict.code === 'refused') throw new PutRefused(words)
  throw new CommandFailure(EXIT.expectedFailure, `${verdict.message.en} ${words}`.trim())
}

/** What came, until somebody asks for it; what is asked for, until it comes. */
class Arrivals<Value> {
  readonly #waiting: { readonly matches: (key: string) => boolean; take(value: Value): void }[] = []
  readonly #held: (readonly [key: string, value: Value])[] = []

  add(key: string, value: Value): void {
    const index = this.#waiting.findIndex(({ matches }) => matches(key))
    if (index === -1) this.#held.push([key, value])
    else this.#waiting.splice(index, 1)[0]!.take(value)
  }

  async next(matches: (key: string) => boolean, signal: AbortSignal): Promise<Value | undefined> {
    const index = this.#held.findIndex(([key]) => matches(key))
    if (index !== -1) return this.#held.splice(index, 1)[0]![1]
    if (signal.aborted) return undefined
    const { promise, resolve } = Promise.withResolvers<Value | undefined>()
    const one = { matches, take: resolve }
    this.#waiting.push(one)
    const stop = (): void => {
      const at = this.#waiting.indexOf(one)
      if (at !== -1) this.#waiting.splice(at, 1)
      resolve(undefined)
    }
    signal.addEventListener('abort', stop, { once: true })
    return promise.finally(() => signal.removeEventListener('abort', stop))
  }
}
