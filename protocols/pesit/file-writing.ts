import type { ReadableContent } from '../listener.ts'
import { DataSender } from './data-sender.ts'
import { diagnostic } from './diagnostics.ts'
import { compareCounts } from './negotiation.ts'
import type { ParameterValues } from './parameter-table.ts'
import { pesitDate } from './parameter-values.ts'
import { PesitRefusal } from './pesit-refusal.ts'
import { endTransfer, interrupt, wasInterrupted } from './requester-endings.ts'
import type { RequesterLink } from './requester-link.ts'
import type { Said } from './requester-dialogue.ts'
import type { SyncTrail } from './sync-trail.ts'

const KIBIBYTE = 1_024
/** PI 31: variable. */
const VARIABLE = 0x80
const BINARY = 2
const NORMAL_PRIORITY = 1

/** What a restart goes by (reference §7.4, §10.1): kept by whoever wants to take a transfer up. */
export interface WritingRecord {
  /** PI 13, not 0: the same for all attempts. */
  readonly transferId: number
  /** PI 51, `YYMMDDhhmmss`. */
  readonly createdAt: string
  /** PI 32. */
  readonly articleBytes: number
  /** Empty: nothing has gone yet. */
  readonly trail: SyncTrail
}

/** A file to be written to the server. */
export interface WritingOrder {
  readonly content: ReadableContent
  /** PI 12. */
  readonly fileName: string
  /** PI 37. */
  readonly label?: string
  /** PI 99. */
  readonly freeText?: string
  /** PI 61 and 62. */
  readonly originalSender?: string
  readonly finalReceiver?: string
  /** Of the attempt before, when this one takes it up; or with the transfer's number of a new one. */
  readonly record: WritingRecord
  /** PI 15: whether the server is asked to go on from a point of `record.trail`. */
  readonly isRestart: boolean
  /** Called, and awaited, before data goes: what a restart would go by from now on. */
  readonly onRecord?: (record: WritingRecord) => Promise<void>
  readonly onProgress?: (bytes: number) => void
  /** Interrupts the transfer by IDT, and gives it up. */
  readonly signal?: AbortSignal
}

export interface WrittenFile {
  readonly bytes: number
  /** PI 18 of ACK(WRITE), and the bytes of the content before that point. */
  readonly startPoint: number
  readonly startOffset: number
  readonly transferId: number
  /** PI 27 and 28 as we counted. */
  readonly dataBytes: bigint
  readonly articles: number
  readonly resynchronisations: number
  /** PI 99 of ACK(TRANS.END). */
  readonly text: string | undefined
  /** Liberties the server took with counts. */
  readonly notes: readonly string[]
}

/** The record of a transfer that has not begun. */
export function newWritingRecord(
  transferId: number,
  createdAt: Date,
  articleBytes: number,
): WritingRecord {
  return { transferId, createdAt: pesitDate(createdAt), articleBytes, trail: [] }
}

/**
 * CREATE, ORF, WRITE, the data, TRANS.END, CRF, DESELECT on a connection without a file. Resolves
 * once the server has acknowledged the transfer: whatever happens behind that changes nothing.
 * @throws PesitRefusal; the connection can be used again unless it has ended
 */
export async function writeFile(link: RequesterLink, order: WritingOrder): Promise<WrittenFile> {
  order.signal?.throwIfAborted()
  await link.ask('CREATE', createValues(link, order))
  return withOpenFile(link, async () => {
    const sender = new DataSender(link.line, {
      content: order.content,
      trail: order.record.trail,
      articleBytes: order.record.articleBytes,
      packing: link.packing,
      onTrail: async (trail) => order.onRecord?.({ ...order.record, trail }),
    })
    const begun = await link.ask('WRITE')
    const startPoint = begun.values.restartPoint ?? 0
    if (!sender.canStartAt(startPoint)) {
      return interrupt(link, '2/214', `The server goes on from point ${startPoint}, never set.`)
    }
    await sender.startAt(startPoint)
    const startOffset = sender.offset
    const { end, resynchronisations } = await sendData(link, order, sender)
    const notes = checkCounts(link, end.values, sender)
    return {
      bytes: order.content.bytes,
      startPoint,
      startOffset,
      transferId: order.record.transferId,
      ...sender.counts,
      resynchronisations,
      text: end.values.freeText,
      notes,
    }
  })
}

/** ORF, the work on the open file, CRF, DESELECT: these also when it was refused or interrupted. */
export async function withOpenFile<Result>(
  link: RequesterLink,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    await link.ask('ORF', link.compressionValues)
    return await work()
  } finally {
    await endTransfer(link)
  }
}

function createValues(link: RequesterLink, order: WritingOrder): ParameterValues {
  const { record, label, freeText, originalSender, finalReceiver } = order
  return {
    fileType: 0,
    fileName: order.fileName,
    transferId: record.transferId,
    ...(order.isRestart ? { restarted: 1 } : {}),
    dataCode: BINARY,
    priority: NORMAL_PRIORITY,
    maxEntityBytes: link.profile.maxEntityBytes,
    articleFormat: VARIABLE,
    articleBytes: record.articleBytes,
    ...(label === undefined ? {} : { label }),
    reservationUnit: 0,
    reservation: Math.ceil(order.content.bytes / KIBIBYTE),
    createdAt: record.createdAt,
    ...(originalSender === undefined ? {} : { originalSender }),
    ...(finalReceiver === undefined ? {} : { finalReceiver }),
    ...(freeText === undefined ? {} : { freeText }),
  }
}

/** @returns ACK(TRANS.END), which is positive */
async function sendData(
  link: RequesterLink,
  { onProgress, signal }: WritingOrder,
  sender: DataSender,
): Promise<{ readonly end: Said; readonly resynchronisations: number }> {
  let isRunning = false
  let resynchronisations = 0
  link.dialogue.setTaker(
    ({ name, values }) => {
      if (name === 'RESYN') resynchronisations += 1
      sender.told(name, values)
      if (name === 'ACK(SYN)') onProgress?.(sender.offset)
      return name === 'ACK(SYN)' || (name === 'RESYN' && isRunning)
    },
    () => sender.wake(),
  )
  const stop = (): void => {
    link.line.wish('IDT', { diagnostic: diagnostic('2/216'), endCode: link.endCodeOfGivingUp })
    sender.wake()
  }
  signal?.addEventListener('abort', stop, { once: true })
  try {
    if (signal?.aborted === true) stop()
    for (;;) {
      isRunning = true
      const outcome = await sender.run().finally(() => (isRunning = false))
      if (outcome === 'ended') link.line.wish('TRANS.END', sender.counts)
      const said = await link.dialogue.next()
      if (said.name === 'RESYN') continue
      if (said.name !== 'ACK(TRANS.END)') throw wasInterrupted(link, said, signal)
      return { end: link.positive(said), resynchronisations }
    }
  } catch (error) {
    if (error instanceof PesitRefusal) throw error
    const message = error instanceof Error ? error.message : String(error)
    return await interrupt(link, '2/213', message, error)
  } finally {
    signal?.removeEventListener('abort', stop)
    link.dialogue.setTaker(undefined)
  }
}

/** PI 27 and 28 of the server beside ours (reference §8.6, §10.1). */
function checkCounts(
  link: RequesterLink,
  said: ParameterValues,
  sender: DataSender,
): readonly string[] {
  const verdict = compareCounts(said, sender.counts, sender.countsAtStart)
  if (verdict === 'equal') return []
  const note = `ACK(TRANS.END) counts ${said.dataBytes} bytes and ${said.articles} articles, we ${sender.counts.dataBytes} and ${sender.counts.articles}`
  const isFault =
    verdict === 'bytes-differ' ||
    (verdict === 'articles-differ' && link.profile.checkArticles === 'refuse')
  if (!isFault) return [note]
  link.line.wish('ABORT', { diagnostic: diagnostic('3/319') })
  throw new PesitRefusal('refused', note, {
    diagnostic: diagnostic('3/319'),
    fpdu: 'ACK(TRANS.END)',
  })
}
