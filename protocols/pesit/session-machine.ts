import { diagnostic, diagnosticText, isNegative } from './diagnostics.ts'
import { hasData } from './fpdu.ts'
import type { DataFpdu, Fpdu, ParameterFpdu } from './fpdu.ts'
import { FPDU_CONTENTS } from './fpdu-contents.ts'
import { makeUnits, readParameters } from './fpdu-parameters.ts'
import { FPDU_TYPES } from './fpdu-types.ts'
import type { FpduName, ParameterFpduName } from './fpdu-types.ts'
import { isWithinAccess } from './negotiation.ts'
import type { ParameterValues } from './parameter-table.ts'
import { PesitFault, structureFault } from './pesit-fault.ts'
import type {
  SessionAction,
  SessionInput,
  SessionRules,
  SessionStep,
  SessionTimer,
} from './session-events.ts'
import { RECEIVED_EFFECTS, receiveData, sendData, SENT_EFFECTS } from './session-effects.ts'
import { isWindowFull, MAX_SYNC_POINT } from './session-state.ts'
import type { SessionState } from './session-state.ts'
import { SESSION_STATES, timerOf } from './session-states.ts'
import type { EventName } from './session-states.ts'

/** Of an IDT that a fault makes: the requester may restart (PI 19). */
const END_BY_ERROR = 4
const NOT_AFTER_CANCEL: ReadonlySet<FpduName> = new Set<FpduName>(['ORF', 'WRITE', 'READ'])

/**
 * One step of a connection, in any of the four roles: no socket, no clock, nothing but its
 * arguments. What a peer sends never throws: it ends in IDT, ABORT or a plain close (reference §9).
 * @throws UnsendableValue when a value that we want to send does not fit into the protocol
 */
export function stepSession(
  session: SessionState,
  input: SessionInput,
  rules: SessionRules,
): SessionStep {
  if (session.state === 'END') return atEnd(session, input)
  try {
    switch (input.kind) {
      case 'received':
        return received(session, input.fpdu, rules)
      case 'damaged':
        return damaged(session, rules)
      case 'fault':
        return broken(session, input.fault)
      case 'wish':
        return wished(session, input.name, input.values, rules)
      case 'wish-data':
        return wishedData(session, input.fpdu)
      case 'expired':
        return expired(session, input.timer, rules)
    }
  } catch (error) {
    if (error instanceof PesitFault) return broken(session, error)
    throw error
  }
}

function atEnd(session: SessionState, input: SessionInput): SessionStep {
  if (input.kind === 'expired') return { session, actions: [{ do: 'close' }] }
  if (input.kind === 'received') {
    return { session, actions: [{ do: 'ignore', name: input.fpdu.name }] }
  }
  if (input.kind === 'wish') return { session, actions: [{ do: 'drop', name: input.name }] }
  if (input.kind === 'wish-data') {
    return { session, actions: [{ do: 'drop', name: input.fpdu.name }] }
  }
  return { session, actions: [] }
}

// --- what comes ------------------------------------------------------------------------------

function received(session: SessionState, fpdu: Fpdu, rules: SessionRules): SessionStep {
  const { name } = fpdu
  // From here on an ABORT can name the peer.
  const known = name === 'CONNECT' && session.state === 'CN01'
  const next = known ? { ...session, peer: fpdu.octetSix } : session
  try {
    checkDestination(next, fpdu)
    if (hasData(fpdu)) return receivedData(next, fpdu)
    const { values, notes } = readParameters(fpdu, rules.strictness)
    if (name === 'ABORT') {
      const actions: SessionAction[] = [{ do: 'tell', fpdu, values, notes }, { do: 'close' }]
      return { session: { ...next, state: 'END' }, actions }
    }
    return receivedParameters(next, fpdu, { values, notes }, rules)
  } catch (error) {
    if (error instanceof PesitFault) return broken(next, error)
    throw error
  }
}

function receivedParameters(
  session: SessionState,
  fpdu: ParameterFpdu,
  { values, notes }: ReturnType<typeof readParameters>,
  rules: SessionRules,
): SessionStep {
  const { name } = fpdu
  const target = SESSION_STATES[session.role][session.state]?.[eventName('?', name, values)]
  if (target === undefined || isForbidden(session, name)) {
    throw structureFault(`${name} in state ${session.state}`)
  }
  if (target === 'ignore') return ignored(session, name)
  const wanted = name === 'CREATE' ? 'write' : name === 'SELECT' ? 'read' : undefined
  if (wanted !== undefined && session.terms && !isWithinAccess(session.terms.access, wanted)) {
    const answer = name === 'CREATE' ? 'ACK(CREATE)' : 'ACK(SELECT)'
    const reason = `${name} on a connection for access ${session.terms.access}`
    return {
      session,
      actions: [
        { do: 'break', diagnostic: '3/305', reason },
        sent(session, answer, { diagnostic: diagnostic('3/305') }),
      ],
    }
  }
  const peer = name === 'ACONNECT' ? fpdu.octetSix : session.peer
  const isRefusal = name.startsWith('ACK(') && values.diagnostic && isNegative(values.diagnostic)
  const effect = isRefusal ? undefined : RECEIVED_EFFECTS[name]
  const after = effect?.({ ...session, peer }, values, rules) ?? { ...session, peer }
  const moved = { ...after, state: target }
  const said =
    values.diagnostic?.type === 1 && name.startsWith('ACK(')
      ? [...notes, `${name} with the warning ${diagnosticText(values.diagnostic)}`]
      : notes
  const tell: SessionAction = { do: 'tell', fpdu, values, notes: said }
  if (target === 'END') return { session: moved, actions: [tell, { do: 'close' }] }
  return { session: moved, actions: [tell, ...timerChange(session, moved)] }
}

function receivedData(session: SessionState, fpdu: DataFpdu): SessionStep {
  const target = SESSION_STATES[session.role][session.state]?.['?DTF']
  if (target === undefined) throw structureFault(`${fpdu.name} in state ${session.state}`)
  if (target === 'ignore') return ignored(session, fpdu.name)
  return {
    session: receiveData(session, fpdu),
    actions: [{ do: 'tell', fpdu, values: {}, notes: [] }],
  }
}

function checkDestination({ own }: SessionState, { name, destination }: Fpdu): void {
  const isZeroLegal = name === 'CONNECT' || name === 'ABORT'
  const isOurs = name !== 'CONNECT' && destination === own
  if (!isOurs && !(isZeroLegal && destination === 0)) {
    throw structureFault(`${name} is for connection ${destination}, ours is ${own}`)
  }
}

/** An IDT that crosses our own: the requester waits for its answer, but not for ever. */
function ignored(session: SessionState, name: FpduName): SessionStep {
  const actions: SessionAction[] = [{ do: 'ignore', name }]
  if (name === 'IDT') actions.push({ do: 'timer', timer: 'collision' })
  return { session, actions }
}

function isForbidden({ isCancelled, direction }: SessionState, name: FpduName): boolean {
  if (name === 'WRITE' && direction !== 'write') return true
  if (name === 'READ' && direction !== 'read') return true
  return isCancelled && NOT_AFTER_CANCEL.has(name)
}

/** Bad check bytes: RESYN where it is agreed and legal now, else ABORT (§8.7). */
function damaged(session: SessionState, rules: SessionRules): SessionStep {
  const { acknowledged, last } = session.sync
  const restartPoint = (session.terms?.sync.window ?? 0) > 0 ? acknowledged : last
  const values = { diagnostic: diagnostic('1/100'), restartPoint }
  const step = wished(session, 'RESYN', values, rules)
  if (step.actions.some((action) => action.do === 'send')) return step
  throw new PesitFault('3/310', 'the check bytes of an FPDU are wrong')
}

// --- what we want ----------------------------------------------------------------------------

function wished(
  session: SessionState,
  name: ParameterFpduName,
  values: ParameterValues,
  rules: SessionRules,
): SessionStep {
  if (name === 'ABORT') {
    const moved: SessionState = { ...session, state: 'END' }
    return {
      session: moved,
      actions: [sent(session, name, values), { do: 'timer', timer: 'Tr' }],
    }
  }
  const target = SESSION_STATES[session.role][session.state]?.[eventName('!', name, values)]
  if (target === undefined || target === 'ignore' || !isWishLegal(session, name, values)) {
    return { session, actions: [{ do: 'drop', name }] }
  }
  const isRefusal = name.startsWith('ACK(') && values.diagnostic && isNegative(values.diagnostic)
  const effect = isRefusal ? undefined : SENT_EFFECTS[name]
  const after = effect?.(session, values, rules) ?? session
  const moved = { ...after, state: target }
  return { session: moved, actions: [sent(moved, name, values), ...timerChange(session, moved)] }
}

function wishedData(session: SessionState, fpdu: DataFpdu): SessionStep {
  const target = SESSION_STATES[session.role][session.state]?.['!DTF']
  if (target === undefined || target === 'ignore' || isWindowFull(session)) {
    return { session, actions: [{ do: 'drop', name: fpdu.name }] }
  }
  return {
    session: sendData(session, fpdu),
    actions: [{ do: 'send', fpdu: { ...fpdu, destination: session.peer } }],
  }
}

function isWishLegal(
  session: SessionState,
  name: ParameterFpduName,
  { syncPoint }: ParameterValues,
): boolean {
  if (isForbidden(session, name)) return false
  const { sync, mayResynchronise } = session.terms ?? { sync: undefined, mayResynchronise: false }
  switch (name) {
    case 'SYN':
      return (
        sync !== undefined &&
        sync.intervalKib > 0 &&
        syncPoint === session.sync.last + 1 &&
        syncPoint <= MAX_SYNC_POINT &&
        !isWindowFull(session)
      )
    case 'ACK(SYN)':
      return (
        sync !== undefined &&
        sync.window > 0 &&
        syncPoint !== undefined &&
        syncPoint > session.sync.acknowledged &&
        syncPoint <= session.sync.last
      )
    case 'RESYN':
      return mayResynchronise
    default:
      return true
  }
}

function sent(
  { own, peer }: SessionState,
  name: ParameterFpduName,
  values: ParameterValues,
): SessionAction {
  // RCONNECT has 0 there, unlike the other FPDUs of the connection (conflict 10).
  const isNumbered = FPDU_TYPES[name].octetSix === 'own-number' && name !== 'RCONNECT'
  return {
    do: 'send',
    fpdu: {
      name,
      destination: peer,
      octetSix: isNumbered ? own : 0,
      units: makeUnits(name, values),
    },
  }
}

/** `?ACK(WRITE)-`: an answer carries its sign; type 1 is a warning and counts as success. */
function eventName(way: '?' | '!', name: FpduName, values: ParameterValues): EventName {
  const isSigned =
    name.startsWith('ACK(') &&
    FPDU_CONTENTS[name as ParameterFpduName].some(({ key }) => key === 'diagnostic')
  if (!isSigned) return `${way}${name}`
  return `${way}${name}${values.diagnostic && isNegative(values.diagnostic) ? '-' : '+'}`
}

// --- how it ends -----------------------------------------------------------------------------

/** A fault of type 2 in a transfer is an IDT; any other an ABORT, or a close where nobody is known. */
function broken(session: SessionState, fault: PesitFault): SessionStep {
  const reason: SessionAction = {
    do: 'break',
    diagnostic: fault.diagnostic,
    reason: fault.message,
  }
  const values = { diagnostic: diagnostic(fault.diagnostic) }
  const idt = SESSION_STATES[session.role][session.state]?.['!IDT']
  if (fault.diagnostic.startsWith('2/') && idt !== undefined && idt !== 'ignore') {
    const moved = { ...session, state: idt }
    return {
      session: moved,
      actions: [
        reason,
        sent(session, 'IDT', { ...values, endCode: END_BY_ERROR }),
        ...timerChange(session, moved),
      ],
    }
  }
  const ended: SessionState = { ...session, state: 'END' }
  if (session.role === 'server' && session.peer === 0) {
    return { session: ended, actions: [reason, { do: 'close' }] }
  }
  return {
    session: ended,
    actions: [reason, sent(session, 'ABORT', values), { do: 'timer', timer: 'Tr' }],
  }
}

function expired(session: SessionState, timer: SessionTimer, rules: SessionRules): SessionStep {
  switch (timer) {
    case 'collision':
      return wished(session, 'ACK(IDT)', {}, rules)
    case 'Td':
      if (session.role === 'requester') {
        return wished(session, 'RELEASE', { diagnostic: diagnostic('0/000') }, rules)
      }
      return broken(session, new PesitFault('3/313', 'nothing was asked for in time'))
    case 'Tc':
      return broken(session, new PesitFault('3/317', 'CONNECT did not come in time'))
    case 'Tp':
      return broken(session, new PesitFault('3/317', `nothing came in state ${session.state}`))
    case 'Tr':
      return { session: { ...session, state: 'END' }, actions: [{ do: 'close' }] }
  }
}

function timerChange(before: SessionState, after: SessionState): readonly SessionAction[] {
  if (before.state === after.state) return []
  return [{ do: 'timer', timer: timerOf(after.role, after.state) }]
}
