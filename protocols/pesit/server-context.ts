import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { PesitSettings } from '../../config/pesit-settings.ts'
import type { FaultAction, FaultContext, FaultPoint } from '../../gateway/faults.ts'
import { GatewayError } from '../../gateway/errors.ts'
import type { RefusalCode } from '../../gateway/flow.ts'
import { REFUSALS } from '../../gateway/refusals.ts'
import type { ListenerServices, OpenSession, PartnerConnection, PesitPartner } from '../listener.ts'
import { diagnostic } from './diagnostics.ts'
import type { Diagnostic, DiagnosticName } from './diagnostics.ts'
import type { FaultedDialogue } from './dialogue-faults.ts'
import { errorDiagnostic } from './errors.ts'
import type { RefusalMoment } from './errors.ts'
import type { LineTranscript } from './line-transcript.ts'
import type { ParameterValues } from './parameter-table.ts'
import type { ResolvedProfile } from './partner-profile.ts'
import { saidBy } from './said-diagnostic.ts'
import type { PesitLine } from './pesit-line.ts'
import type { WritesInHand } from './writes-in-hand.ts'

/** What the parts of one session share, once it is known whose it is. */
export interface ServerContext {
  readonly line: PesitLine
  readonly services: ListenerServices
  readonly settings: PesitSettings
  readonly dialogue: FaultedDialogue
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

type FaultFacts = Pick<FaultContext, 'bytes' | 'asker' | 'interfaceCode'>

const MOMENTS: Readonly<Partial<Record<FaultPoint, RefusalMoment>>> = {
  open: 'create',
  data: 'data',
}

/** What a fault makes us refuse; 'cut' when the line is gone; undefined to go on. */
export type FaultedAnswer =
  | { readonly refuse: string; readonly diagnostic?: Diagnostic }
  | 'cut'
  | undefined

/** The fault at a point (decisions B7), if there is one: a hit is counted. */
export function faultAt(
  { services, connection, session }: ServerContext,
  point: FaultPoint,
  facts: FaultFacts = {},
): FaultAction | undefined {
  return services.faults.at(point, {
    protocol: 'pesit',
    connectionId: connection.id,
    sessionId: session.id,
    ...facts,
  })
}

/** Passes a fault point. */
export async function passFault(
  context: ServerContext,
  point: FaultPoint,
  facts: FaultFacts = {},
): Promise<FaultedAnswer> {
  return await actOn(context, faultAt(context, point, facts), point)
}

/** Does what a fault asks for. */
export async function actOn(
  { line }: Pick<ServerContext, 'line'>,
  action: FaultAction | undefined,
  point: FaultPoint,
): Promise<FaultedAnswer> {
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
    case 'fail': {
      const refuse = `a fault on demand: ${action.code}`
      const name = errorDiagnostic(new GatewayError(action.code, refuse), MOMENTS[point] ?? 'end')
      return { refuse, diagnostic: diagnostic(name) }
    }
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
