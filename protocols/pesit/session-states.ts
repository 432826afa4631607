import type { FpduName } from './fpdu-types.ts'

/** The states of the specification (§4.8), and `END`: CN01 again, the network is to be closed. */
export type StateName =
  | 'CN01'
  | 'CN02'
  | 'CN03'
  | 'CN04'
  | 'SF01'
  | 'SF02'
  | 'SF03'
  | 'SF04'
  | 'OF01'
  | 'OF02'
  | 'OF03'
  | 'MG01'
  | 'MG04'
  | `TDE0${TransferStep}`
  | `TDL0${TransferStep}`
  | 'END'

/** 1 start, 2 data, 3/4 RESYN sent/received, 5/6 IDT sent/received, 7 DTF.END, 8 TRANS.END. */
type TransferStep = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8

/**
 * What happens: `?` an FPDU came, `!` we send one; answers that may be negative carry their sign.
 * The four data FPDUs are all `DTF` here.
 */
export type EventName = `${'?' | '!'}${FpduName}${'' | '+' | '-'}`

/** The state that follows, or `ignore`: overtaken by something of higher priority (§4.8.3). */
export type Row = Readonly<Partial<Record<EventName, StateName | 'ignore'>>>
export type StateTable = Readonly<Partial<Record<StateName, Row>>>

/** The side that opened the connection; suffix A of the specification. */
const REQUESTER_CONNECTION: StateTable = {
  CN01: { '!CONNECT': 'CN02' },
  CN02: { '?ACONNECT': 'CN03', '?RCONNECT': 'END' },
  CN03: {
    '!CREATE': 'SF01',
    '!SELECT': 'SF02',
    '!MSG': 'MG04',
    '!MSGDM': 'MG01',
    '!RELEASE': 'CN04',
  },
  CN04: { '?RELCONF': 'END' },
  SF01: { '?ACK(CREATE)+': 'SF03', '?ACK(CREATE)-': 'CN03' },
  SF02: { '?ACK(SELECT)+': 'SF03', '?ACK(SELECT)-': 'CN03' },
  SF03: { '!ORF': 'OF01', '!DESELECT': 'SF04' },
  // DESELECT and CRF cannot be refused: a diagnostic is told, the state goes on.
  SF04: { '?ACK(DESELECT)+': 'CN03', '?ACK(DESELECT)-': 'CN03' },
  OF01: { '?ACK(ORF)+': 'OF02', '?ACK(ORF)-': 'SF03' },
  // A late ACK(IDT): conflict 14.
  OF02: { '!WRITE': 'TDE01', '!READ': 'TDL01', '!CRF': 'OF03', '?ACK(IDT)': 'ignore' },
  OF03: { '?ACK(CRF)+': 'SF03', '?ACK(CRF)-': 'SF03', '?ACK(IDT)': 'ignore' },
  MG01: { '!MSGMM': 'MG01', '!MSGFM': 'MG04' },
  MG04: { '?ACK(MSG)+': 'CN03', '?ACK(MSG)-': 'CN03' },
}

/** The side that was called; suffix B. */
const SERVER_CONNECTION: StateTable = {
  CN01: { '?CONNECT': 'CN02' },
  CN02: { '!ACONNECT': 'CN03', '!RCONNECT': 'END' },
  CN03: {
    '?CREATE': 'SF01',
    '?SELECT': 'SF02',
    '?MSG': 'MG04',
    '?MSGDM': 'MG01',
    '?RELEASE': 'CN04',
  },
  CN04: { '!RELCONF': 'END' },
  SF01: { '!ACK(CREATE)+': 'SF03', '!ACK(CREATE)-': 'CN03' },
  SF02: { '!ACK(SELECT)+': 'SF03', '!ACK(SELECT)-': 'CN03' },
  SF03: { '?ORF': 'OF01', '?DESELECT': 'SF04' },
  SF04: { '!ACK(DESELECT)+': 'CN03', '!ACK(DESELECT)-': 'CN03' },
  OF01: { '!ACK(ORF)+': 'OF02', '!ACK(ORF)-': 'SF03' },
  // A peer that acknowledges our IDT although its own came first: conflict 14.
  OF02: { '?WRITE': 'TDE01', '?READ': 'TDL01', '?CRF': 'OF03', '?ACK(IDT)': 'ignore' },
  OF03: { '!ACK(CRF)+': 'SF03', '!ACK(CRF)-': 'SF03' },
  MG01: { '?MSGMM': 'MG01', '?MSGFM': 'MG04' },
  MG04: { '!ACK(MSG)+': 'CN03', '!ACK(MSG)-': 'CN03' },
}

/** A requester that sends a file. */
const REQUESTER_WRITE: StateTable = {
  TDE01: { '?ACK(WRITE)+': 'TDE02', '?ACK(WRITE)-': 'OF02' },
  TDE02: {
    '!DTF': 'TDE02',
    '!SYN': 'TDE02',
    '?ACK(SYN)': 'TDE02',
    '!DTF.END': 'TDE07',
    '!RESYN': 'TDE03',
    '?RESYN': 'TDE04',
    '!IDT': 'TDE05',
    '?IDT': 'TDE06',
  },
  TDE03: {
    '?ACK(RESYN)': 'TDE02',
    '?ACK(SYN)': 'ignore',
    '?RESYN': 'ignore',
    '!IDT': 'TDE05',
    '?IDT': 'TDE06',
  },
  TDE04: { '!ACK(RESYN)': 'TDE02', '!IDT': 'TDE05', '?IDT': 'TDE06' },
  TDE05: {
    '?ACK(IDT)': 'OF02',
    '!ACK(IDT)': 'OF02',
    '?IDT': 'ignore',
    '?ACK(SYN)': 'ignore',
    '?RESYN': 'ignore',
    '?ACK(RESYN)': 'ignore',
    '?ACK(TRANS.END)+': 'ignore',
    '?ACK(TRANS.END)-': 'ignore',
  },
  TDE06: { '!ACK(IDT)': 'OF02' },
  TDE07: {
    '!TRANS.END': 'TDE08',
    '?ACK(SYN)': 'TDE07',
    '?RESYN': 'TDE04',
    '!IDT': 'TDE05',
    '?IDT': 'TDE06',
  },
  TDE08: {
    '?ACK(TRANS.END)+': 'OF02',
    '?ACK(TRANS.END)-': 'OF02',
    '?ACK(SYN)': 'ignore',
    '?RESYN': 'TDE04',
    '!IDT': 'TDE05',
    '?IDT': 'TDE06',
  },
}

/** A server that receives a file. */
const SERVER_WRITE: StateTable = {
  TDE01: { '!ACK(WRITE)+': 'TDE02', '!ACK(WRITE)-': 'OF02' },
  TDE02: {
    '?DTF': 'TDE02',
    '?SYN': 'TDE02',
    '!ACK(SYN)': 'TDE02',
    '?DTF.END': 'TDE07',
    '!RESYN': 'TDE03',
    '?RESYN': 'TDE04',
    '!IDT': 'TDE05',
    '?IDT': 'TDE06',
  },
  TDE03: {
    '?ACK(RESYN)': 'TDE02',
    '?DTF': 'ignore',
    '?SYN': 'ignore',
    '?DTF.END': 'ignore',
    '?TRANS.END': 'ignore',
    '?RESYN': 'TDE04',
    '!IDT': 'TDE05',
    '?IDT': 'TDE06',
  },
  TDE04: { '!ACK(RESYN)': 'TDE02', '!IDT': 'TDE05', '?IDT': 'TDE06' },
  TDE05: {
    '?ACK(IDT)': 'OF02',
    '?IDT': 'TDE06',
    '?DTF': 'ignore',
    '?SYN': 'ignore',
    '?DTF.END': 'ignore',
    '?TRANS.END': 'ignore',
    '?RESYN': 'ignore',
    '?ACK(RESYN)': 'ignore',
  },
  TDE06: { '!ACK(IDT)': 'OF02', '?ACK(IDT)': 'ignore' },
  TDE07: {
    '!ACK(SYN)': 'TDE07',
    '?TRANS.END': 'TDE08',
    '!RESYN': 'TDE03',
    '!IDT': 'TDE05',
    '?IDT': 'TDE06',
  },
  TDE08: {
    '!ACK(TRANS.END)+': 'OF02',
    '!ACK(TRANS.END)-': 'OF02',
    '!RESYN': 'TDE03',
    '!IDT': 'TDE05',
    '?IDT': 'TDE06',
  },
}

/** A requester that fetches a file. */
const REQUESTER_READ: StateTable = {
  TDL01: { '?ACK(READ)+': 'TDL02', '?ACK(READ)-': 'OF02' },
  TDL02: {
    '?DTF': 'TDL02',
    '?SYN': 'TDL02',
    '!ACK(SYN)': 'TDL02',
    '?DTF.END': 'TDL07',
    '!RESYN': 'TDL03',
    '?RESYN': 'TDL04',
    '!IDT': 'TDL05',
    '?IDT': 'TDL06',
  },
  TDL03: {
    '?ACK(RESYN)': 'TDL02',
    '?DTF': 'ignore',
    '?SYN': 'ignore',
    '?DTF.END': 'ignore',
    '?RESYN': 'ignore',
    '!IDT': 'TDL05',
    '?IDT': 'TDL06',
  },
  TDL04: { '!ACK(RESYN)': 'TDL02', '!IDT': 'TDL05', '?IDT': 'TDL06' },
  TDL05: {
    '?ACK(IDT)': 'OF02',
    '!ACK(IDT)': 'OF02',
    '?IDT': 'ignore',
    '?DTF': 'ignore',
    '?SYN': 'ignore',
    '?DTF.END': 'ignore',
    '?RESYN': 'ignore',
    '?ACK(RESYN)': 'ignore',
    '?ACK(TRANS.END)+': 'ignore',
    '?ACK(TRANS.END)-': 'ignore',
  },
  TDL06: { '!ACK(IDT)': 'OF02' },
  TDL07: {
    '!TRANS.END': 'TDL08',
    '!ACK(SYN)': 'TDL07',
    '!RESYN': 'TDL03',
    '!IDT': 'TDL05',
    '?IDT': 'TDL06',
  },
  TDL08: {
    '?ACK(TRANS.END)+': 'OF02',
    '?ACK(TRANS.END)-': 'OF02',
    '!IDT': 'TDL05',
    '?IDT': 'TDL06',
  },
}

/** A server that gives a file. */
const SERVER_READ: StateTable = {
  TDL01: { '!ACK(READ)+': 'TDL02', '!ACK(READ)-': 'OF02' },
  TDL02: {
    '!DTF': 'TDL02',
    '!SYN': 'TDL02',
    '?ACK(SYN)': 'TDL02',
    '!DTF.END': 'TDL07',
    '!RESYN': 'TDL03',
    '?RESYN': 'TDL04',
    '!IDT': 'TDL05',
    '?IDT': 'TDL06',
  },
  TDL03: {
    '?ACK(RESYN)': 'TDL02',
    '?ACK(SYN)': 'ignore',
    '?RESYN': 'TDL04',
    '!IDT': 'TDL05',
    '?IDT': 'TDL06',
  },
  TDL04: { '!ACK(RESYN)': 'TDL02', '!IDT': 'TDL05', '?IDT': 'TDL06' },
  TDL05: {
    '?ACK(IDT)': 'OF02',
    '?IDT': 'TDL06',
    '?ACK(SYN)': 'ignore',
    '?RESYN': 'ignore',
    '?ACK(RESYN)': 'ignore',
    '?TRANS.END': 'ignore',
  },
  TDL06: { '!ACK(IDT)': 'OF02', '?ACK(IDT)': 'ignore' },
  TDL07: {
    // Not needed any more: TRANS.END acknowledges all points (§8.6).
    '?ACK(SYN)': 'ignore',
    '?TRANS.END': 'TDL08',
    '?RESYN': 'TDL04',
    '!IDT': 'TDL05',
    '?IDT': 'TDL06',
  },
  TDL08: {
    '!ACK(TRANS.END)+': 'OF02',
    '!ACK(TRANS.END)-': 'OF02',
    '!IDT': 'TDL05',
    '?IDT': 'TDL06',
  },
}

export type Role = 'requester' | 'server'

/**
 * Every legal move of the four roles (specification §4.8; reference §9). What is not here is a
 * fault of the peer, or of us. ABORT is legal everywhere and leads to END.
 */
export const SESSION_STATES: Readonly<Record<Role, StateTable>> = {
  requester: { ...REQUESTER_CONNECTION, ...REQUESTER_WRITE, ...REQUESTER_READ },
  server: { ...SERVER_CONNECTION, ...SERVER_WRITE, ...SERVER_READ },
}

/** `Tc` CONNECT complete · `Tp` the peer owes an FPDU · `Td` idle · `Tr` the peer is to close. */
export type TimerName = 'Tc' | 'Tp' | 'Td' | 'Tr'

/** Which timer runs in a state (reference §13.1); none where the next move is ours. */
export function timerOf(role: Role, state: StateName): TimerName | undefined {
  if (state === 'END') return 'Tr'
  if (state === 'CN01') return role === 'server' ? 'Tc' : undefined
  if (state === 'CN03') return 'Td'
  const row = SESSION_STATES[role][state] ?? {}
  const awaits = Object.entries(row).some(([event, next]) => event[0] === '?' && next !== 'ignore')
  return awaits ? 'Tp' : undefined
}
