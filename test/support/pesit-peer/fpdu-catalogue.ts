/** Every FPDU by the name the specification gives it: octets 3 and 4 of its header (reference §3). */
export const FPDU_CODES = {
  CONNECT: [0x40, 0x20],
  ACONNECT: [0x40, 0x21],
  RCONNECT: [0x40, 0x22],
  RELEASE: [0x40, 0x23],
  RELCONF: [0x40, 0x24],
  ABORT: [0x40, 0x25],
  CREATE: [0xc0, 0x11],
  SELECT: [0xc0, 0x12],
  DESELECT: [0xc0, 0x13],
  ORF: [0xc0, 0x14],
  CRF: [0xc0, 0x15],
  MSG: [0xc0, 0x16],
  MSGDM: [0xc0, 0x17],
  MSGMM: [0xc0, 0x18],
  MSGFM: [0xc0, 0x19],
  READ: [0xc0, 0x01],
  WRITE: [0xc0, 0x02],
  SYN: [0xc0, 0x03],
  'DTF.END': [0xc0, 0x04],
  RESYN: [0xc0, 0x05],
  IDT: [0xc0, 0x06],
  'TRANS.END': [0xc0, 0x08],
  'ACK(CREATE)': [0xc0, 0x30],
  'ACK(SELECT)': [0xc0, 0x31],
  'ACK(DESELECT)': [0xc0, 0x32],
  'ACK(ORF)': [0xc0, 0x33],
  'ACK(CRF)': [0xc0, 0x34],
  'ACK(READ)': [0xc0, 0x35],
  'ACK(WRITE)': [0xc0, 0x36],
  'ACK(TRANS.END)': [0xc0, 0x37],
  'ACK(SYN)': [0xc0, 0x38],
  'ACK(RESYN)': [0xc0, 0x39],
  'ACK(IDT)': [0xc0, 0x3a],
  'ACK(MSG)': [0xc0, 0x3b],
  DTF: [0x00, 0x00],
  DTFMA: [0x00, 0x40],
  DTFDA: [0x00, 0x41],
  DTFFA: [0x00, 0x42],
} as const satisfies Record<string, readonly [phase: number, type: number]>

export type KnownFpduName = keyof typeof FPDU_CODES

/** `UNKNOWN`: codes outside the catalogue. `DAMAGED`: the CRC is wrong, nothing in it can be trusted. */
export type FpduName = KnownFpduName | 'UNKNOWN' | 'DAMAGED'

const NAMES = new Map<number, KnownFpduName>(
  (Object.keys(FPDU_CODES) as KnownFpduName[]).map((name) => [
    FPDU_CODES[name][0] * 256 + FPDU_CODES[name][1],
    name,
  ]),
)

export function fpduName(phase: number, type: number): FpduName {
  return NAMES.get(phase * 256 + type) ?? 'UNKNOWN'
}

/** Content is raw data instead of parameters. */
export function isDataName(name: FpduName): boolean {
  return name === 'DTF' || name === 'DTFDA' || name === 'DTFMA' || name === 'DTFFA'
}
