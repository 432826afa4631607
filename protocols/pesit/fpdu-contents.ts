import type { ParameterFpduName } from './fpdu-types.ts'
import type { ParameterKey } from './parameter-table.ts'

/**
 * `must`: a receiver refuses its absence (3/318). `positive`: so in an answer without a negative
 * diagnostic. `usual`: mandatory on paper, absent in the field, accepted so. `may`: optional.
 */
export type Presence = 'must' | 'positive' | 'usual' | 'may'

export interface ContentSlot {
  readonly key: ParameterKey
  readonly presence: Presence
  /** The PGI that holds it; undefined at the top. */
  readonly group?: number
}

function slots(presence: Presence, ...keys: readonly ParameterKey[]): readonly ContentSlot[] {
  return keys.map((key) => ({ key, presence }))
}

const must = (...keys: readonly ParameterKey[]): readonly ContentSlot[] => slots('must', ...keys)
const may = (...keys: readonly ParameterKey[]): readonly ContentSlot[] => slots('may', ...keys)
const usual = (...keys: readonly ParameterKey[]): readonly ContentSlot[] => slots('usual', ...keys)
const positive = (...keys: readonly ParameterKey[]): readonly ContentSlot[] =>
  slots('positive', ...keys)

function parts(...list: readonly (readonly ContentSlot[])[]): readonly ContentSlot[] {
  return list.flat()
}

function group(
  code: number,
  ...parts: readonly (readonly ContentSlot[])[]
): readonly ContentSlot[] {
  return parts.flat().map((slot) => ({ ...slot, group: code }))
}

const LOGICAL_OTHERS = ['organisation', 'label', 'keyBytes', 'keyOffset'] as const
const ROUTE = may('originalSender', 'finalReceiver')
const FREE = may('freeText')
const COMPLEMENT = may('diagnosticComplement')
const PLAIN_ANSWER = parts(must('diagnostic'), COMPLEMENT, FREE)

/**
 * The parameters of every FPDU in the order of the wire (reference §6). Beyond the specification:
 * PI 99 in ABORT and in ACK(TRANS.END) (decisions D1), PI 17 in MSG, PI 61 and 62 in
 * ACK(SELECT), which peers send.
 */
export const FPDU_CONTENTS: Readonly<Record<ParameterFpduName, readonly ContentSlot[]>> = {
  CONNECT: parts(
    may('crc'),
    must('requester', 'server'),
    may('accessControl'),
    must('version'),
    may('syncOption'),
    must('access'),
    may('resynchronisation', 'watchdogSeconds', 'freeText'),
  ),
  ACONNECT: parts(
    may('accessControl'),
    must('version'),
    may('syncOption', 'resynchronisation', 'watchdogSeconds', 'freeText'),
  ),
  RCONNECT: PLAIN_ANSWER,
  RELEASE: PLAIN_ANSWER,
  RELCONF: parts(FREE),
  ABORT: PLAIN_ANSWER,
  CREATE: parts(
    group(9, may('requester', 'server'), must('fileType', 'fileName')),
    must('transferId'),
    may('restarted', 'dataCode'),
    must('priority', 'maxEntityBytes'),
    group(30, may('articleFormat'), must('articleBytes'), may(...LOGICAL_OTHERS)),
    group(40, may('reservationUnit'), must('reservation')),
    group(50, usual('createdAt'), may('extractedAt')),
    ROUTE,
    FREE,
  ),
  'ACK(CREATE)': parts(
    must('diagnostic'),
    may('transferId'),
    positive('maxEntityBytes'),
    COMPLEMENT,
    FREE,
  ),
  SELECT: parts(
    group(9, may('requester', 'server'), must('fileType', 'fileName')),
    must('transferId'),
    may('attributesWanted', 'restarted'),
    must('priority', 'maxEntityBytes'),
    ROUTE,
    FREE,
  ),
  'ACK(SELECT)': parts(
    must('diagnostic'),
    group(9, may('requester', 'server'), positive('fileType', 'fileName')),
    usual('transferId'),
    may('dataCode'),
    positive('maxEntityBytes'),
    COMPLEMENT,
    group(30, may('articleFormat', 'articleBytes', ...LOGICAL_OTHERS)),
    group(40, may('reservationUnit', 'reservation')),
    group(50, may('createdAt', 'extractedAt')),
    ROUTE,
    FREE,
  ),
  DESELECT: PLAIN_ANSWER,
  'ACK(DESELECT)': PLAIN_ANSWER,
  ORF: parts(may('compression')),
  'ACK(ORF)': parts(must('diagnostic'), may('compression', 'diagnosticComplement')),
  CRF: parts(must('diagnostic'), COMPLEMENT),
  'ACK(CRF)': parts(must('diagnostic'), COMPLEMENT),
  READ: parts(must('restartPoint')),
  'ACK(READ)': parts(must('diagnostic'), COMPLEMENT),
  WRITE: parts(),
  'ACK(WRITE)': parts(must('diagnostic'), positive('restartPoint'), COMPLEMENT),
  'DTF.END': parts(must('diagnostic'), COMPLEMENT),
  SYN: parts(must('syncPoint')),
  'ACK(SYN)': parts(must('syncPoint')),
  RESYN: parts(must('diagnostic', 'restartPoint'), COMPLEMENT),
  'ACK(RESYN)': parts(must('restartPoint')),
  IDT: parts(must('diagnostic'), usual('endCode'), COMPLEMENT),
  'ACK(IDT)': parts(),
  'TRANS.END': parts(may('dataBytes', 'articles')),
  'ACK(TRANS.END)': parts(
    must('diagnostic'),
    may('dataBytes', 'articles', 'diagnosticComplement', 'freeText'),
  ),
  MSG: parts(
    group(9, may('requester', 'server'), usual('fileType'), must('fileName')),
    must('transferId'),
    may('attributesWanted', 'dataCode', 'priority'),
    group(50, may('createdAt')),
    ROUTE,
    may('message'),
  ),
  MSGDM: parts(
    group(9, may('requester', 'server'), usual('fileType'), must('fileName')),
    must('transferId'),
    may('attributesWanted', 'dataCode', 'priority'),
    group(50, may('createdAt')),
    ROUTE,
    may('message'),
  ),
  MSGMM: parts(may('message')),
  MSGFM: parts(may('message')),
  'ACK(MSG)': parts(
    must('diagnostic'),
    may('transferId', 'dataCode', 'diagnosticComplement', 'message'),
  ),
}
