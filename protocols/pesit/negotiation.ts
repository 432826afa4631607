import type { DiagnosticName } from './diagnostics.ts'
import { COMPRESSION_KINDS } from './compression.ts'
import type { CompressionOption, ParameterValues, SyncOption } from './parameter-table.ts'

/** PeSIT E. Version 1 is D, another layout: refused (decisions E3). */
export const PESIT_VERSION = 2
/** PI 7: as the sender likes. */
export const ANY_INTERVAL = 0xffff
/** What an interval that is not named means for a sender of ours. */
export const OWN_INTERVAL_KIB = 1_024

/** What both sides of a connection go by, once CONNECT is answered. */
export interface ConnectionTerms {
  /** No points when the interval is 0. */
  readonly sync: SyncOption
  readonly mayResynchronise: boolean
  readonly hasChecksum: boolean
  /** PI 22, from the requester's point of view. */
  readonly access: Access
}

export type Access = 'write' | 'read' | 'mixed'

/** PI 22 (conflict 15: 0 is writing by the requester). */
export const ACCESS_TYPES: readonly Access[] = ['write', 'read', 'mixed']

/** What we grant or propose at most. */
export interface OwnTerms {
  readonly sync: SyncOption
  readonly mayResynchronise: boolean
  /** Kinds we do, of PI 21; the first that suits is taken. */
  readonly compressions: readonly number[]
  /** PI 25. */
  readonly maxEntityBytes: number
  /** Server: PI 6 below it is refused (decisions E3); absent: E. */
  readonly oldestVersion?: 1 | 2
}

export const NO_SYNC: SyncOption = { intervalKib: 0, window: 0 }

/** The smaller of both; "undefined" loses to any number; off as soon as one side has none (§7.1). */
export function agreeSync(asked: SyncOption | undefined, own: SyncOption): SyncOption {
  if (asked === undefined || asked.intervalKib === 0 || own.intervalKib === 0) return NO_SYNC
  return {
    intervalKib: Math.min(asked.intervalKib, own.intervalKib),
    window: Math.min(asked.window, own.window),
  }
}

/** Server: what CONNECT comes to, or the diagnostic of RCONNECT. */
export function answerConnect(
  asked: ParameterValues,
  own: OwnTerms,
): { readonly terms: ConnectionTerms } | { readonly refused: DiagnosticName } {
  // Above E: answered with E, which the requester may decline.
  if ((asked.version ?? 0) < (own.oldestVersion ?? PESIT_VERSION)) return { refused: '3/308' }
  const sync = agreeSync(asked.syncOption, own.sync)
  return {
    terms: {
      sync,
      mayResynchronise:
        asked.resynchronisation === 1 && own.mayResynchronise && sync.intervalKib > 0,
      hasChecksum: asked.crc === 1,
      access: accessOf(asked),
    },
  }
}

/** Server: the parameters of ACONNECT for these terms. PI 7 is answered where it was asked for. */
export function aconnectValues(asked: ParameterValues, terms: ConnectionTerms): ParameterValues {
  return {
    version: Math.min(asked.version ?? PESIT_VERSION, PESIT_VERSION),
    ...(asked.syncOption === undefined ? {} : { syncOption: terms.sync }),
    ...(terms.mayResynchronise ? { resynchronisation: 1 } : {}),
  }
}

/** Requester: the terms that ACONNECT makes of CONNECT, or why they cannot be. */
export function acceptAconnect(
  asked: ParameterValues,
  answer: ParameterValues,
): { readonly terms: ConnectionTerms } | { readonly refused: DiagnosticName } {
  if (answer.version !== PESIT_VERSION) return { refused: '3/308' }
  const given = answer.syncOption ?? NO_SYNC
  const proposed = asked.syncOption ?? NO_SYNC
  const isOff = given.intervalKib === 0 || proposed.intervalKib === 0
  if (!isOff && (given.intervalKib > proposed.intervalKib || given.window > proposed.window)) {
    return { refused: '3/315' }
  }
  return {
    terms: {
      sync: isOff ? NO_SYNC : given,
      mayResynchronise: !isOff && asked.resynchronisation === 1 && answer.resynchronisation === 1,
      hasChecksum: asked.crc === 1,
      access: accessOf(asked),
    },
  }
}

function accessOf(asked: ParameterValues): Access {
  return ACCESS_TYPES[asked.access ?? 0] ?? 'write'
}

/** Whether CREATE or SELECT is within the access that CONNECT asked for; else 3/305. */
export function isWithinAccess(access: Access, wanted: 'write' | 'read'): boolean {
  return access === 'mixed' || access === wanted
}

/** PI 25: downwards only (§7.2). */
export function agreeEntityBytes(asked: number, own: number): number {
  return Math.min(asked, own)
}

/** What a proposal of PI 21 may be answered with: its own kind, or for both kinds either of them. */
const ANSWERS_TO_KIND: Readonly<Record<number, readonly number[]>> = {
  1: [1],
  2: [2],
  3: [3, 1, 2],
}

const UNCOMPRESSED: CompressionOption = { isOn: false, kind: 0 }

/** Server: the answer to PI 21 (§7.3). */
export function agreeCompression(
  asked: CompressionOption | undefined,
  own: readonly number[],
): CompressionOption {
  if (asked?.isOn !== true) return UNCOMPRESSED
  const kind = ANSWERS_TO_KIND[asked.kind]?.find((candidate) => own.includes(candidate))
  return kind === undefined ? UNCOMPRESSED : { isOn: true, kind }
}

/** Requester: whether ACK(ORF) answers what was proposed; absent means no. */
export function isCompressionAnswerGood(
  asked: CompressionOption | undefined,
  answer: CompressionOption | undefined,
): boolean {
  if (answer?.isOn !== true) return true
  return asked?.isOn === true && ANSWERS_TO_KIND[asked.kind]?.includes(answer.kind) === true
}

/** The kind for the compressor; undefined when off. */
export function compressionKind(
  option: CompressionOption | undefined,
): (typeof COMPRESSION_KINDS)[number] | undefined {
  return option?.isOn === true ? COMPRESSION_KINDS[option.kind] : undefined
}

export interface AttributesWanted {
  readonly logical: boolean
  readonly physical: boolean
  readonly historical: boolean
}

/** Conflict 1: bits counted from either end; none asked for still gets PGI 30 and 40. */
export function attributesWanted(mask: number | undefined): AttributesWanted {
  const bits = mask ?? 0
  return {
    logical: bits === 0 || (bits & 0x81) !== 0,
    physical: bits === 0 || (bits & 0x42) !== 0,
    historical: (bits & 0x24) !== 0,
  }
}

export interface TransferCounts {
  readonly dataBytes: bigint
  readonly articles: number
}

/**
 * The counts of PI 27 and 28 beside ours. `resumed-part`: the peer counted what came after the
 * restart only, which no text forbids (§10.1); a warning, as `articles-differ` is by default.
 */
export function compareCounts(
  said: ParameterValues,
  own: TransferCounts,
  atRestart: TransferCounts = { dataBytes: 0n, articles: 0 },
): 'equal' | 'resumed-part' | 'articles-differ' | 'bytes-differ' {
  const bytes = said.dataBytes ?? own.dataBytes
  const articles = said.articles ?? own.articles
  if (bytes === own.dataBytes) return articles === own.articles ? 'equal' : 'articles-differ'
  return bytes === own.dataBytes - atRestart.dataBytes ? 'resumed-part' : 'bytes-differ'
}

/**
 * Server: the transfer that CREATE or SELECT restarts. PI 13 of a new SELECT means nothing, though
 * peers send one (conflict 2).
 */
export function restartedTransfer({ restarted, transferId }: ParameterValues): number | undefined {
  return restarted === 1 ? transferId : undefined
}

/** Requester: what ACK(SELECT) allows to restart by; 0 or none allows it not (conflict 3). */
export function restartableTransfer({ transferId }: ParameterValues): number | undefined {
  return transferId === 0 ? undefined : transferId
}
