import type { RetentionSettings } from '../../config/retention-settings.ts'
import type { BilingualText } from '../flow.ts'
import type { Journal } from '../journal/journal.ts'
import type { PayloadStore } from '../payloads/payloads.ts'

/** Looked at, and removed by one journal message: others write in between. */
export const ITEMS_PER_BATCH = 200

/** What every kind is told of a run. */
export interface RetentionContext {
  readonly journal: Journal
  readonly payloads: Pick<PayloadStore, 'removeStoredBefore'>
  readonly settings: RetentionSettings
  /** Setting `payloads.keep`. */
  readonly keep: 'all' | 'rejected' | 'none'
  /** Business time, milliseconds UTC. */
  readonly now: number
  /** The same by the system's clock, for tables that keep its time. */
  readonly systemNow: number
  /** Contents stored later than this, system milliseconds, may get a row that names them yet. */
  readonly settledBefore: number
}

/** One thing that may go: a row, with what belongs to it. */
export interface RetentionItem {
  readonly key: string | number
  /** Of its content; of a row, its texts. */
  readonly bytes: number
  /** Contents that its row names. */
  readonly sha256?: string
}

/** One kind of what is removed. */
export interface RetentionKind {
  readonly name: RetentionKindName
  /**
   * Up to `ITEMS_PER_BATCH` items that may go, in the order of their keys.
   * @param which `past` their time; `young` = all the others that may go, for a ceiling
   * @param after the last key of the batch before
   */
  page(
    which: 'past' | 'young',
    after: RetentionItem['key'] | undefined,
  ): Promise<readonly RetentionItem[]>
  /** @returns those that went: what is needed again meanwhile stays */
  remove(items: readonly RetentionItem[]): Promise<readonly RetentionItem[]>
  readonly ceiling?: RetentionCeiling
}

/** What all kinds of one ceiling may come to together. */
export interface RetentionCeiling {
  readonly name: 'payloadBytes' | 'transcriptBytes' | 'events'
  readonly limit: number
  total(): Promise<number>
  weigh(item: RetentionItem): number
}

/** In the order of a run. */
export const RETENTION_KINDS = {
  payloads: { en: 'contents of flows', fr: 'contenus de flux' },
  reports: { en: 'contents of return flows', fr: 'contenus de flux retour' },
  transcripts: { en: 'transcripts of sessions', fr: 'traces de sessions' },
  events: { en: 'entries of timelines', fr: 'étapes de chronologies' },
  rejections: { en: 'counts of rejections', fr: 'décomptes de rejets' },
  refusals: { en: 'refusals at the door', fr: 'refus à l’entrée' },
  sessions: { en: 'sessions', fr: 'sessions' },
  returns: { en: 'return flows that are over', fr: 'flux retour achevés' },
  hooks: { en: 'calls of hooks', fr: 'appels de hooks' },
  mails: { en: 'mails', fr: 'courriels' },
  receipts: { en: 'AS2 receipts that were posted', fr: 'accusés AS2 envoyés' },
  faultHits: { en: 'hits of faults on demand', fr: 'effets de pannes à la demande' },
  faults: { en: 'faults on demand', fr: 'pannes à la demande' },
  runs: { en: 'qualification runs', fr: 'déroulements de qualification' },
  campaigns: { en: 'results of campaigns', fr: 'résultats de campagnes' },
} as const satisfies Record<string, BilingualText>

export type RetentionKindName = keyof typeof RETENTION_KINDS

/** Before which something is past its time; nothing is when it is kept for ever. */
export function cutoff(now: number, days: number): number {
  return days === 0 ? Number.MIN_SAFE_INTEGER : now - days * 86_400_000
}
