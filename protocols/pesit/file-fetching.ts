import type { StagedFile } from '../listener.ts'
import { diagnostic } from './diagnostics.ts'
import type { DiagnosticName } from './diagnostics.ts'
import { withOpenFile } from './file-writing.ts'
import { hasData } from './fpdu.ts'
import { IncomingFile } from './incoming-file.ts'
import { compareCounts, compressionKind, restartableTransfer } from './negotiation.ts'
import type { ParameterValues } from './parameter-table.ts'
import { PesitRefusal } from './pesit-refusal.ts'
import { wasInterrupted } from './requester-endings.ts'
import type { RequesterLink } from './requester-link.ts'
import type { Said } from './requester-dialogue.ts'
import { NOTHING_YET } from './sync-places.ts'
import type { SyncPlace } from './sync-places.ts'

/** PI 14: logical, physical and historical attributes (conflict 1). */
const ALL_ATTRIBUTES = 0xe0
const NORMAL_PRIORITY = 1
/** PI 32 where the server does not say it. */
const LONGEST_ARTICLE = 65_535

/** What ACK(SELECT) says of a file. */
export interface SelectedFile {
  /** PI 37, or PI 12 where there is none. */
  readonly name: string
  /** PI 12. */
  readonly fileName: string
  /** PI 13, to restart by; undefined: the server allows none (conflict 3). */
  readonly transferId: number | undefined
  readonly values: ParameterValues
}

/** A file to be fetched from the server. */
export interface FetchOrder {
  /** PI 12. */
  readonly fileName: string
  readonly fileType?: number
  /** PI 99. */
  readonly freeText?: string
  /** PI 13 of the first attempt: the server is asked to go on. */
  readonly restartOf?: number
  /**
   * Called once the server has named the file: where it goes, and what is there of it. It is kept
   * (`keep`) whatever becomes of the transfer.
   */
  readonly open: (selected: SelectedFile) => Promise<{
    readonly file: StagedFile
    /** The last point whose bytes are there; absent = from the start. */
    readonly start?: SyncPlace
  }>
  readonly maxBytes?: number
  /** Interrupts the transfer by IDT, and gives it up. */
  readonly signal?: AbortSignal
}

export interface FetchedFile extends SelectedFile {
  readonly bytes: number
  readonly startPoint: number
  readonly dataBytes: bigint
  readonly articles: number
  readonly notes: readonly string[]
}

/**
 * SELECT, ORF, READ, the data, TRANS.END, CRF, DESELECT. What came is on disk before TRANS.END
 * says so, since the server counts it as delivered then.
 * @throws PesitRefusal; the connection can be used again unless it has ended
 */
export async function fetchFile(link: RequesterLink, order: FetchOrder): Promise<FetchedFile> {
  order.signal?.throwIfAborted()
  const { values } = await link.ask('SELECT', selectValues(link, order))
  const fileName = values.fileName ?? order.fileName
  const transferId = restartableTransfer(values)
  const selected = { name: values.label ?? fileName, fileName, transferId, values }
  return withOpenFile(link, async () => {
    const { file, start = NOTHING_YET } = await order.open(selected)
    const giveUp = (reason: DiagnosticName): void => {
      link.line.wish('IDT', { diagnostic: diagnostic(reason), endCode: link.endCodeOfGivingUp })
    }
    const incoming = new IncomingFile({
      line: link.line,
      file,
      start,
      maxArticleBytes: values.articleBytes ?? LONGEST_ARTICLE,
      compression: compressionKind(link.line.session.compression),
      verticalPad: link.profile.verticalPad,
      isText: false,
      maxBytes: order.maxBytes ?? Infinity,
      onTooLong: () => giveUp('2/219'),
      onFailed: () => giveUp('2/213'),
    })
    const stop = (): void => giveUp('2/216')
    link.dialogue.setTaker((said) => take(link, incoming, said))
    order.signal?.addEventListener('abort', stop, { once: true })
    try {
      await link.ask('READ', { restartPoint: start.point })
      const notes = await receiveAll(link, order, incoming)
      return {
        ...selected,
        bytes: incoming.bytes,
        startPoint: start.point,
        ...incoming.counts,
        notes,
      }
    } finally {
      order.signal?.removeEventListener('abort', stop)
      link.dialogue.setTaker(undefined)
      await incoming.settled()
      incoming.stop()
      await file.keep()
    }
  })
}

function selectValues(link: RequesterLink, order: FetchOrder): ParameterValues {
  return {
    fileType: order.fileType ?? 0,
    fileName: order.fileName,
    transferId: order.restartOf ?? 0,
    attributesWanted: ALL_ATTRIBUTES,
    ...(order.restartOf === undefined ? {} : { restarted: 1 }),
    priority: NORMAL_PRIORITY,
    maxEntityBytes: link.profile.maxEntityBytes,
    ...(order.freeText === undefined ? {} : { freeText: order.freeText }),
  }
}

/** @returns true for what belongs to the data; @throws PesitFault, which the line answers */
function take(link: RequesterLink, incoming: IncomingFile, { fpdu, name, values }: Said): boolean {
  if (hasData(fpdu)) {
    incoming.data(fpdu)
    return true
  }
  switch (name) {
    case 'SYN':
      incoming.syncPoint(values.syncPoint ?? 0)
      return true
    case 'RESYN': {
      const asked = values.restartPoint ?? 0
      const point = incoming.hasPoint(asked) ? asked : 0
      if (link.line.wish('ACK(RESYN)', { restartPoint: point })) incoming.goBack(point)
      return true
    }
    case 'ACK(RESYN)':
      incoming.goBack(values.restartPoint ?? 0)
      return true
    default:
      return false
  }
}

/** @returns liberties of the server with counts */
async function receiveAll(
  link: RequesterLink,
  { signal }: FetchOrder,
  incoming: IncomingFile,
): Promise<readonly string[]> {
  const end = await link.dialogue.next()
  if (end.name !== 'DTF.END') throw wasInterrupted(link, end, signal)
  await incoming.settled()
  await incoming.file.sync()
  const { counts } = incoming
  link.line.wish('TRANS.END', counts)
  const said = await link.dialogue.next()
  if (said.name !== 'ACK(TRANS.END)') throw wasInterrupted(link, said, signal)
  const { values } = link.positive(said)
  const verdict = compareCounts(values, counts, incoming.start)
  if (verdict === 'equal') return []
  const note = `ACK(TRANS.END) counts ${values.dataBytes} bytes and ${values.articles} articles, we ${counts.dataBytes} and ${counts.articles}`
  if (verdict !== 'bytes-differ') return [note]
  link.line.wish('ABORT', { diagnostic: diagnostic('3/319') })
  throw new PesitRefusal('refused', note, { diagnostic: diagnostic('3/319'), fpdu: said.name })
}
