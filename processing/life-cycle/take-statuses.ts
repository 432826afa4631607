import { isReportCode } from '../../config/flow-name.ts'
import type { Finding, StoredContent } from '../../gateway/flow.ts'
import { JobDelayed } from '../../gateway/queue/queue.ts'
import { decideFlow } from '../decision.ts'
import { finishFlow } from '../finish-flow.ts'
import { moveFlow, type FlowEvent } from '../flow-writes.ts'
import { readFlow, type JournaledFlow, type PipelineContext } from '../pipeline-context.ts'
import { judgeStatuses, type AllowedStatus } from './judge-statuses.ts'
import { moveStatements } from './moves.ts'
import type { ReceivedReport, ReceivedStatus } from './read-statuses.ts'
import { reportedInvoices } from './reported-invoices.ts'

/** Invoices are moved by so many messages at a time; each is one move. */
const MOVES_AT_ONCE = 50
/** Before a flow whose invoices were moved meanwhile is judged again. */
const AGAIN_MILLISECONDS = 200

/**
 * A flow of a recipient, from its unpacked files to its report: of the life cycle (`IN_CDV_…`), or its
 * report on a flow that carried invoices to it (`IN_CRF_…`). Each status is a part, as an invoice is one of an invoice flow, and the mode of the code says what a bad one
 * does. A status is given once, under the number of its part: what an attempt that was cut has
 * given, the next one finds given.
 * @throws JobDelayed when an invoice was moved meanwhile, so that it is judged again
 */
export async function takeStatusFlow(
  context: PipelineContext,
  received: JournaledFlow,
  chunks: readonly StoredContent[],
  found: { readonly findings: readonly Finding[]; readonly events: readonly FlowEvent[] },
  signal: AbortSignal,
): Promise<void> {
  const { journal, payloads, threads, settings } = context
  const isReport = isReportCode(received.interface_code)
  const told: ReceivedStatus[] = []
  const reports: ReceivedReport[] = []
  for (const chunk of chunks) {
    const content = await payloads.localFile(chunk)
    try {
      const read = await threads.statuses({ path: content.path, isReport }, signal)
      told.push(...read.statuses)
      reports.push(...read.reports)
    } finally {
      await content.release()
    }
  }
  const flow = await beginProcessing(context, received)
  if (flow === undefined) return
  const reported = await reportedInvoices(journal, flow, reports)
  const units = [...told, ...reported.statuses]
  const total = Math.max(told.length + reported.total, units.length)
  const taken = await readTaken(context, flow)
  const siret = await readSiret(context, flow)
  const judged = await judgeStatuses(journal, units, siret, (unit) =>
    taken.has(originOf(flow, unit)),
  )
  const structureFailed = units.filter(({ status }) => status === null).length
  const decision = decideFlow({
    mode: flow.mode,
    technicalFailure: false,
    total,
    bad: judged.bad,
    structureFailed,
    xsdFailure: settings.pipeline.xsdFailure,
  })
  if (decision.integrated > 0) await giveAll(context, flow, judged.allowed)
  const { bad } = judged
  await finishFlow(context, { ...flow, total }, decision, {
    findings: [...found.findings, ...judged.findings],
    events: [
      ...found.events,
      event('format', structureFailed > 0 ? 'refused' : 'passed', { refused: structureFailed }),
      event('functional', bad > structureFailed ? 'refused' : 'passed', { refused: bad }),
      event('decision', decision.state, { ...decision }),
      event('integration', decision.integrated > 0 ? 'passed' : 'nothing', {
        statuses: decision.integrated,
      }),
    ],
    copies: { isStored: true },
  })
}

const event = (
  stage: FlowEvent['stage'],
  outcome: string,
  detail: Readonly<Record<string, unknown>>,
): FlowEvent => ({ stage, outcome, milliseconds: 0, detail })

/** The moves that lead to "being processed"; undefined when another attempt has finished it. */
async function beginProcessing(
  { journal, clock }: PipelineContext,
  flow: JournaledFlow,
): Promise<JournaledFlow | undefined> {
  let current = flow
  for (const to of ['IN_EN_ATTENTE_TRAITEMENT_CPP', 'IN_EN_COURS_TRAITEMENT_CPP'] as const) {
    const isNext = to === 'IN_EN_ATTENTE_TRAITEMENT_CPP' ? 'IN_TRAITE_SE_CPP' : WAITING
    if (current.state !== isNext) continue
    const { committed } = await journal.write([moveFlow(journal, current, to, clock.now())])
    const read = committed ? { ...current, state: to } : await readFlow(journal, flow.id)
    if (read === undefined || read.finished_at !== null) return undefined
    current = read
  }
  return current
}

const WAITING = 'IN_EN_ATTENTE_TRAITEMENT_CPP'

/** A status counts once, also when its flow is put through again. */
const firstOf = (flow: JournaledFlow): string => flow.replay_of ?? flow.id

const originOf = (flow: JournaledFlow, { part }: ReceivedStatus): string =>
  `${firstOf(flow)} ${part}`

/** What an attempt before this one has given. */
async function readTaken(
  { journal }: PipelineContext,
  flow: JournaledFlow,
): Promise<ReadonlySet<string>> {
  const rows = await journal.read(
    journal.db
      .selectFrom('invoice_statuses')
      .select('origin')
      .where('origin', '>=', `${firstOf(flow)} `)
      .where('origin', '<', `${firstOf(flow)}~`),
  )
  return new Set(rows.flatMap(({ origin }) => (origin === null ? [] : [origin])))
}

async function readSiret(
  { journal }: PipelineContext,
  flow: JournaledFlow,
): Promise<string | null> {
  const [row] = await journal.read(
    journal.db.selectFrom('connections').select('siret').where('id', '=', flow.connection_id),
  )
  return row?.siret ?? null
}

/** Those of one invoice in their order, those of different ones side by side. */
async function giveAll(
  context: PipelineContext,
  flow: JournaledFlow,
  allowed: readonly AllowedStatus[],
): Promise<void> {
  const rounds = Map.groupBy(allowed, (one) => one.invoice.sequence)
  for (const sequence of [...rounds.keys()].toSorted((one, other) => one - other)) {
    const round = rounds.get(sequence) ?? []
    for (let start = 0; start < round.length; start += MOVES_AT_ONCE) {
      const slice = round.slice(start, start + MOVES_AT_ONCE)
      const given = await Promise.all(slice.map((one) => give(context, flow, one)))
      if (given.includes(false)) throw new JobDelayed(AGAIN_MILLISECONDS)
    }
  }
}

async function give(
  { journal, clock }: PipelineContext,
  flow: JournaledFlow,
  { received, invoice, to, isImplied }: AllowedStatus,
): Promise<boolean> {
  const { committed } = await journal.write(
    moveStatements(journal, invoice, {
      to,
      at: clock.now(),
      cause: flow.flow_identifier,
      comment: isImplied || received.comment === '' ? null : received.comment,
      origin: isImplied ? `${originOf(flow, received)} to ${to}` : originOf(flow, received),
    }),
  )
  return committed
}
