import { randomInt } from 'node:crypto'
import type { FaultAction } from '../../gateway/faults.ts'
import type { ReturnFlow } from '../../gateway/flow.ts'
import { askedInVain } from '../asked-in-vain.ts'
import type { ReadableContent } from '../listener.ts'
import { DataSender } from './data-sender.ts'
import { meetAtData } from './dialogue-faults.ts'
import { diagnostic } from './diagnostics.ts'
import type { DiagnosticName } from './diagnostics.ts'
import { errorDiagnostic } from './errors.ts'
import type { ParameterFpduName } from './fpdu-types.ts'
import {
  agreeCompression,
  agreeEntityBytes,
  attributesWanted,
  compareCounts,
  restartedTransfer,
} from './negotiation.ts'
import type { ParameterValues } from './parameter-table.ts'
import { pesitDate } from './parameter-values.ts'
import { ownTermsOf } from './partner-profile.ts'
import { ReadMemory } from './read-memory.ts'
import { selectedReturn } from './return-selection.ts'
import { actOn, faultAt, freeText, passFault } from './server-context.ts'
import type { ServerContext } from './server-context.ts'
import type { SyncTrail } from './sync-trail.ts'

const OK = diagnostic('0/000')
const KIBIBYTE = 1_024
/** PI 31: variable. */
const VARIABLE = 0x80
const BINARY = 2
/** PI 13 has three bytes; 0 is none. */
const MAX_TRANSFER_ID = 0xff_ff_ff
/** PI 19: restart data is kept. */
const END_BY_ERROR = 4

interface Selected {
  readonly returnFlow: ReturnFlow
  readonly transferId: number
  readonly articleBytes: number
  /** Of the attempts before. */
  readonly trail: SyncTrail
}

/** One return flow that a partner fetches, from SELECT to ACK(DESELECT). */
export class ReadTransfer {
  readonly #context: ServerContext
  readonly #memory: ReadMemory
  #selected: Selected | undefined
  #content: ReadableContent | undefined
  #sender: DataSender | undefined
  #isRunning = false

  constructor(context: ServerContext) {
    const { services, connection, settings } = context
    this.#context = context
    this.#memory = new ReadMemory(services, connection, settings.restartSeconds)
  }

  /** Of the return flow, once SELECT found one. */
  get name(): string | undefined {
    return this.#selected?.returnFlow.fileName
  }

  async told(name: ParameterFpduName, values: ParameterValues): Promise<void> {
    switch (name) {
      case 'SELECT':
        return this.#select(values)
      case 'ORF':
        return this.#open(values)
      case 'READ':
        return this.#read(values.restartPoint ?? 0)
      case 'ACK(SYN)':
        this.#sender?.told(name, values)
        return
      case 'RESYN':
      case 'ACK(RESYN)':
        this.#sender?.told(name, values)
        return this.#run()
      case 'TRANS.END':
        return this.#end(values)
      case 'IDT':
        this.#sender?.wake()
        this.#context.line.wish('ACK(IDT)')
        return
      case 'CRF':
        await this.leave()
        this.#context.line.wish('ACK(CRF)', { diagnostic: OK })
        return
      default:
    }
  }

  /** The transfer or the line has ended. Never throws. */
  async leave(): Promise<void> {
    this.#sender?.wake()
    this.#sender = undefined
    const content = this.#content
    this.#content = undefined
    try {
      await content?.close()
    } catch (error) {
      this.#context.log.error({ err: error }, 'return flow not closed')
    }
  }

  async #select(values: ParameterValues): Promise<void> {
    const { line, profile, partner } = this.#context
    try {
      const fault = await passFault(this.#context, 'open')
      if (fault === 'cut') return
      if (fault !== undefined) {
        const said = fault.diagnostic ?? diagnostic('2/201')
        line.wish('ACK(SELECT)', { diagnostic: said, freeText: freeText(fault.refuse) })
        return
      }
      if (!this.#context.mayStart()) return this.#refuse('3/304', 'the connection is not open')
      const found = await this.#find(values)
      if ('refused' in found) return this.#refuse(found.refused, found.reason)
      this.#selected = found
      const { returnFlow, transferId, articleBytes } = found
      const { fileName, interfaceCode, content, createdAt } = returnFlow
      const wanted = attributesWanted(values.attributesWanted)
      const asked = values.maxEntityBytes ?? profile.maxEntityBytes
      line.wish('ACK(SELECT)', {
        diagnostic: OK,
        fileType: values.fileType ?? 0,
        fileName: nameOf(partner.overrides.naming, returnFlow, values.fileName ?? interfaceCode),
        transferId,
        dataCode: BINARY,
        maxEntityBytes: agreeEntityBytes(asked, profile.maxEntityBytes),
        ...(wanted.logical ? { articleFormat: VARIABLE, articleBytes, label: fileName } : {}),
        ...(wanted.physical
          ? { reservationUnit: 0, reservation: Math.ceil(content.bytes / KIBIBYTE) }
          : {}),
        ...(wanted.historical ? { createdAt: pesitDate(new Date(createdAt)) } : {}),
      })
    } catch (error) {
      this.#context.log.error({ err: error }, 'no return flow could be selected')
      this.#refuse(errorDiagnostic(error, 'create'), '')
    }
  }

  async #find(
    values: ParameterValues,
  ): Promise<Selected | { readonly refused: DiagnosticName; readonly reason: string }> {
    const { services, session, connection, partner, profile } = this.#context
    const offered = await services.mailbox.list(connection.id)
    const transferId = restartedTransfer(values)
    if (transferId !== undefined) {
      const record = await this.#memory.find(transferId)
      if (record === undefined) {
        return { refused: '2/227', reason: `transfer ${transferId} is not one to take up again` }
      }
      const returnFlow = offered.find(({ id }) => id === record.returnFlowId)
      if (returnFlow === undefined) return { refused: '2/205', reason: 'it is offered no more' }
      return { ...record, returnFlow, transferId }
    }
    const returnFlow = selectedReturn(offered, partner, values.fileName ?? '')
    if (returnFlow === undefined) {
      session.note({ fields: askedInVain(values.fileName ?? '', services.clock.now()) })
      return { refused: '2/205', reason: 'nothing is waiting' }
    }
    return {
      returnFlow,
      transferId: randomInt(1, MAX_TRANSFER_ID + 1),
      articleBytes: profile.articleBytes,
      trail: [],
    }
  }

  #refuse(name: DiagnosticName, reason: string): void {
    this.#context.line.wish('ACK(SELECT)', {
      diagnostic: diagnostic(name),
      ...(reason === '' ? {} : { freeText: freeText(reason) }),
    })
  }

  async #open({ compression }: ParameterValues): Promise<void> {
    const { line, profile, services, connection, log } = this.#context
    try {
      const { returnFlow } = this.#selected!
      this.#content = await services.mailbox.open(connection.id, returnFlow.id)
      const agreed = agreeCompression(compression, ownTermsOf(profile).compressions)
      line.wish('ACK(ORF)', {
        diagnostic: OK,
        ...(compression === undefined ? {} : { compression: agreed }),
      })
    } catch (error) {
      log.error({ err: error }, 'return flow not opened')
      line.wish('ACK(ORF)', { diagnostic: diagnostic('2/211') })
    }
  }

  async #read(point: number): Promise<void> {
    const { line, profile, log } = this.#context
    const selected = this.#selected
    const content = this.#content
    if (selected === undefined || content === undefined) return
    try {
      const { multiArticle, segmentation, concatenation } = profile
      const { returnFlow, transferId, articleBytes, trail } = selected
      const hasPoints = (line.session.terms?.sync.intervalKib ?? 0) > 0
      const sender = new DataSender(line, {
        content,
        trail,
        articleBytes,
        packing: { framing: line.style.framing, multiArticle, segmentation, concatenation },
        onBlock: (bytes) => {
          const action = faultAt(this.#context, 'data', {
            bytes,
            asker: content,
            interfaceCode: returnFlow.interfaceCode,
          })
          return action === undefined ? true : this.#passDataFault(action)
        },
        onTrail: async (next) => {
          if (!hasPoints) return
          const record = { returnFlowId: returnFlow.id, articleBytes, trail: next }
          await this.#memory.keep(transferId, record)
        },
      })
      if (!sender.canStartAt(point)) {
        line.wish('ACK(READ)', { diagnostic: diagnostic('2/214') })
        return
      }
      await sender.startAt(point)
      this.#sender = sender
      line.wish('ACK(READ)', { diagnostic: OK })
    } catch (error) {
      log.error({ err: error }, 'return flow not read')
      line.wish('ACK(READ)', { diagnostic: diagnostic('2/213') })
      return
    }
    meetAtData(this.#context.dialogue, line)
    return this.#run()
  }

  /** @returns false when the transfer is over by it */
  async #passDataFault(action: FaultAction): Promise<boolean> {
    const fault = await actOn(this.#context, action, 'data')
    if (fault === undefined) return true
    if (fault !== 'cut') this.#giveUp(fault.diagnostic)
    return false
  }

  /** Until DTF.END is out; again when the machine is back among the data. */
  async #run(): Promise<void> {
    if (this.#isRunning) return
    this.#isRunning = true
    try {
      await this.#sender?.run()
    } catch (error) {
      this.#context.log.error({ err: error }, 'return flow not read')
      this.#giveUp()
    } finally {
      this.#isRunning = false
    }
  }

  #giveUp(said = diagnostic('2/213')): void {
    const values = { diagnostic: said, endCode: END_BY_ERROR }
    this.#context.line.wish('IDT', values)
  }

  /** The partner has all of it: the return flow is delivered, and leaves the mailbox. */
  async #end(values: ParameterValues): Promise<void> {
    const { line, services, connection, transcript, profile, log } = this.#context
    const selected = this.#selected
    const sender = this.#sender
    if (selected === undefined || sender === undefined) return
    const { dataBytes, articles } = sender.counts
    const counts = { dataBytes, articles }
    const compared = compareCounts(values, sender.counts, sender.countsAtStart)
    const isWrong =
      compared === 'bytes-differ' ||
      (compared === 'articles-differ' && profile.checkArticles === 'refuse')
    if (compared !== 'equal') {
      transcript.verdict('3/319', `${values.dataBytes ?? '–'} bytes, ${dataBytes} were sent`)
    }
    if (isWrong) {
      line.wish('ACK(TRANS.END)', { diagnostic: diagnostic('3/319'), ...counts })
      return
    }
    try {
      const { returnFlow, transferId } = selected
      await services.mailbox.consumed(connection.id, returnFlow.id, {
        sessionId: this.#context.session.id,
        peer: this.#context.peer,
        ...this.#context.facts,
        transferId: String(transferId),
        dataBytes: String(dataBytes),
        articles: String(articles),
      })
      await this.#memory.forget(transferId)
      log.info({ returnFlowId: returnFlow.id, name: returnFlow.fileName }, 'return flow fetched')
      transcript.flow('out', `${returnFlow.fileName} fetched`)
      const fault = await passFault(this.#context, 'receipt')
      if (fault === 'cut') return
      line.wish('ACK(TRANS.END)', { diagnostic: OK, ...counts })
    } catch (error) {
      log.error({ err: error }, 'return flow not delivered')
      const name = errorDiagnostic(error, 'end')
      line.wish('ACK(TRANS.END)', { diagnostic: diagnostic(name), ...counts })
    }
  }
}

/** PI 12 of ACK(SELECT): as the connection names flows. */
function nameOf(
  naming: string | undefined,
  { fileName, interfaceCode }: ReturnFlow,
  asked: string,
): string {
  if (naming === 'file-name') return fileName
  return naming === 'aliases' ? asked : interfaceCode
}
