import { connect as connectTcp } from 'node:net'
import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import {
  agreedEntityBytes,
  compressionParameter,
  NO_SYNC,
  passwordParameter,
  statedCompression,
  syncFaults,
  syncParameter,
  syncTerms,
} from './connection-terms.ts'
import type { SyncTerms } from './connection-terms.ts'
import type { Compression } from './compression.ts'
import { cutIntoArticles, planData } from './data-plan.ts'
import type { Counts } from './data-plan.ts'
import { DataReceiver } from './data-receiver.ts'
import { DataSender } from './data-sender.ts'
import { EntityReader } from './entity-reader.ts'
import { fromEbcdic } from './ebcdic.ts'
import {
  createParameters,
  DEFAULT_ARTICLE_BYTES,
  DEFAULT_MAX_ENTITY_BYTES,
  fileIdentifier,
  routing,
  statedAttributes,
} from './file-attributes.ts'
import type { KnownFpduName } from './fpdu-catalogue.ts'
import { diagnosticOf, isNegative, piNumber, piText } from './fpdu.ts'
import type { Fpdu } from './fpdu.ts'
import { newFetchAttempt } from './initiator-orders.ts'
import type {
  FetchedFile,
  FetchOrder,
  InitiatorOptions,
  SendOrder,
  SentFile,
} from './initiator-orders.ts'
import { acknowledgeInterruption } from './interruptions.ts'
import { bodyPieces, messageHead } from './message.ts'
import type { MessageOrder } from './message.ts'
import { diagnostic, number, octets, text } from './parameters.ts'
import type { Parameter } from './parameters.ts'
import { PesitPeerError } from './peer-error.ts'
import { PesitLink } from './pesit-link.ts'
import { encodePreConnection } from './pre-connection.ts'
import type { PreConnection } from './pre-connection.ts'

const ACCESS = { write: 0, read: 1, mixed: 2 } as const
/** PI 14: logical, physical and historical attributes. */
const ALL_ATTRIBUTES = 0xe0

/**
 * The side that opens the connection: sends, fetches, says messages, releases.
 *
 * ```ts
 * const peer = await PesitInitiator.connect({ port, requester: 'PARTNER1', server: 'GATEWAY1' })
 * await peer.sendFile({ fileName: 'FLOW1', label: 'F.xml', content })
 * await peer.release()
 * expect(peer.link.violations).toEqual([])
 * ```
 *
 * Out of order: `peer.link.send('WRITE')`, `peer.link.sendRaw(bytes)`, `peer.link.take()`.
 */
export class PesitInitiator {
  readonly link: PesitLink
  /** The ACONNECT. */
  readonly accepted: Fpdu
  readonly sync: SyncTerms
  readonly isResyncAllowed: boolean

  constructor(link: PesitLink, accepted: Fpdu, options: InitiatorOptions) {
    this.link = link
    this.accepted = accepted
    this.sync = options.sync === undefined ? NO_SYNC : syncTerms(accepted)
    this.isResyncAllowed = options.resync === true && piNumber(accepted, 23) === 1
    if (options.resync !== true && piNumber(accepted, 23) === 1)
      link.violations.push('PI 23 answered although it was not proposed')
    link.violations.push(...syncFaults(options.sync ?? NO_SYNC, syncTerms(accepted)))
  }

  /**
   * Connects and says CONNECT.
   *
   * @throws PesitPeerError `refused` on RCONNECT or NAK0, with its diagnostic; its `link` has the trace
   */
  static async connect(options: InitiatorOptions): Promise<PesitInitiator> {
    const link = await PesitInitiator.open(options)
    if (options.preConnection !== undefined) await preConnect(link, options.preConnection)
    await link.send(
      'CONNECT',
      [
        options.hasCrc === true ? octets(1, 1) : undefined,
        text(3, options.requester),
        text(4, options.server),
        passwordParameter(options.password, options.newPassword),
        number(6, options.version ?? 2),
        syncParameter(options.sync),
        octets(22, ACCESS[options.access ?? 'mixed']),
        options.resync === true ? octets(23, 1) : undefined,
        options.text === undefined ? undefined : text(99, options.text),
      ],
      link.ours,
    )
    const answer = await link.take('ACONNECT', 'RCONNECT')
    if (answer.name === 'RCONNECT') {
      link.close()
      throw refusal(link, answer)
    }
    link.theirs = answer.octet6
    return new PesitInitiator(link, answer, options)
  }

  /** Only opens the socket: what follows is the caller's to say. */
  static async open(options: InitiatorOptions): Promise<PesitLink> {
    const socket = await openSocket(options)
    const reader = new EntityReader(
      options.framing ?? 'prefix',
      options.preConnection === undefined ? 'fpdu' : 'pre-connection-answer',
    )
    reader.hasCrc = options.hasCrc === true
    const link = new PesitLink(socket, true, reader, options)
    link.ours = options.number ?? 1
    return link
  }

  /**
   * CREATE, ORF, WRITE, the data, TRANS.END, CRF, DESELECT.
   *
   * @throws PesitPeerError; after `refused` and `interrupted` the file is closed and deselected
   */
  async sendFile(order: SendOrder): Promise<SentFile> {
    const { link } = this
    const created = await this.ask('CREATE', createParameters(order, order.isRestart === true))
    const proposed = order.maxEntityBytes ?? DEFAULT_MAX_ENTITY_BYTES
    this.#agreeEntityBytes(created, proposed)
    return this.#withOpenFile(order.compression, async (compression) => {
      const articles =
        order.articles ??
        cutIntoArticles(
          order.content ?? Buffer.alloc(0),
          order.articleBytes ?? DEFAULT_ARTICLE_BYTES,
        )
      const steps = planData({
        articles,
        compression,
        intervalKib: this.sync.intervalKib,
        syncAfterArticles: order.syncAfterArticles,
      })
      const sender = new DataSender(link, steps, this.sync.window, order)
      const startPoint = piNumber(await this.ask('WRITE'), 18) ?? 0
      if (!sender.hasPoint(startPoint))
        return link.abort('2/214', `ACK(WRITE) asks for point ${startPoint}`)
      if (order.isRestart !== true && startPoint !== 0)
        link.violations.push(`ACK(WRITE) of a new transfer asks for point ${startPoint}`)
      const acknowledgement = await sender.run(startPoint, 'ACK(TRANS.END)', () =>
        this.#endTransfer(order.claimedCounts ?? sender.counts(order.countsOf)),
      )
      const counts = sender.counts(order.countsOf)
      this.#checkEnd(acknowledgement, order.claimedCounts ?? counts)
      return { counts, startPoint, compression, acknowledgement }
    })
  }

  /**
   * SELECT, ORF, READ, the data, TRANS.END, CRF, DESELECT.
   *
   * @throws PesitPeerError; after `refused` and `interrupted` the file is closed and deselected
   */
  async fetchFile(order: FetchOrder): Promise<FetchedFile> {
    const { link } = this
    const { attempt = newFetchAttempt(), isRestart = false } = order
    const proposed = order.maxEntityBytes ?? DEFAULT_MAX_ENTITY_BYTES
    const selected = await this.ask('SELECT', [
      fileIdentifier(order),
      number(13, isRestart ? attempt.transferId : 0),
      octets(14, ALL_ATTRIBUTES),
      isRestart ? octets(15, 1) : undefined,
      octets(17, 1),
      number(25, proposed),
      ...routing(order),
    ])
    this.#agreeEntityBytes(selected, proposed)
    const attributes = statedAttributes(selected)
    if (isRestart && attributes.transferId !== attempt.transferId)
      link.violations.push(
        `restart of ${attempt.transferId} answered with ${attributes.transferId}`,
      )
    attempt.transferId = attributes.transferId
    return this.#withOpenFile(order.compression, async (compression) => {
      const terms = {
        compression,
        maxArticleBytes: attributes.articleBytes,
        ...this.sync,
        isResyncAllowed: this.isResyncAllowed,
      }
      const receiver = new DataReceiver(link, terms, order, attempt.progress)
      const startPoint = order.startPoint ?? (isRestart ? attempt.progress.acknowledgedPoint : 0)
      if (order.startPoint === undefined) receiver.goBackTo(startPoint)
      await this.ask('READ', [number(18, startPoint)])
      await receiver.run()
      await this.#endTransfer(order.claimedCounts ?? receiver.counts())
      const end = await link.take('ACK(TRANS.END)', 'IDT')
      if (end.name === 'IDT') return acknowledgeInterruption(link, end)
      this.#checkEnd(end, order.claimedCounts ?? receiver.counts())
      const { articles } = receiver.progress
      return { attributes, articles, content: Buffer.concat(articles), counts: receiver.counts() }
    })
  }

  /** MSG, or MSGDM, MSGMM and MSGFM. @returns the ACK(MSG) */
  async sendMessage(order: MessageOrder): Promise<Fpdu> {
    const pieces = bodyPieces(order)
    const [first, ...others] = pieces
    const last = others.pop()
    if (last === undefined) return this.ask('MSG', [...messageHead(order), first])
    await this.link.send('MSGDM', [...messageHead(order), first])
    for (const piece of others) await this.link.send('MSGMM', [piece])
    return this.ask('MSGFM', [last])
  }

  /** RELEASE, RELCONF, and the connection closed. */
  async release(printed = '0/000'): Promise<void> {
    await this.link.send('RELEASE', [diagnostic(printed)], this.link.ours)
    await this.link.take('RELCONF')
    this.link.close()
    await this.link.closed
  }

  /**
   * Says one request and takes its answer.
   *
   * @throws PesitPeerError `refused` when PI 2 of the answer is of type 2 or 3
   */
  async ask(name: KnownFpduName, content: readonly (Parameter | undefined)[] = []): Promise<Fpdu> {
    await this.link.send(name, content)
    const answer = await this.link.take(name === 'MSGFM' ? 'ACK(MSG)' : answerTo(name))
    if (isNegative(answer)) throw refusal(this.link, answer)
    return answer
  }

  /** ORF, the work, CRF and DESELECT, which are also said after a refusal. */
  async #withOpenFile<T>(
    proposed: Compression | undefined,
    work: (compression: Compression | undefined) => Promise<T>,
  ): Promise<T> {
    let isOpen = false
    try {
      const opened = await this.ask('ORF', [compressionParameter(proposed)])
      isOpen = true
      const compression = statedCompression(opened)
      if (compression !== undefined && compression !== proposed && proposed !== 3)
        this.link.violations.push(`compression ${compression} answered to ${proposed}`)
      const result = await work(compression)
      await this.#leave(isOpen)
      return result
    } catch (cause) {
      const isUsable =
        cause instanceof PesitPeerError && ['refused', 'interrupted'].includes(cause.kind)
      if (isUsable && cause.fpdu?.name !== 'ACK(CRF)' && cause.fpdu?.name !== 'ACK(DESELECT)')
        await this.#leave(isOpen)
      throw cause
    }
  }

  async #leave(isOpen: boolean): Promise<void> {
    this.link.maxEntityBytes = DEFAULT_MAX_ENTITY_BYTES
    if (isOpen) await this.ask('CRF', [diagnostic('0/000')])
    await this.ask('DESELECT', [diagnostic('0/000')])
  }

  #agreeEntityBytes(answer: Fpdu, proposed: number): void {
    if ((piNumber(answer, 25) ?? proposed) > proposed)
      this.link.violations.push(`PI 25 answered ${piNumber(answer, 25)}, proposed ${proposed}`)
    this.link.maxEntityBytes = agreedEntityBytes(answer, proposed)
  }

  async #endTransfer(counts: Counts): Promise<void> {
    await this.link.send('TRANS.END', [number(27, counts.dataBytes), number(28, counts.articles)])
  }

  #checkEnd(answer: Fpdu, said: Counts): void {
    if (isNegative(answer)) throw refusal(this.link, answer)
    const [dataBytes = said.dataBytes, articles = said.articles] = [27, 28].map((pi) =>
      piNumber(answer, pi),
    )
    if (dataBytes !== said.dataBytes || articles !== said.articles)
      this.link.violations.push(
        `ACK(TRANS.END) counts ${dataBytes} and ${articles}, we ${said.dataBytes} and ${said.articles}`,
      )
  }
}

function answerTo(name: KnownFpduName): KnownFpduName {
  return `ACK(${name})` as KnownFpduName
}

function refusal(link: PesitLink, answer: Fpdu): PesitPeerError {
  const words = piText(answer, 99) ?? piText(answer, 29) ?? ''
  return new PesitPeerError('refused', `${answer.name} ${diagnosticOf(answer)} ${words}`.trim(), {
    diagnostic: diagnosticOf(answer),
    fpdu: answer,
    link,
  })
}

async function preConnect(link: PesitLink, said: PreConnection): Promise<void> {
  await link.sendUnframed(encodePreConnection(said))
  const answer = await link.takeFirst()
  const words = 'kind' in answer ? fromEbcdic(answer.content) : answer.name
  if (words === 'ACK0') return
  link.close()
  throw new PesitPeerError('refused', `pre-connection answered by ${words}`, { link })
}

async function openSocket(options: InitiatorOptions): Promise<Socket> {
  const { port, host = '127.0.0.1', tls } = options
  const socket = tls === undefined ? connectTcp({ port, host }) : connectTls({ ...tls, port, host })
  await new Promise<void>((resolve, reject) => {
    const refused = (cause: Error): void => {
      reject(new PesitPeerError('closed', `no connection: ${cause.message}`, { cause }))
    }
    socket.once('error', refused)
    socket.once(tls === undefined ? 'connect' : 'secureConnect', () => {
      socket.off('error', refused)
      resolve()
    })
  })
  socket.setNoDelay(true)
  return socket
}
