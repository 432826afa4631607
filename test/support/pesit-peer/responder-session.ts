import {
  agreedEntityBytes,
  agreedSync,
  compressionParameter,
  NO_SYNC,
  passwordParameter,
  statedCompression,
  syncParameter,
  syncTerms,
} from './connection-terms.ts'
import type { SyncTerms } from './connection-terms.ts'
import type { Compression } from './compression.ts'
import { countFaults, cutIntoArticles, planData } from './data-plan.ts'
import type { Counts } from './data-plan.ts'
import { DataReceiver, noProgress } from './data-receiver.ts'
import type { Progress } from './data-receiver.ts'
import { DataSender } from './data-sender.ts'
import { toEbcdic } from './ebcdic.ts'
import {
  DEFAULT_ARTICLE_BYTES,
  DEFAULT_MAX_ENTITY_BYTES,
  selectionParameters,
  statedAttributes,
} from './file-attributes.ts'
import type { KnownFpduName } from './fpdu-catalogue.ts'
import { piBytes, piNumber, piText } from './fpdu.ts'
import type { Fpdu } from './fpdu.ts'
import { acknowledgeInterruption } from './interruptions.ts'
import { diagnostic, number, octets, text } from './parameters.ts'
import type { Parameter } from './parameters.ts'
import { PesitPeerError } from './peer-error.ts'
import type { PesitLink } from './pesit-link.ts'
import type {
  Answer,
  OfferedFile,
  ReceivedFile,
  ReceivedMessage,
  ResponderOptions,
} from './responder-options.ts'

/** What sessions of one responder share. */
export interface ResponderMemory {
  readonly received: (file: ReceivedFile) => void
  readonly messages: ReceivedMessage[]
  /** Transfers that may be restarted, by the identity of reference §7.4. */
  readonly unfinished: Map<string, Progress>
}

type Selection =
  | { readonly kind: 'create'; readonly request: Fpdu }
  | { readonly kind: 'select'; readonly request: Fpdu; readonly file: OfferedFile }

/** PI 99 has a place in these; elsewhere words go in PI 29. */
const WITH_FREE_TEXT = new Set(['RCONNECT', 'ACK(CREATE)', 'ACK(SELECT)', 'ACK(DESELECT)'])
const SUCCESS: Answer = { diagnostic: '0/000' }
/** PI 19 values after which nothing may be opened until DESELECT (reference §10.3). */
const CLOSING_END_CODES = new Set([8, 12, 16])

/** One caller, from its first byte to its last. */
export class ResponderSession {
  readonly #link: PesitLink
  readonly #options: ResponderOptions
  readonly #memory: ResponderMemory
  #connect!: Fpdu
  #sync: SyncTerms = NO_SYNC
  #isResyncAllowed = false
  #compression: Compression | undefined

  constructor(link: PesitLink, options: ResponderOptions, memory: ResponderMemory) {
    this.#link = link
    this.#options = options
    this.#memory = memory
  }

  /** @throws PesitPeerError when the connection ended in any other way than RELEASE */
  async run(): Promise<void> {
    const link = this.#link
    if (!(await this.#accept())) return
    for (;;) {
      const request = await link.take('CREATE', 'SELECT', 'MSG', 'MSGDM', 'RELEASE')
      if (request.name === 'RELEASE') {
        await link.send('RELCONF', [], link.ours)
        link.close()
        return
      }
      if (request.name === 'CREATE' || request.name === 'SELECT') await this.#file(request)
      else await this.#message(request)
    }
  }

  /** Pre-connection, CONNECT and its answer. @returns whether there is a connection */
  async #accept(): Promise<boolean> {
    const link = this.#link
    const { preConnectionAnswer = 'ACK0' } = this.#options
    let first = await link.takeFirst()
    if ('kind' in first) {
      if (preConnectionAnswer !== 'nothing') await link.sendUnframed(toEbcdic(preConnectionAnswer))
      if (preConnectionAnswer === 'NAK0') {
        link.close()
        return false
      }
      first = await link.take('CONNECT')
    }
    if (first.name !== 'CONNECT') {
      link.cut()
      throw new PesitPeerError('protocol', `${first.name} came first`, { fpdu: first, link })
    }
    this.#connect = first
    link.theirs = first.octet6
    const refusal = this.#answerTo(first)
    if (refusal !== SUCCESS) {
      await this.#answer('RCONNECT', refusal)
      link.close()
      return false
    }
    link.ours = this.#options.number ?? 1
    this.#sync = agreedSync(syncTerms(first), this.#options.sync ?? NO_SYNC)
    this.#isResyncAllowed = this.#options.resync === true && piNumber(first, 23) === 1
    await link.send(
      'ACONNECT',
      [
        passwordParameter(this.#options.password),
        number(6, this.#options.version ?? 2),
        piBytes(first, 7) === undefined ? undefined : syncParameter(this.#sync),
        this.#isResyncAllowed ? octets(23, 1) : undefined,
        this.#options.text === undefined ? undefined : text(99, this.#options.text),
      ],
      link.ours,
    )
    return true
  }

  async #file(request: Fpdu): Promise<void> {
    const link = this.#link
    const selection = this.#select(request)
    const ack = `ACK(${request.name})` as KnownFpduName
    const answer = !this.#isAllowed(request)
      ? { diagnostic: '3/305' }
      : selection === undefined
        ? { diagnostic: '2/205' }
        : this.#answerTo(request)
    const limit = this.#options.maxEntityBytes ?? DEFAULT_MAX_ENTITY_BYTES
    const entityBytes = agreedEntityBytes(request, limit)
    if (selection === undefined || answer !== SUCCESS) {
      const size = request.name === 'CREATE' ? [number(25, entityBytes)] : []
      return this.#answer(ack, answer, size)
    }
    link.maxEntityBytes = entityBytes
    await this.#answer(
      ack,
      SUCCESS,
      selection.kind === 'create'
        ? [number(25, entityBytes)]
        : selectionParameters(selection.file, request, entityBytes),
    )
    await this.#selected(selection)
    link.maxEntityBytes = DEFAULT_MAX_ENTITY_BYTES
  }

  /** PI 22 of CONNECT says what the caller came for (reference §7.1). */
  #isAllowed(request: Fpdu): boolean {
    const access = piNumber(this.#connect, 22) ?? 2
    return access === 2 || access === (request.name === 'CREATE' ? 0 : 1)
  }

  #select(request: Fpdu): Selection | undefined {
    if (request.name === 'CREATE') return { kind: 'create', request }
    const file = this.#options.files?.find((one) => one.fileName === piText(request, 12))
    return file === undefined ? undefined : { kind: 'select', request, file }
  }

  /** SF03 to DESELECT. */
  async #selected(selection: Selection): Promise<void> {
    const link = this.#link
    let isOver = false
    for (;;) {
      const request = await link.take(...(isOver ? [] : (['ORF'] as const)), 'DESELECT')
      if (request.name === 'DESELECT') return this.#answer('ACK(DESELECT)', this.#answerTo(request))
      const answer = this.#answerTo(request)
      this.#compression = answer === SUCCESS ? this.#agreedCompression(request) : undefined
      await this.#answer('ACK(ORF)', answer, [compressionParameter(this.#compression)])
      if (answer === SUCCESS) isOver = await this.#opened(selection)
    }
  }

  #agreedCompression(request: Fpdu): Compression | undefined {
    const asked = statedCompression(request)
    const { compressions = [] } = this.#options
    if (asked === 3) return compressions.includes(3) ? 3 : compressions[0]
    return compressions.find((kind) => kind === asked)
  }

  /** OF02 to CRF. @returns whether an interruption forbids to open the file again */
  async #opened(selection: Selection): Promise<boolean> {
    const link = this.#link
    const start = selection.kind === 'create' ? 'WRITE' : 'READ'
    let isOver = false
    for (;;) {
      const request = await link.take(...(isOver ? [] : ([start] as const)), 'CRF')
      if (request.name === 'CRF') {
        await this.#answer('ACK(CRF)', this.#answerTo(request))
        return isOver
      }
      try {
        if (selection.kind === 'create') await this.#receive(selection.request, request)
        else await this.#serve(selection.file, request)
      } catch (cause) {
        if (!(cause instanceof PesitPeerError) || cause.kind !== 'interrupted') throw cause
        const idt = link.fpdus().findLast((fpdu) => fpdu.name === 'IDT')
        isOver = CLOSING_END_CODES.has((idt && piNumber(idt, 19)) ?? 4)
      }
    }
  }

  async #receive(create: Fpdu, write: Fpdu): Promise<void> {
    const link = this.#link
    const attributes = statedAttributes(create)
    const identity = this.#identity(create)
    const answer = this.#answerTo(write)
    if (answer !== SUCCESS) return this.#answer('ACK(WRITE)', answer, [number(18, 0)])
    const kept = attributes.isRestart ? this.#memory.unfinished.get(identity) : undefined
    const progress = kept ?? noProgress()
    this.#memory.unfinished.set(identity, progress)
    const terms = {
      compression: this.#compression,
      maxArticleBytes: attributes.articleBytes,
      ...this.#sync,
      isResyncAllowed: this.#isResyncAllowed,
    }
    const receiver = new DataReceiver(link, terms, this.#options.receiving ?? {}, progress)
    const givenPoint = attributes.isRestart ? this.#options.restartPoint?.(progress) : 0
    const startPoint = givenPoint ?? progress.acknowledgedPoint
    if (startPoint === 0 || progress.points.has(startPoint)) receiver.goBackTo(startPoint)
    await this.#answer('ACK(WRITE)', SUCCESS, [number(18, startPoint)])
    const before = receiver.counts()
    await receiver.run()
    const end = await link.take('TRANS.END', 'IDT')
    if (end.name === 'IDT') return acknowledgeInterruption(link, end)
    const counts = receiver.counts()
    const claimed = { dataBytes: piNumber(end, 27), articles: piNumber(end, 28) }
    link.violations.push(...countFaults(claimed, counts, before))
    const final = this.#answerTo(end)
    if (final === SUCCESS) {
      this.#memory.unfinished.delete(identity)
      const { articles } = progress
      this.#memory.received({
        connect: this.#connect,
        create,
        attributes,
        articles,
        content: Buffer.concat(articles),
        counts,
        claimed,
        startPoint,
        link,
      })
    }
    await this.#endTransfer(final, counts)
  }

  async #serve(file: OfferedFile, read: Fpdu): Promise<void> {
    const { sending = {} } = this.#options
    const answer = this.#answerTo(read)
    if (answer !== SUCCESS) return this.#answer('ACK(READ)', answer)
    const steps = planData({
      articles:
        file.articles ??
        cutIntoArticles(
          file.content ?? Buffer.alloc(0),
          file.articleBytes ?? DEFAULT_ARTICLE_BYTES,
        ),
      compression: this.#compression,
      intervalKib: this.#sync.intervalKib,
      syncAfterArticles: sending.syncAfterArticles,
    })
    const sender = new DataSender(this.#link, steps, this.#sync.window, sending)
    const startPoint = piNumber(read, 18) ?? 0
    if (!sender.hasPoint(startPoint)) return this.#answer('ACK(READ)', { diagnostic: '2/214' })
    await this.#answer('ACK(READ)', SUCCESS)
    const end = await sender.run(startPoint, 'TRANS.END')
    const counts = sender.counts()
    const resumed = sender.counts('resumed')
    const claimed = { dataBytes: piNumber(end, 27), articles: piNumber(end, 28) }
    const before = {
      dataBytes: counts.dataBytes - resumed.dataBytes,
      articles: counts.articles - resumed.articles,
    }
    this.#link.violations.push(...countFaults(claimed, counts, before))
    await this.#endTransfer(this.#answerTo(end), counts)
  }

  async #endTransfer(answer: Answer, counts: Counts): Promise<void> {
    const said = this.#options.claimedCounts ?? counts
    await this.#answer('ACK(TRANS.END)', answer, [
      number(27, said.dataBytes),
      number(28, said.articles),
    ])
  }

  async #message(head: Fpdu): Promise<void> {
    const link = this.#link
    let body = piText(head, 91) ?? ''
    let last = head
    while (last.name === 'MSGDM' || last.name === 'MSGMM') {
      last = await link.take('MSGMM', 'MSGFM')
      body += piText(last, 91) ?? ''
    }
    const message = { head, body, attributes: statedAttributes(head), link }
    this.#memory.messages.push(message)
    const reply = this.#options.reply?.(message)
    await this.#answer('ACK(MSG)', this.#answerTo(head), [
      number(13, message.attributes.transferId),
      reply === undefined ? undefined : text(91, reply),
    ])
  }

  #answerTo(request: Fpdu): Answer {
    const set = this.#options.answers?.[request.name as KnownFpduName]
    return (typeof set === 'function' ? set(request) : set) ?? SUCCESS
  }

  /** An answer: PI 2 where it has a place, the rest in ascending order around it. */
  async #answer(
    name: KnownFpduName,
    { diagnostic: printed, text: words }: Answer,
    others: readonly (Parameter | undefined)[] = [],
  ): Promise<void> {
    const wordsPi = WITH_FREE_TEXT.has(name) ? 99 : 29
    const all = [
      diagnostic(printed),
      ...others,
      words === undefined ? undefined : text(wordsPi, words),
    ].filter((one) => one !== undefined)
    all.sort((a, b) => codeOf(a) - codeOf(b))
    await this.#link.send(name, all)
  }

  #identity(create: Fpdu): string {
    const parts = [11, 12, 13, 61, 62].map((pi) => piBytes(create, pi)?.toString('hex') ?? '')
    return [piText(this.#connect, 3), ...parts].join('/')
  }
}

function codeOf(parameter: Parameter): number {
  return 'pgi' in parameter ? parameter.pgi : parameter.pi
}
