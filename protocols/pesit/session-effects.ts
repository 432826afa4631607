import { articlesOf, dataBytesOf } from './article-reader.ts'
import { acceptAconnect, answerConnect, isCompressionAnswerGood } from './negotiation.ts'
import type { OwnTerms } from './negotiation.ts'
import type { DataFpdu } from './fpdu.ts'
import type { FpduName } from './fpdu-types.ts'
import type { ParameterValues } from './parameter-table.ts'
import { PesitFault, structureFault } from './pesit-fault.ts'
import { atPoint, isSender, MAX_SYNC_POINT } from './session-state.ts'
import type { SessionState } from './session-state.ts'

/** What an FPDU changes beside the state, and what it must respect. @throws PesitFault when not */
export type Effect = (session: SessionState, values: ParameterValues, own: OwnTerms) => SessionState

/** Resynchronisations in one transfer; more are 3/320 (reference §10.2). */
export const MAX_RESYNCHRONISATIONS = 5
const DEFAULT_END_CODE = 4

/** What an FPDU that came does. Those not named do nothing. */
export const RECEIVED_EFFECTS: Readonly<Partial<Record<FpduName, Effect>>> = {
  CONNECT: (session, values, own) => {
    const answer = answerConnect(values, own)
    // A refusal is the owner's to send, as RCONNECT: the terms stay unknown.
    return { ...session, asked: values, terms: 'terms' in answer ? answer.terms : undefined }
  },
  ACONNECT: (session, values) => {
    const answer = acceptAconnect(session.asked, values)
    if ('refused' in answer) throw new PesitFault(answer.refused, 'ACONNECT exceeds CONNECT')
    return { ...session, terms: answer.terms }
  },
  CREATE: (session, values) => startFile(session, 'write', values),
  SELECT: (session, values) => startFile(session, 'read', values),
  'ACK(CREATE)': agreedEntity,
  'ACK(SELECT)': agreedEntity,
  ORF: (session, values) => ({ ...session, asked: { ...session.asked, ...values } }),
  'ACK(ORF)': (session, { compression }) => {
    if (!isCompressionAnswerGood(session.asked.compression, compression)) {
      throw new PesitFault('3/315', 'ACK(ORF) answers a compression that was not proposed')
    }
    return { ...session, compression }
  },
  'ACK(WRITE)': (session, { restartPoint = 0 }) => {
    if (restartPoint !== 0 && session.asked.restarted !== 1) {
      throw new PesitFault('2/214', `restart at point ${restartPoint} of a new transfer`)
    }
    return startData(session, restartPoint)
  },
  READ: (session, { restartPoint = 0 }) => startData(session, restartPoint),
  SYN: (session, { syncPoint = 0 }) => {
    const { last, acknowledged } = session.sync
    if (syncPoint !== last + 1) throw structureFault(`SYN ${syncPoint} after ${last}`)
    const window = session.terms?.sync.window ?? 0
    if ((session.terms?.sync.intervalKib ?? 0) === 0) {
      throw structureFault('a sync point where none were agreed')
    }
    if (window > 0 && syncPoint - acknowledged > window) {
      throw new PesitFault('2/217', `${syncPoint - acknowledged} points without an answer`)
    }
    return { ...session, sync: { last: syncPoint, acknowledged, bytesSince: 0 } }
  },
  'ACK(SYN)': (session, { syncPoint = 0 }) => {
    const { last, acknowledged } = session.sync
    if (syncPoint > last) throw structureFault(`ACK(SYN) ${syncPoint} where ${last} is the last`)
    return {
      ...session,
      sync: { ...session.sync, acknowledged: Math.max(acknowledged, syncPoint) },
    }
  },
  RESYN: (session, { restartPoint = 0 }) => {
    if (session.terms?.mayResynchronise !== true) {
      throw structureFault('RESYN where it was not agreed')
    }
    const { last, acknowledged } = session.sync
    if (
      isSender(session) &&
      restartPoint !== 0 &&
      (restartPoint < acknowledged || restartPoint > last)
    ) {
      throw structureFault(`RESYN at ${restartPoint}, outside ${acknowledged} to ${last}`)
    }
    return countResync({ ...session, resyncPoint: restartPoint })
  },
  'ACK(RESYN)': (session, { restartPoint = 0 }) => {
    const { resyncPoint, sync } = session
    const isLegal = isSender(session)
      ? restartPoint >= resyncPoint && restartPoint <= sync.last
      : restartPoint === resyncPoint
    if (restartPoint !== 0 && !isLegal) {
      throw structureFault(`ACK(RESYN) ${restartPoint} to RESYN ${resyncPoint}`)
    }
    return { ...session, sync: atPoint(restartPoint) }
  },
  IDT: interrupted,
}

/** What an FPDU that we send does. */
export const SENT_EFFECTS: Readonly<Partial<Record<FpduName, Effect>>> = {
  CONNECT: (session, values) => ({ ...session, asked: values }),
  ACONNECT: (session, _values, own) => {
    // Once more: whose CONNECT it was, and so what is granted, is known by now.
    const answer = answerConnect(session.asked, own)
    return 'terms' in answer ? { ...session, terms: answer.terms } : session
  },
  CREATE: (session, values) => startFile(session, 'write', values),
  SELECT: (session, values) => startFile(session, 'read', values),
  'ACK(CREATE)': agreedEntity,
  'ACK(SELECT)': agreedEntity,
  ORF: (session, values) => ({ ...session, asked: { ...session.asked, ...values } }),
  'ACK(ORF)': (session, { compression }) => ({ ...session, compression }),
  'ACK(WRITE)': (session, { restartPoint = 0 }) => startData(session, restartPoint),
  READ: (session, { restartPoint = 0 }) => startData(session, restartPoint),
  SYN: (session, { syncPoint = 0 }) => ({
    ...session,
    sync: { ...session.sync, last: syncPoint, bytesSince: 0 },
  }),
  'ACK(SYN)': (session, { syncPoint = 0 }) => ({
    ...session,
    sync: { ...session.sync, acknowledged: Math.max(session.sync.acknowledged, syncPoint) },
  }),
  RESYN: (session, { restartPoint = 0 }) => countResync({ ...session, resyncPoint: restartPoint }),
  'ACK(RESYN)': (session, { restartPoint = 0 }) => ({ ...session, sync: atPoint(restartPoint) }),
  IDT: interrupted,
}

/** Receiver: data counts towards the next sync point; one entity more is tolerated (conflict 16). */
export function receiveData(session: SessionState, fpdu: DataFpdu): SessionState {
  const bytesSince = session.sync.bytesSince + dataBytesOf(articlesOf(fpdu))
  const intervalKib = session.terms?.sync.intervalKib ?? 0
  const limit = intervalKib * 1_024 + session.entityBytes
  if (
    intervalKib > 0 &&
    intervalKib < 0xffff &&
    session.sync.last < MAX_SYNC_POINT &&
    bytesSince > limit
  ) {
    throw new PesitFault('2/222', `${bytesSince} bytes without a sync point`)
  }
  return { ...session, sync: { ...session.sync, bytesSince } }
}

/** Sender: likewise, unchecked. */
export function sendData(session: SessionState, fpdu: DataFpdu): SessionState {
  const bytesSince = session.sync.bytesSince + dataBytesOf(articlesOf(fpdu))
  return { ...session, sync: { ...session.sync, bytesSince } }
}

function startFile(
  session: SessionState,
  direction: 'write' | 'read',
  asked: ParameterValues,
): SessionState {
  return { ...session, direction, asked, isCancelled: false, compression: undefined }
}

function agreedEntity(session: SessionState, { maxEntityBytes }: ParameterValues): SessionState {
  const asked = session.asked.maxEntityBytes ?? 0
  if (maxEntityBytes === undefined) return session
  if (maxEntityBytes > asked) {
    throw new PesitFault('3/315', `PI 25 answered ${maxEntityBytes}, asked ${asked}`)
  }
  return { ...session, entityBytes: maxEntityBytes }
}

function startData(session: SessionState, point: number): SessionState {
  return { ...session, sync: atPoint(point), resyncs: 0 }
}

function countResync(session: SessionState): SessionState {
  const resyncs = session.resyncs + 1
  if (resyncs > MAX_RESYNCHRONISATIONS) {
    throw new PesitFault('3/320', `${resyncs} resynchronisations in one transfer`)
  }
  return { ...session, resyncs }
}

function interrupted(
  session: SessionState,
  { endCode = DEFAULT_END_CODE }: ParameterValues,
): SessionState {
  return { ...session, isCancelled: session.isCancelled || endCode !== DEFAULT_END_CODE }
}
