import { ERRORS, GatewayError, type ErrorCode } from '../gateway/errors.ts'
import type { Finding } from '../gateway/flow.ts'
import { finishFlow } from './finish-flow.ts'
import { addEvents, type FlowEvent } from './flow-writes.ts'
import { readFlow, type JournaledFlow, type PipelineContext } from './pipeline-context.ts'
import type { Job } from '../gateway/queue/queue.ts'
import { STAGES, type StageName } from './stages.ts'

/**
 * Failures of what the gateway stands on: its own codes, and the system's from a worker thread.
 * They are no flow's fault: the flow waits until they are over, however long that takes, and no
 * attempt is counted.
 */
const FAILURES_OF_THE_MACHINE: ReadonlySet<unknown> = new Set([
  'STORE_FULL' satisfies ErrorCode,
  'STORE_UNAVAILABLE' satisfies ErrorCode,
  'STORE_UNFIT' satisfies ErrorCode,
  'PAYLOAD_ON_ITS_WAY' satisfies ErrorCode,
  'JOURNAL_UNAVAILABLE' satisfies ErrorCode,
  'QUEUE_UNAVAILABLE' satisfies ErrorCode,
  'ANTIVIRUS_UNAVAILABLE' satisfies ErrorCode,
  'ENOSPC',
  'EDQUOT',
  'EMFILE',
  'ENFILE',
])

/**
 * Counts a failed attempt of a flow. When trying again is not worth it, or has been tried often
 * enough, the flow ends as an incident, with its report.
 * @returns true when the flow is over: its job is done
 */
export async function recordFailure(
  context: PipelineContext,
  job: Job,
  error: unknown,
): Promise<boolean> {
  const { journal, clock, settings } = context
  const log = context.log.child({ flowId: job.flowId })
  const code = error instanceof GatewayError ? error.code : 'INTERNAL'
  if (error instanceof Error && 'code' in error && FAILURES_OF_THE_MACHINE.has(error.code)) {
    log.warn({ err: error }, 'a job waits for the machine')
    return false
  }
  const flow = await readFlow(journal, job.flowId)
  if (flow === undefined || flow.finished_at !== null) return true
  const attempts = flow.attempts + 1
  const isLast = !ERRORS[code].isRetryable || attempts >= settings.pipeline.maxAttempts
  const stage = stageOf(flow)
  const detail = { code, attempts, message: messageOf(error), job: job.id }
  if (!isLast) {
    log.warn({ err: error, code, attempts, stage }, 'an attempt failed, it will be made again')
    await journal.write([
      {
        query: journal.db
          .updateTable('flows')
          .set(({ eb }) => ({ attempts: eb('attempts', '+', 1), updated_at: clock.now() }))
          .where('id', '=', flow.id)
          .where('finished_at', 'is', null),
      },
      addEvents(journal, flow, clock.now(), [
        { stage, outcome: 'failed', milliseconds: 0, detail },
      ]),
    ])
    return false
  }
  log.error({ err: error, code, attempts, stage }, 'the flow ends as an incident')
  const findings = [...(JSON.parse(flow.findings_json) as Finding[]), incidentFinding(code)]
  const events: FlowEvent[] = [{ stage, outcome: 'incident', milliseconds: 0, detail }]
  const verdict = { state: 'IN_INCIDENTE', integrated: 0, refused: 0 } as const
  await finishFlow(context, flow, verdict, { findings, events, copies: { isStored: true } })
  return true
}

function stageOf(flow: JournaledFlow): StageName {
  return STAGES.find(({ name }) => name === flow.stage)?.name ?? 'technical'
}

/** For the operator's eyes: the timeline is not sent to the partner. */
function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 500)
}

/** What the partner's report says of an incident: no cause, and what to do (reference §8.2). */
function incidentFinding(code: ErrorCode): Finding {
  return {
    rule: 'RACCORD-INCIDENT',
    severity: 'fatal',
    nature: 'ERR_INC',
    code: 'ERR_INC_001',
    terms: [],
    message: {
      en: `The gateway could not process the flow (${code}).`,
      fr: `La passerelle n’a pas pu traiter le flux (${code}).`,
    },
    remedy: {
      en: 'Send the whole flow again under a new identifier; tell the operator if it happens again.',
      fr: 'Renvoyez le flux entier sous un nouvel identifiant ; prévenez l’exploitant si cela se répète.',
    },
    platformText: 'Flux incidenté : à renvoyer.',
  }
}
