import type { VerticalPad } from './compression.ts'
import type { Framing } from './frame-reader.ts'
import type { SyncOption } from './parameter-table.ts'

/** How we behave towards one partner product; a connection may change any of it. */
export interface PartnerProfile {
  /** As requester; as server the caller's framing is found out. */
  readonly framing: Framing
  readonly framingOverTls: Framing
  /** As requester; as server both are taken. */
  readonly sendsPreConnection: boolean
  /** What PI 12 and PI 37 carry (reference §5): flow and label, or the name in PI 12 alone. */
  readonly naming: 'flow-and-label' | 'plain'
  /** Longest PI 12 sent. */
  readonly maxFileNameCharacters: number
  readonly sync: SyncOption
  readonly mayResynchronise: boolean
  readonly multiArticle: boolean
  readonly segmentation: boolean
  readonly concatenation: boolean
  /** PI 21 in ORF even when none is wanted. */
  readonly alwaysCompressionOption: boolean
  /** PI 17 in MSG. */
  readonly messagePriority: boolean
  /** Sends one blank in place of an article without bytes. */
  readonly noEmptyArticle: boolean
  readonly verticalPad: VerticalPad
  /** Whether a difference in PI 28 ends the transfer. */
  readonly checkArticles: 'refuse' | 'warn'
  readonly articleBytes: number
  readonly maxEntityBytes: number
}

const SPECIFICATION: PartnerProfile = {
  framing: 'prefix',
  framingOverTls: 'prefix',
  sendsPreConnection: false,
  naming: 'flow-and-label',
  maxFileNameCharacters: 76,
  sync: { intervalKib: 32, window: 2 },
  mayResynchronise: true,
  multiArticle: true,
  segmentation: true,
  concatenation: true,
  alwaysCompressionOption: false,
  messagePriority: false,
  noEmptyArticle: false,
  verticalPad: 'blank',
  checkArticles: 'warn',
  articleBytes: 4_096,
  maxEntityBytes: 65_535,
}

/** By partner product (reference §14). */
export const PARTNER_PRESETS = {
  spec: SPECIFICATION,
  cft: {
    ...SPECIFICATION,
    sendsPreConnection: true,
    maxFileNameCharacters: 14,
    sync: { intervalKib: 64, window: 3 },
  },
  securetransport: { ...SPECIFICATION, sendsPreConnection: true },
  'connect-express': {
    ...SPECIFICATION,
    framingOverTls: 'raw',
    maxFileNameCharacters: 8,
    alwaysCompressionOption: true,
    messagePriority: true,
    noEmptyArticle: true,
    verticalPad: 'keep',
  },
  waarp: {
    ...SPECIFICATION,
    sendsPreConnection: true,
    naming: 'plain',
    sync: { intervalKib: 64, window: 2 },
  },
  'pesitwizard-java': {
    ...SPECIFICATION,
    naming: 'plain',
    maxFileNameCharacters: 24,
    mayResynchronise: false,
    // It counts each segment as an article, and loses what follows an empty article.
    segmentation: false,
    noEmptyArticle: true,
    maxEntityBytes: 4_096,
    articleBytes: 4_000,
  },
} as const satisfies Readonly<Record<string, PartnerProfile>>

export type PartnerProductName = keyof typeof PARTNER_PRESETS
