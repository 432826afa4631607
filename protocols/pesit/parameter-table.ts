import type { Diagnostic } from './diagnostics.ts'

/**
 * How a value is coded (reference §4). `text` is ISO-8859-1, trailing blanks not significant;
 * `number` and `count` are unsigned, big-endian, without leading zeros, a count having 64 bits, a
 * `version` is a number that may come as a character;
 * `symbol` is one byte out of a list; `mask` one byte, its first bit being the most significant;
 * `date` is YYMMDDhhmmss; the others are fixed concatenations.
 */
export interface ParameterCodings {
  readonly text: string
  readonly number: number
  readonly version: number
  readonly count: bigint
  readonly symbol: number
  readonly mask: number
  readonly date: string
  readonly diagnostic: Diagnostic
  readonly sync: SyncOption
  readonly compression: CompressionOption
  readonly bytes: Buffer
}

/** PI 7. */
export interface SyncOption {
  /** KiB between two points; 0 = none, 65,535 = as the sender likes. */
  readonly intervalKib: number
  /** Points that may be without an answer; 0 = none is ever answered. */
  readonly window: number
}

/** PI 21. */
export interface CompressionOption {
  readonly isOn: boolean
  /** 1 horizontal, 2 vertical, 3 both; 0 when off. */
  readonly kind: number
}

export interface ParameterRow {
  readonly code: number
  /** The name in transcripts and documents. */
  readonly label: string
  readonly coding: keyof ParameterCodings
  /** The most that we send (specification, Hors-SIT). */
  readonly maxBytes: number
  /** The most that we read, where peers go beyond. */
  readonly acceptedBytes?: number
  /** Symbols: the legal values and their names. */
  readonly symbols?: Readonly<Record<number, string>>
  /** Assumed when the parameter is absent (reference §5; inferred in places). */
  readonly absent?: number
  /** Never shown in a transcript. */
  readonly isSecret?: true
}

const NO_YES = { 0: 'no', 1: 'yes' }

/** Every PI of PeSIT E that Hors-SIT knows, and the security unit it refuses (reference §5). */
export const PARAMETERS = {
  crc: { code: 1, label: 'CRC', coding: 'symbol', maxBytes: 1, symbols: NO_YES, absent: 0 },
  diagnostic: { code: 2, label: 'diagnostic', coding: 'diagnostic', maxBytes: 3 },
  requester: { code: 3, label: 'requester', coding: 'text', maxBytes: 24 },
  server: { code: 4, label: 'server', coding: 'text', maxBytes: 24 },
  accessControl: {
    code: 5,
    label: 'access control',
    coding: 'text',
    maxBytes: 16,
    isSecret: true,
  },
  version: { code: 6, label: 'version', coding: 'version', maxBytes: 1, acceptedBytes: 2 },
  syncOption: { code: 7, label: 'sync points', coding: 'sync', maxBytes: 3 },
  fileType: { code: 11, label: 'file type', coding: 'number', maxBytes: 2 },
  fileName: { code: 12, label: 'file name', coding: 'text', maxBytes: 76 },
  transferId: { code: 13, label: 'transfer', coding: 'number', maxBytes: 3 },
  attributesWanted: {
    code: 14,
    label: 'attributes wanted',
    coding: 'mask',
    maxBytes: 1,
    acceptedBytes: 2,
    absent: 0,
  },
  restarted: {
    code: 15,
    label: 'restarted',
    coding: 'symbol',
    maxBytes: 1,
    symbols: NO_YES,
    absent: 0,
  },
  dataCode: {
    code: 16,
    label: 'data code',
    coding: 'symbol',
    maxBytes: 1,
    symbols: { 0: 'ASCII', 1: 'EBCDIC', 2: 'binary' },
    absent: 0,
  },
  priority: {
    code: 17,
    label: 'priority',
    coding: 'symbol',
    maxBytes: 1,
    symbols: { 0: 'urgent', 1: 'normal', 2: 'low' },
  },
  restartPoint: { code: 18, label: 'restart point', coding: 'number', maxBytes: 3 },
  endCode: {
    code: 19,
    label: 'end of transfer',
    coding: 'symbol',
    maxBytes: 1,
    symbols: {
      4: 'error, restart will follow',
      8: 'suspended',
      12: 'cancelled by the server',
      16: 'cancelled by the requester',
    },
    absent: 4,
  },
  syncPoint: { code: 20, label: 'sync point', coding: 'number', maxBytes: 3 },
  compression: { code: 21, label: 'compression', coding: 'compression', maxBytes: 2 },
  access: {
    code: 22,
    label: 'access',
    coding: 'symbol',
    maxBytes: 1,
    symbols: { 0: 'write', 1: 'read', 2: 'write and read' },
  },
  resynchronisation: {
    code: 23,
    label: 'resynchronisation',
    coding: 'symbol',
    maxBytes: 1,
    symbols: NO_YES,
    absent: 0,
  },
  maxEntityBytes: { code: 25, label: 'max entity bytes', coding: 'number', maxBytes: 2 },
  watchdogSeconds: { code: 26, label: 'watchdog seconds', coding: 'number', maxBytes: 2 },
  dataBytes: { code: 27, label: 'data bytes', coding: 'count', maxBytes: 8 },
  articles: { code: 28, label: 'articles', coding: 'number', maxBytes: 4 },
  diagnosticComplement: {
    code: 29,
    label: 'diagnostic complement',
    coding: 'text',
    maxBytes: 254,
  },
  articleFormat: {
    code: 31,
    label: 'article format',
    coding: 'mask',
    maxBytes: 1,
    acceptedBytes: 2,
    absent: 0,
  },
  articleBytes: { code: 32, label: 'article bytes', coding: 'number', maxBytes: 2 },
  organisation: {
    code: 33,
    label: 'organisation',
    coding: 'symbol',
    maxBytes: 1,
    symbols: { 0: 'sequential', 1: 'relative', 2: 'indexed' },
    absent: 0,
  },
  signatureFlag: { code: 34, label: 'SIT signature flag', coding: 'number', maxBytes: 2 },
  seal: { code: 36, label: 'SIT seal', coding: 'bytes', maxBytes: 64 },
  label: { code: 37, label: 'file label', coding: 'text', maxBytes: 80, acceptedBytes: 512 },
  keyBytes: { code: 38, label: 'key length', coding: 'number', maxBytes: 2 },
  keyOffset: { code: 39, label: 'key offset', coding: 'number', maxBytes: 2, absent: 0 },
  reservationUnit: {
    code: 41,
    label: 'reservation unit',
    coding: 'symbol',
    maxBytes: 1,
    symbols: { 0: 'KiB', 1: 'articles' },
    absent: 0,
  },
  reservation: { code: 42, label: 'max reservation', coding: 'number', maxBytes: 4 },
  createdAt: { code: 51, label: 'created', coding: 'date', maxBytes: 12 },
  extractedAt: { code: 52, label: 'last extracted', coding: 'date', maxBytes: 12 },
  originalSender: { code: 61, label: 'original sender', coding: 'text', maxBytes: 24 },
  finalReceiver: { code: 62, label: 'final receiver', coding: 'text', maxBytes: 24 },
  filePassword: {
    code: 63,
    label: 'file password',
    coding: 'bytes',
    maxBytes: 16,
    isSecret: true,
  },
  serverDate: { code: 64, label: 'server date', coding: 'date', maxBytes: 12 },
  authenticationType: { code: 71, label: 'authentication type', coding: 'bytes', maxBytes: 254 },
  authenticationElements: {
    code: 72,
    label: 'authentication elements',
    coding: 'bytes',
    maxBytes: 254,
    isSecret: true,
  },
  sealingType: { code: 73, label: 'sealing type', coding: 'bytes', maxBytes: 254 },
  sealingElements: {
    code: 74,
    label: 'sealing elements',
    coding: 'bytes',
    maxBytes: 254,
    isSecret: true,
  },
  encipheringType: { code: 75, label: 'enciphering type', coding: 'bytes', maxBytes: 254 },
  encipheringElements: {
    code: 76,
    label: 'enciphering elements',
    coding: 'bytes',
    maxBytes: 254,
    isSecret: true,
  },
  signatureType: { code: 77, label: 'signature type', coding: 'bytes', maxBytes: 254 },
  securitySeal: { code: 78, label: 'seal', coding: 'bytes', maxBytes: 254 },
  signature: { code: 79, label: 'signature', coding: 'bytes', maxBytes: 254 },
  accreditation: { code: 80, label: 'accreditation', coding: 'bytes', maxBytes: 254 },
  signatureReceipt: { code: 81, label: 'signature receipt', coding: 'bytes', maxBytes: 254 },
  secondSignature: { code: 82, label: 'second signature', coding: 'bytes', maxBytes: 254 },
  secondAccreditation: { code: 83, label: 'second accreditation', coding: 'bytes', maxBytes: 254 },
  message: { code: 91, label: 'message', coding: 'text', maxBytes: 4_096, acceptedBytes: 65_535 },
  freeText: { code: 99, label: 'free text', coding: 'text', maxBytes: 254, acceptedBytes: 512 },
} as const satisfies Readonly<Record<string, ParameterRow>>

export type ParameterKey = keyof typeof PARAMETERS

/** What a parameter holds, by its key; absent ones are missing. */
export type ParameterValues = {
  readonly [Key in ParameterKey]?: ParameterCodings[(typeof PARAMETERS)[Key]['coding']]
}

export interface GroupRow {
  readonly label: string
  /** Codes of the parameters that are only legal inside. */
  readonly members: readonly number[]
}

/** Every PGI (reference §4). */
export const GROUPS: Readonly<Record<number, GroupRow>> = {
  9: { label: 'file', members: [3, 4, 11, 12] },
  30: { label: 'logical attributes', members: [31, 32, 33, 34, 36, 37, 38, 39] },
  40: { label: 'physical attributes', members: [41, 42] },
  50: { label: 'historical attributes', members: [51, 52] },
}

const KEYS_BY_CODE = new Map<number, ParameterKey>(
  Object.entries(PARAMETERS).map(([key, { code }]) => [code, key as ParameterKey]),
)

/** @returns undefined for a code that PeSIT E does not have */
export function parameterKey(code: number): ParameterKey | undefined {
  return KEYS_BY_CODE.get(code)
}

export function parameterRow(key: ParameterKey): ParameterRow {
  return PARAMETERS[key]
}
