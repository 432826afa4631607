import { codeInName } from '../../gateway/faults.ts'
import type { StagedFile } from '../listener.ts'
import { judgeCreate } from './create-checks.ts'
import type { FileOrder } from './create-checks.ts'
import { DataFaultPoint } from './data-fault-point.ts'
import { meetAtData, metAtRestart, metAtSyncPoint, metAtWrite } from './dialogue-faults.ts'
import { diagnostic, isNegative } from './diagnostics.ts'
import type { Diagnostic } from './diagnostics.ts'
import { errorDiagnostic } from './errors.ts'
import { offerToIntake } from './file-acceptance.ts'
import type { DataFpdu } from './fpdu.ts'
import type { ParameterFpduName } from './fpdu-types.ts'
import { IncomingFile } from './incoming-file.ts'
import {
  agreeCompression,
  agreeEntityBytes,
  compareCounts,
  compressionKind,
} from './negotiation.ts'
import type { ParameterValues } from './parameter-table.ts'
import { structureFault } from './pesit-fault.ts'
import { ownTermsOf } from './partner-profile.ts'
import { freeText, passFault, recordRefusal } from './server-context.ts'
import type { ServerContext } from './server-context.ts'
import { identityMark, lastPlace, NOTHING_YET } from './sync-places.ts'
import type { SyncPlace } from './sync-places.ts'

const OK = diagnostic('0/000')
/** PI 32 of a file that says none. */
const LONGEST_ARTICLE = 0xffff
/** PI 31: variable. */
const VARIABLE = 0x80
const BINARY = 2
/** PI 19: the restart data is kept, or not (reference §10.3). */
const END_BY_ERROR = 4
const CANCELLED_BY_SERVER = 12
const KEEPING_ENDS: ReadonlySet<number> = new Set([4, 8])

/** One file that a partner sends, from CREATE to ACK(DESELECT); the machine says what may come when. */
export class WriteTransfer {
  readonly #context: ServerContext
  #order: FileOrder | undefined
  #interfaceCode = ''
  #incoming: IncomingFile | undefined
  #hasBegun = false
  #hasGoneBack = false
  /** Its content is put away. */
  #left: Promise<void> = Promise.resolve()
  /** DTF.END came with a reason: the sender could not go on. */
  #isPremature = false

  #dataPoint: DataFaultPoint | undefined

  constructor(context: ServerContext) {
    this.#context = context
  }

  /** Of the flow, once CREATE was accepted. */
  get name(): string | undefined {
    return this.#order?.name
  }

  /** @throws PesitFault for articles that cannot be */
  data(fpdu: DataFpdu): void {
    const incoming = this.#incoming
    if (incoming === undefined) return
    incoming.data(fpdu)
    if (!this.#hasBegun) {
      this.#hasBegun = true
      meetAtData(this.#context.dialogue, this.#context.line)
    }
    this.#dataPoint?.pass(incoming.bytes)
  }

  /** SYN. @throws PesitFault within an article */
  syncPoint(point: number): void {
    const incoming = this.#incoming
    if (incoming === undefined) return
    const { dialogue, line } = this.#context
    const instead = this.#hasGoneBack ? undefined : metAtSyncPoint(dialogue, line, point)
    if (instead === 'no-answer') incoming.fallSilent()
    incoming.syncPoint(point)
    if (instead === undefined || instead === 'no-answer') return
    this.#hasGoneBack = true
    line.wish('RESYN', { diagnostic: diagnostic('1/100'), restartPoint: instead.resync })
  }

  /** All but data and SYN. */
  async told(name: ParameterFpduName, values: ParameterValues): Promise<void> {
    switch (name) {
      case 'CREATE':
        return this.#create(values)
      case 'ORF':
        return this.#open(values)
      case 'WRITE':
        return this.#write()
      case 'DTF.END':
        return this.#dataEnd(values)
      case 'TRANS.END':
        return this.#end(values)
      case 'RESYN':
        return this.#resynchronise(values.restartPoint ?? 0)
      case 'ACK(RESYN)':
        this.#incoming?.goBack(values.restartPoint ?? 0)
        return
      case 'IDT':
        return this.#interrupted(values.endCode ?? END_BY_ERROR)
      case 'CRF':
        await this.leave()
        this.#context.line.wish('ACK(CRF)', { diagnostic: OK })
        return
      default:
    }
  }

  /** The transfer or the line has ended early: what came stays for a restart. Never throws. */
  leave(): Promise<void> {
    const incoming = this.#incoming
    this.#incoming = undefined
    if (incoming !== undefined) this.#left = this.#keep(incoming)
    return this.#left
  }

  /** A restart of this transfer has come in another session. */
  giveWay(): Promise<void> {
    this.#context.line.cut('the partner restarts this transfer in another session')
    return this.leave()
  }

  async #keep(incoming: IncomingFile): Promise<void> {
    try {
      await incoming.settled()
      incoming.stop()
      await incoming.file.keep()
    } catch (error) {
      this.#context.log.error({ err: error, stagedId: incoming.file.id }, 'staged file not kept')
    } finally {
      this.#release()
    }
  }

  #release(): void {
    const { writes, connection } = this.#context
    if (this.#order !== undefined) writes.remove(connection.id, this.#order.identity, this)
  }

  async #create(values: ParameterValues): Promise<void> {
    const context = this.#context
    const { line, profile } = context
    const judged = await judgeCreate(context, values)
    if ('refused' in judged) {
      const { refused } = judged
      const text = recordRefusal(context, refused)
      line.wish('ACK(CREATE)', { diagnostic: diagnostic(refused.diagnostic), freeText: text })
      return
    }
    this.#interfaceCode = codeInName(judged.order.name)
    const fault = await passFault(context, 'open', { interfaceCode: this.#interfaceCode })
    if (fault === 'cut') return
    if (fault !== undefined) {
      const said = {
        diagnostic: fault.diagnostic ?? diagnostic('2/201'),
        freeText: freeText(fault.refuse),
      }
      line.wish('ACK(CREATE)', said)
      return
    }
    this.#order = judged.order
    const asked = values.maxEntityBytes ?? profile.maxEntityBytes
    line.wish('ACK(CREATE)', {
      diagnostic: OK,
      maxEntityBytes: agreeEntityBytes(asked, profile.maxEntityBytes),
    })
  }

  #open({ compression }: ParameterValues): void {
    const { line, profile } = this.#context
    const agreed = agreeCompression(compression, ownTermsOf(profile).compressions)
    line.wish('ACK(ORF)', {
      diagnostic: OK,
      ...(compression === undefined ? {} : { compression: agreed }),
    })
  }

  async #write(): Promise<void> {
    const order = this.#order
    if (order === undefined) return
    const { line, log } = this.#context
    try {
      const { file, start } = await this.#stage(order)
      if (line.isOver) {
        await (start.point === 0 ? file.drop() : file.keep())
        return
      }
      this.#begin(order, file, start)
      const { saidPoint = start.point } = metAtWrite(this.#context.dialogue, line)
      line.wish('ACK(WRITE)', { diagnostic: OK, restartPoint: saidPoint })
    } catch (error) {
      log.error({ err: error, name: order.name }, 'no file to receive into')
      line.wish('ACK(WRITE)', { diagnostic: diagnostic(errorDiagnostic(error, 'data')) })
    }
  }

  /** The part to go on with, cut at its last point; else a new file (reference §10.1, decisions E5). */
  async #stage(
    order: FileOrder,
  ): Promise<{ readonly file: StagedFile; readonly start: SyncPlace }> {
    const { services, connection, line, writes } = this.#context
    const hasPoints = (line.session.terms?.sync.intervalKib ?? 0) > 0
    if (order.isRestart && hasPoints) {
      await writes.takeOver(connection.id, order.identity)
      const part = await services.staging.reopen(connection.id, order.name)
      if (part !== undefined) {
        const upTo = metAtRestart(this.#context.dialogue, line)
        const start = lastPlace(await part.marks(), order.identity, part.bytes, upTo)
        if (start !== undefined && start.point > 0) {
          await part.truncate(start.offset)
          return { file: part, start }
        }
        await part.keep()
      }
    }
    const file = await services.staging.open(connection.id, 'pesit', order.name)
    if (hasPoints) await file.mark(identityMark(order.identity))
    return { file, start: NOTHING_YET }
  }

  #begin(order: FileOrder, file: StagedFile, start: SyncPlace): void {
    const { create, maxBytes, name } = order
    const { line, profile, writes, connection } = this.#context
    writes.add(connection.id, order.identity, this)
    const isVariable = (create.articleFormat ?? 0) === VARIABLE
    // Absent it means ASCII on paper; products that leave it out send streams.
    const isAnnouncedText = create.dataCode !== undefined && create.dataCode !== BINARY
    this.#isPremature = false
    this.#hasBegun = false
    this.#hasGoneBack = false
    this.#dataPoint = new DataFaultPoint(this.#context, this.#interfaceCode, (said) =>
      this.#cancel(said, END_BY_ERROR),
    )
    this.#incoming = new IncomingFile({
      line,
      file,
      start,
      // 0 is "not said" in the field.
      maxArticleBytes: create.articleBytes || LONGEST_ARTICLE,
      compression: compressionKind(line.session.compression),
      verticalPad: profile.verticalPad,
      // Archives have no lines, whatever is said of them.
      isText:
        profile.textArticles === 'lines' && isVariable && isAnnouncedText && name.endsWith('.xml'),
      maxBytes,
      onTooLong: () => {
        const reason = `more than ${maxBytes} bytes came`
        recordRefusal(this.#context, {
          diagnostic: '2/219',
          code: 'CONTENT_TOO_LARGE',
          reason,
          offered: name,
        })
        this.#cancel(diagnostic('2/219'), CANCELLED_BY_SERVER)
      },
      onFailed: (error) => {
        this.#context.log.error({ err: error, name }, 'received content not written')
        this.#cancel(diagnostic(errorDiagnostic(error, 'data')), END_BY_ERROR)
      },
    })
  }

  #watch(work: Promise<void>): void {
    work.catch((error: unknown) => this.#context.log.error({ err: error }, 'transfer failed'))
  }

  #cancel(said: Diagnostic, endCode: number): void {
    const isOut = this.#context.line.wish('IDT', { diagnostic: said, endCode })
    if (!isOut) return
    this.#watch(KEEPING_ENDS.has(endCode) ? this.leave() : this.#discard())
  }

  async #interrupted(endCode: number): Promise<void> {
    if (KEEPING_ENDS.has(endCode)) await this.leave()
    else await this.#discard()
    this.#context.line.wish('ACK(IDT)')
  }

  async #discard(): Promise<void> {
    const incoming = this.#incoming
    this.#incoming = undefined
    incoming?.stop()
    this.#release()
    try {
      await incoming?.file.drop()
    } catch (error) {
      this.#context.log.error({ err: error }, 'staged file not removed')
    }
  }

  async #resynchronise(wanted: number): Promise<void> {
    const incoming = this.#incoming
    if (incoming === undefined) return
    const point = incoming.hasPoint(wanted) ? wanted : 0
    incoming.goBack(point)
    await incoming.settled()
    this.#context.line.wish('ACK(RESYN)', { restartPoint: point })
  }

  #dataEnd({ diagnostic: said }: ParameterValues): void {
    if (this.#incoming?.isWithinArticle === true) {
      this.#context.line.fault(structureFault('DTF.END within a segmented article'))
      return
    }
    this.#isPremature = said !== undefined && isNegative(said)
  }

  async #end(values: ParameterValues): Promise<void> {
    const { line, profile } = this.#context
    const incoming = this.#incoming
    const order = this.#order
    if (incoming === undefined || order === undefined) return
    await incoming.settled()
    // The disk failed meanwhile, or the line is gone.
    if (this.#incoming !== incoming || line.isOver) return
    const { dataBytes, articles } = incoming.counts
    if (this.#isPremature) {
      await this.leave()
      line.wish('ACK(TRANS.END)', { diagnostic: diagnostic('2/223'), dataBytes, articles })
      return
    }
    const compared = compareCounts(values, incoming.counts, incoming.start)
    const isWrong =
      compared === 'bytes-differ' ||
      (compared === 'articles-differ' && profile.checkArticles === 'refuse')
    if (compared !== 'equal') {
      const said = `${values.dataBytes ?? '–'} bytes and ${values.articles ?? '–'} articles were sent`
      const reason = `${said}, ${dataBytes} and ${articles} came`
      this.#context.transcript.verdict('3/319', reason)
      if (isWrong) {
        await this.#discard()
        const told = { dataBytes, articles, freeText: freeText(reason) }
        line.wish('ACK(TRANS.END)', { diagnostic: diagnostic('3/319'), ...told })
        return
      }
    }
    this.#incoming = undefined
    this.#release()
    const answer = await offerToIntake(this.#context, order, incoming)
    // Counted as the partner does, who may leave out what came before a restart (reference §10.1).
    const counted =
      compared === 'resumed-part'
        ? {
            dataBytes: dataBytes - incoming.start.dataBytes,
            articles: articles - incoming.start.articles,
          }
        : { dataBytes, articles }
    if (line.wish('ACK(TRANS.END)', { ...answer, ...counted })) {
      await passFault(this.#context, 'after-acknowledge', {
        bytes: incoming.bytes,
        interfaceCode: this.#interfaceCode,
      })
    }
  }
}
