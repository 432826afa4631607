import type { DialogueStep, FaultAction, Faults } from '../../gateway/faults.ts'
import type { ConnectionId, SessionId } from '../../gateway/flow.ts'
import type { Diagnostic } from './diagnostics.ts'
import type { ParameterFpduName } from './fpdu-types.ts'
import { parameterFault, PesitFault } from './pesit-fault.ts'
import { saidBy } from './said-diagnostic.ts'
import type { PesitLine } from './pesit-line.ts'

/** What is done instead of saying something as it is. */
export type Misspoken = { readonly abort: Diagnostic } | 'wrong-checksum'

/** Whose dialogue it is. */
export interface FaultedDialogue {
  readonly faults: Faults
  readonly connectionId: ConnectionId
  readonly sessionId: SessionId
}

/** The phase that each answer of a server belongs to (fault-table.ts). */
const PHASES: Readonly<Partial<Record<ParameterFpduName, string>>> = {
  ACONNECT: 'connect',
  'ACK(CREATE)': 'create',
  'ACK(SELECT)': 'create',
  'ACK(ORF)': 'open',
  'ACK(WRITE)': 'start',
  'ACK(READ)': 'start',
  'ACK(TRANS.END)': 'end',
  'ACK(CRF)': 'close',
  'ACK(DESELECT)': 'deselect',
  'ACK(MSG)': 'message',
  RELCONF: 'release',
}

/** Passes the fault point `dialogue`, with what faults of PeSIT go by. */
export function metInDialogue(
  { faults, connectionId, sessionId }: FaultedDialogue,
  { session }: Pick<PesitLine, 'session'>,
  at: Pick<DialogueStep, 'step' | 'syncPoint'>,
): Extract<FaultAction, { readonly kind: 'answer' }> | undefined {
  const { terms } = session
  const action = faults.at('dialogue', {
    protocol: 'pesit',
    connectionId,
    sessionId,
    dialogue: {
      ...at,
      hasChecksum: terms?.hasChecksum === true,
      mayResynchronise: terms?.mayResynchronise === true,
    },
  })
  return action?.kind === 'answer' ? action : undefined
}

/** Whether an answer goes out as it is. */
export function misspoken(
  dialogue: FaultedDialogue,
  line: Pick<PesitLine, 'session'>,
  name: ParameterFpduName,
): Misspoken | undefined {
  const step = PHASES[name]
  if (step === undefined) return undefined
  const action = metInDialogue(dialogue, line, { step })
  if (action?.name === 'abort') return { abort: saidBy(action.value) }
  return action?.name === 'wrong-checksum' ? 'wrong-checksum' : undefined
}

/**
 * The first data of a file.
 * @throws PesitFault 2/220: its article is said to be too long
 */
export function meetAtData(
  dialogue: FaultedDialogue,
  line: Pick<PesitLine, 'session' | 'wish' | 'spoilNext'>,
): void {
  const action = metInDialogue(dialogue, line, { step: 'data' })
  switch (action?.name) {
    case 'abort':
      line.wish('ABORT', { diagnostic: saidBy(action.value) })
      return
    case 'wrong-checksum':
      line.spoilNext()
      return
    case 'too-long':
      throw new PesitFault('2/220', 'a fault on demand: the article is too long')
    default:
  }
}

/** A message that is whole. @throws PesitFault 3/318: it is said to be too long */
export function meetAtMessage(dialogue: FaultedDialogue, line: Pick<PesitLine, 'session'>): void {
  // An ABORT of that phase is met when the answer goes out.
  const action = metInDialogue(dialogue, line, { step: 'whole-message' })
  if (action?.name === 'too-long') {
    throw parameterFault('a fault on demand: the message is too long')
  }
}

/** A sync point that came: the point to go back to, or that it is not to be answered. */
export function metAtSyncPoint(
  dialogue: FaultedDialogue,
  line: Pick<PesitLine, 'session'>,
  syncPoint: number,
): { readonly resync: number } | 'no-answer' | undefined {
  const action = metInDialogue(dialogue, line, { step: 'sync', syncPoint })
  if (action?.name === 'no-sync-answer') return 'no-answer'
  if (action?.name !== 'resync') return undefined
  const point = Number(action.value)
  // Nothing goes back beyond what was answered, but to the start (reference §10.2).
  return { resync: point === 0 ? 0 : Math.max(point, line.session.sync.acknowledged) }
}

/** What ACK(WRITE) is to say of where the data begins. */
export function metAtWrite(
  dialogue: FaultedDialogue,
  line: Pick<PesitLine, 'session'>,
): { readonly saidPoint?: number } {
  const action = metInDialogue(dialogue, line, { step: 'write' })
  return action?.name === 'unknown-point' ? { saidPoint: Number(action.value) } : {}
}

/** The point that a restart is not to go beyond. */
export function metAtRestart(
  dialogue: FaultedDialogue,
  line: Pick<PesitLine, 'session'>,
): number | undefined {
  const action = metInDialogue(dialogue, line, { step: 'restart' })
  return action?.name === 'restart-point' ? Number(action.value) : undefined
}
