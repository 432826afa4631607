/** What octet 6 of the header holds (reference §3). */
type OctetSix = 'own-number' | 'article-count' | 'zero'

export interface FpduType {
  /** Octet 3. */
  readonly phase: 0x40 | 0x00 | 0xc0
  /** Octet 4. */
  readonly code: number
  readonly octetSix: OctetSix
  readonly sentBy: 'requester' | 'server' | 'either' | 'sender' | 'receiver'
  /** The FPDUs that may answer; none when nothing is owed. */
  readonly answers: readonly string[]
  /** After the header: parameters, or bytes of the file. */
  readonly body: 'parameters' | 'data'
}

function connection(code: number, sentBy: FpduType['sentBy'], ...answers: string[]): FpduType {
  return { phase: 0x40, code, octetSix: 'own-number', sentBy, answers, body: 'parameters' }
}

function transfer(code: number, sentBy: FpduType['sentBy'], ...answers: string[]): FpduType {
  return { phase: 0xc0, code, octetSix: 'zero', sentBy, answers, body: 'parameters' }
}

function data(code: number, octetSix: OctetSix): FpduType {
  return { phase: 0x00, code, octetSix, sentBy: 'sender', answers: [], body: 'data' }
}

/** Every FPDU of PeSIT E, Hors-SIT (specification E §4; reference §3). */
export const FPDU_TYPES = {
  CONNECT: connection(0x20, 'requester', 'ACONNECT', 'RCONNECT'),
  ACONNECT: connection(0x21, 'server'),
  RCONNECT: connection(0x22, 'server'),
  RELEASE: connection(0x23, 'requester', 'RELCONF'),
  RELCONF: connection(0x24, 'server'),
  ABORT: connection(0x25, 'either'),
  CREATE: transfer(0x11, 'requester', 'ACK(CREATE)'),
  SELECT: transfer(0x12, 'requester', 'ACK(SELECT)'),
  DESELECT: transfer(0x13, 'requester', 'ACK(DESELECT)'),
  ORF: transfer(0x14, 'requester', 'ACK(ORF)'),
  CRF: transfer(0x15, 'requester', 'ACK(CRF)'),
  MSG: transfer(0x16, 'requester', 'ACK(MSG)'),
  MSGDM: transfer(0x17, 'requester'),
  MSGMM: transfer(0x18, 'requester'),
  MSGFM: transfer(0x19, 'requester', 'ACK(MSG)'),
  READ: transfer(0x01, 'requester', 'ACK(READ)'),
  WRITE: transfer(0x02, 'requester', 'ACK(WRITE)'),
  SYN: transfer(0x03, 'sender', 'ACK(SYN)'),
  'DTF.END': transfer(0x04, 'sender'),
  RESYN: transfer(0x05, 'either', 'ACK(RESYN)'),
  IDT: transfer(0x06, 'either', 'ACK(IDT)'),
  'TRANS.END': transfer(0x08, 'requester', 'ACK(TRANS.END)'),
  'ACK(CREATE)': transfer(0x30, 'server'),
  'ACK(SELECT)': transfer(0x31, 'server'),
  'ACK(DESELECT)': transfer(0x32, 'server'),
  'ACK(ORF)': transfer(0x33, 'server'),
  'ACK(CRF)': transfer(0x34, 'server'),
  'ACK(READ)': transfer(0x35, 'server'),
  'ACK(WRITE)': transfer(0x36, 'server'),
  'ACK(TRANS.END)': transfer(0x37, 'server'),
  'ACK(SYN)': transfer(0x38, 'receiver'),
  'ACK(RESYN)': transfer(0x39, 'either'),
  'ACK(IDT)': transfer(0x3a, 'either'),
  'ACK(MSG)': transfer(0x3b, 'server'),
  DTF: data(0x00, 'article-count'),
  DTFMA: data(0x40, 'zero'),
  DTFDA: data(0x41, 'zero'),
  DTFFA: data(0x42, 'zero'),
} as const satisfies Readonly<Record<string, FpduType>>

export type FpduName = keyof typeof FPDU_TYPES
/** Those that carry bytes of the file. */
export type DataFpduName = 'DTF' | 'DTFDA' | 'DTFMA' | 'DTFFA'
/** Those that carry parameters. */
export type ParameterFpduName = Exclude<FpduName, DataFpduName>

export const FPDU_NAMES = Object.keys(FPDU_TYPES) as readonly FpduName[]

const BY_CODES = new Map<number, FpduName>(
  FPDU_NAMES.map((name) => [(FPDU_TYPES[name].phase << 8) | FPDU_TYPES[name].code, name]),
)

/** @returns undefined when no FPDU has this phase and type */
export function fpduNamed(phase: number, code: number): FpduName | undefined {
  return BY_CODES.get((phase << 8) | code)
}

export function isDataFpdu(name: FpduName): name is DataFpduName {
  return FPDU_TYPES[name].body === 'data'
}

/** Those that may share an entity with others (specification §4.5; reference §2.3). */
export const CONCATENABLE: ReadonlySet<FpduName> = new Set<FpduName>([
  'DTF',
  'DTFDA',
  'DTFMA',
  'DTFFA',
  'DTF.END',
  'SYN',
])
