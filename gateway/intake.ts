import { setTimeout as wait } from 'node:timers/promises'
import { isReportCode, reportedNames, type FlowName } from '../config/flow-name.ts'
import type { Sessions } from '../protocols/listener.ts'
import type { Clock } from './clock.ts'
import { GatewayError } from './errors.ts'
import type { Faults } from './faults.ts'
import { readFlowName } from './flow-name-check.ts'
import type {
  ConnectionId,
  FlowId,
  Intake,
  IntakeOutcome,
  ProcessingMode,
  ReceivedFlow,
  RefusalCode,
} from './flow.ts'
import { newId } from './ids.ts'
import {
  FLOW_STATEMENT,
  IntakeStatements,
  MEMORY_STATEMENT,
  type KnownFlow,
} from './intake-statements.ts'
import type { Journal } from './journal/journal.ts'
import { KeyedTurns } from './keyed-turns.ts'
import type { Logger } from './logger.ts'
import type { LandedPayloads } from './payloads/landed-payloads.ts'
import type { Reception } from './payloads/payload-uploads.ts'
import { enqueueSoon } from './queue/enqueue-soon.ts'
import type { WorkQueue } from './queue/queue.ts'
import { REFUSALS } from './refusals.ts'
import type { SealedFiles } from './staging/staging.ts'

/** What the intake needs to know of the connection that sends. */
export interface SendingConnection {
  readonly applicationCode: string
  /** `NONE` for a code the connection has not subscribed to. */
  modeOf(interfaceCode: string): ProcessingMode
}

export interface IntakeOptions {
  readonly journal: Journal
  readonly payloads: Pick<LandedPayloads, 'receive' | 'land'>
  readonly sealed: SealedFiles
  readonly queue: Pick<WorkQueue, 'enqueue'>
  /** Answers from memory; also for a connection that ended while its transfer went on. */
  readonly findConnection: (id: ConnectionId) => SendingConnection | undefined
  readonly sessions: Pick<Sessions, 'refused'>
  readonly clock: Clock
  readonly faults: Faults
  readonly log: Logger
  /** Setting intake.identicalResend. */
  readonly identicalResend: 'same-answer' | 'refuse'
  /** When the flow may be processed, system time in milliseconds; undefined = at once. */
  readonly delayFor: (flow: {
    readonly id: FlowId
    readonly receivedAt: number
  }) => number | undefined
}

/**
 * The only door. A flow is taken once its payload is in the store and its row in the journal, both
 * on disk, in that order: a crash between the two leaves a payload that nothing names, never a
 * flow without one. A small payload lands in the journal with its row (ADR 8). A refused file stays
 * sealed in staging: the listener drops or keeps it.
 */
export function createIntake(options: IntakeOptions): Intake {
  const { journal, sealed, clock, log } = options
  const statements = new IntakeStatements(journal)
  const turns = new KeyedTurns()
  const addJob = enqueueSoon(options.queue, log)

  return async (flow) => {
    const connection = options.findConnection(flow.connectionId)
    if (connection === undefined) {
      throw new GatewayError('INTERNAL', `No connection ${flow.connectionId} to take a flow from.`)
    }
    const read = readFlowName(connection.applicationCode, flow.fileName)
    if ('fault' in read) {
      return refuse(flow, read.fault, {
        reason: 'The name cannot be that of a flow of this connection.',
        wanted: `a flow name of application ${connection.applicationCode}`,
      })
    }
    const { name } = read
    if (isReportCode(name.interfaceCode) && !(await wasSent(flow))) {
      return refuse(flow, 'RETURN_FLOW_UNKNOWN', {
        reason: 'No return flow of this connection has the name that the report has with an F.',
        wanted: reportedNames(flow.fileName).join(' or '),
      })
    }
    // Two uploads of one identifier at once: the second finds what the first has recorded.
    return turns.take(name.flowIdentifier, async () => {
      // A file is taken from its place before the commit, so the identifier has to be free. A small
      // content is part of the commit, which finds out by itself.
      if ('path' in sealed.placeOf(flow.stagedId)) {
        const known = await findFlow(name.flowIdentifier)
        if (known !== undefined) return answerAgain(flow, known)
      }
      return take(flow, name, modeFor(connection, name.interfaceCode))
    })
  }

  /** Whether the flow that a report is on was sent to who sends the report. */
  async function wasSent({ connectionId, fileName }: ReceivedFlow): Promise<boolean> {
    const rows = await journal.read(
      journal.db
        .selectFrom('return_flows')
        .select('id')
        .where('connection_id', '=', connectionId)
        .where('file_name', 'in', reportedNames(fileName))
        .limit(1),
    )
    return rows.length > 0
  }

  async function take(
    flow: ReceivedFlow,
    name: FlowName,
    mode: ProcessingMode,
  ): Promise<IntakeOutcome> {
    const id = newId('flw')
    const landing = await makeDurable(flow)
    await beforeCommit(flow, name)
    const result = await journal.write([
      ...statements.takeFlow({ id, received: flow, name, mode, now: clock.now() }),
      ...landing.statements,
    ])
    if (result.committed) {
      landing.taken()
      sealed.handedOver(flow.stagedId)
      log.info({ flowId: id, connectionId: flow.connectionId, ...flow.content }, 'flow journaled')
      enqueue(id, flow)
      return { outcome: 'taken', flowId: id }
    }
    // The identifier is taken: by a flow that came before a small one, or by another process
    // meanwhile. A large payload of other content than its flow's is named by nothing then, and
    // stays: it must not be taken from a flow that has the same.
    await landing.refused()
    if (result.failedAt === MEMORY_STATEMENT) throw overtaken(flow)
    const known =
      result.failedAt === FLOW_STATEMENT ? await findFlow(name.flowIdentifier) : undefined
    if (known === undefined) {
      throw new GatewayError('INTERNAL', `The journal refused a flow (${result.reason}).`)
    }
    return answerAgain(flow, known)
  }

  /** @returns what else the commit has to write, for a content that becomes durable by it */
  async function makeDurable(flow: ReceivedFlow): Promise<Reception> {
    const { stagedId, content } = flow
    const found = sealed.placeOf(stagedId)
    if ('bytes' in found) {
      const statements = [options.payloads.land(found.bytes, content)]
      return { statements, taken: () => {}, refused: () => Promise.resolve() }
    }
    const reception = await options.payloads.receive(found.path, content)
    sealed.handedOver(stagedId)
    return reception
  }

  async function answerAgain(flow: ReceivedFlow, known: KnownFlow): Promise<IntakeOutcome> {
    const isSame = known.connection_id === flow.connectionId && known.sha256 === flow.content.sha256
    if (!isSame || options.identicalResend === 'refuse') {
      return refuse(flow, 'IDENTIFIER_TAKEN', {
        reason: isSame
          ? 'The flow was received before, and intake.identicalResend is set to refuse.'
          : 'The identifier belongs to a flow with other content.',
        wanted: `another identifier than that of ${known.id}`,
      })
    }
    const noted = await journal.write(
      statements.noteReception({
        id: known.id,
        received: flow,
        now: clock.now(),
        outcome: 'sent again',
      }),
    )
    if (!noted.committed) throw overtaken(flow)
    await sealed.discard(flow.stagedId)
    log.info({ flowId: known.id, connectionId: flow.connectionId }, 'flow sent again')
    return { outcome: 'already-taken', flowId: known.id }
  }

  async function findFlow(flowIdentifier: string): Promise<KnownFlow | undefined> {
    const [known] = await journal.read(statements.findFlow(flowIdentifier))
    return known
  }

  function refuse(
    flow: ReceivedFlow,
    code: RefusalCode,
    why: { readonly reason: string; readonly wanted: string },
  ): IntakeOutcome {
    const refusalId = options.sessions.refused({
      protocol: flow.protocol,
      sessionId: flow.sessionId,
      connectionId: flow.connectionId,
      code,
      reason: why.reason,
      offered: flow.fileName,
      wanted: why.wanted,
    })
    log.warn({ refusalId, code, connectionId: flow.connectionId }, 'flow refused at the door')
    return { outcome: 'refused', code, refusalId, message: REFUSALS[code].message }
  }

  async function beforeCommit(flow: ReceivedFlow, name: FlowName): Promise<void> {
    const action = options.faults.at('before-commit', {
      protocol: flow.protocol,
      connectionId: flow.connectionId,
      interfaceCode: name.interfaceCode,
      bytes: flow.content.bytes,
      sessionId: flow.sessionId,
    })
    if (action === undefined) return
    if (action.kind === 'delay') return wait(action.milliseconds)
    if (action.kind === 'crash') process.kill(process.pid, 'SIGKILL')
    throw new GatewayError('JOURNAL_UNAVAILABLE', 'A fault on demand stopped the intake.')
  }

  /** Never waited for: the journal knows the flow, the reconciler finds it. */
  function enqueue(id: FlowId, flow: ReceivedFlow): void {
    const runAt = options.delayFor({ id, receivedAt: flow.receivedAt })
    const job = { id: `extract-${id}`, kind: 'extract', flowId: id } as const
    addJob(runAt === undefined ? job : { ...job, runAt })
  }
}

/** What the protocol wants remembered stands already: another process has been quicker. */
function overtaken({ connectionId, remember }: ReceivedFlow): GatewayError {
  return new GatewayError(
    'INTAKE_OVERTAKEN',
    `A record ${remember?.key} of connection ${connectionId} was made meanwhile.`,
  )
}

/** Who is sent flows of a code may report on them, whether it subscribed to that or not. */
function modeFor(connection: SendingConnection, interfaceCode: string): ProcessingMode {
  const own = connection.modeOf(interfaceCode)
  const isImplied = own === 'NONE' && isReportCode(interfaceCode)
  return isImplied ? connection.modeOf(`F${interfaceCode.slice(1)}`) : own
}
