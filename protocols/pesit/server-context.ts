import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { PesitSettings } from '../../config/pesit-settings.ts'
import type { FaultPoint } from '../../gateway/faults.ts'
import type { RefusalCode } from '../../gateway/flow.ts'
import { REFUSALS } from '../../gateway/refusals.ts'
import type { ListenerServices, OpenSession, PartnerConnection, PesitPartner } from '../listener.ts'
import { diagnostic, readDiagnostic } from './diagnostics.ts'
import type { Diagnostic, DiagnosticName } from './diagnostics.ts'
import type { LineTranscript } from './line-transcript.ts'
import type { ParameterValues } from './parameter-table.ts'
import type { ResolvedProfile } from './partner-profile.ts'
import type { PesitLine } from './pesit-line.ts'
import type { WritesInHand } from './writes-in-hand.ts'

/** What the parts of one session share, once it is known whose it is. */
export interface ServerContext {
  readonly line: PesitLine
  readonly services: ListenerServices
  readonly settings: PesitSettings
  /** Setting intake.identicalResend. */
  readonly identicalResend: 'same-answer' | 'refuse'
  readonly session: OpenSession
  /** Those of all sessions. */
  readonly writes: WritesInHand
  readonly transcript: LineTranscript
  readonly connection: PartnerConnection
  readonly partner: PesitPartner
  readonly profile: ResolvedProfile
  /** CONNECT as it came. */
  readonly connect: ParameterValues
  /** Address and port of the partner; certificate and cipher of TLS. */
  readonly peer: string
  readonly facts: Readonly<Record<string, string>>
  /** Whether a new transfer may begin (decisions E4). */
  readonly mayStart: () => boolean
  readonly log: Logger
}

/** Why a file is not taken or given: what the partner is told, and what is recorded. */
export interface FileRefusal {
  readonly diagnostic: DiagnosticName
  readonly code: RefusalCode
  /** One sentence for PI 99 and for the operator. */
  readonly reason: string
  readonly offered: string
}

/** PI 99. */
const MAX_TEXT_BYTES = 254

/** Text for PI 99: what can be said in ISO-8859-1, and no longer than may be. */
export function freeText(text: string): string {
  return text.replace(/[^\x20-\x7e\xa0-\xff]/g, '?').slice(0, MAX_TEXT_BYTES)
}

/** Records a refusal at the door. @returns the text for PI 99 */
export function recordRefusal(context: ServerContext, refusal: FileRefusal): string {
  const { code, reason, offered } = refusal
  const { services, session, connection, log } = context
  const refusalId = services.sessions.refused({
    protocol: 'pesit',
    peer: context.peer,
    sessionId: session.id,
    connectionId: connection.id,
    code,
    reason: `${refusal.diagnostic} ${reason}`,
    offered,
  })
  log.warn({ refusalId, code, offered, diagnostic: refusal.diagnostic }, 'file refused')
  return freeText(reason === '' ? REFUSALS[code].message.en : reason)
}

/**
 * Passes a fault point (decisions B7).
 * @returns what is to be refused, 'cut' when the line is gone, undefined to go on
 */
export async function passFault(
  { services, connection, line, session }: ServerContext,
  point: FaultPoint,
  bytes?: number,
): Promise<{ readonly refuse: string; readonly diagnostic?: Diagnostic } | 'cut' | undefined> {
  const action = services.faults.at(point, {
    protocol: 'pesit',
    connectionId: connection.id,
    sessionId: session.id,
    ...(bytes === undefined ? {} : { bytes }),
  })
  switch (action?.kind) {
    case undefined:
      return undefined
    case 'delay':
      await sleep(action.milliseconds)
      return undefined
    case 'cut':
      line.cut(`fault at ${point}`)
      return 'cut'
    case 'refuse':
      return { refuse: action.message }
    case 'fail':
      return { refuse: `a fault on demand: ${action.code}` }
    case 'crash':
      process.kill(process.pid, 'SIGKILL')
      return undefined
    case 'answer':
      return { refuse: `a fault on demand: ${action.name}`, diagnostic: saidBy(action.value) }
    case 'hang':
    case 'slow':
      return undefined
  }
}

/** The diagnostic that a fault on demand names; 3/399 for what is none. */
export function saidBy(value: string | undefined): Diagnostic {
  return readDiagnostic(value ?? '') ?? diagnostic('3/399')
}
