import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { FlowState } from '../../gateway/flow-states.ts'
import type { Journal } from '../../gateway/journal/journal.ts'
import type { LandedPayloads } from '../../gateway/payloads/landed-payloads.ts'

/** What a partner sent, and what has to become of it. */
export interface ExpectedFlow {
  readonly sha256: string
  readonly bytes: number
  readonly state: FlowState
  readonly total: number
  readonly integrated: number
}

/** What the faults left behind; every list and every count of leftovers has to be empty. */
export interface FlowJudgement {
  readonly flows: number
  readonly invoices: number
  /** Acknowledged, and not in the journal, or with other content. */
  readonly lost: readonly string[]
  /** In the journal more than once. */
  readonly twice: readonly string[]
  /** In the journal, and sent by nobody. */
  readonly unknown: readonly string[]
  readonly unfinished: readonly string[]
  /** State or counters are not those of the content. */
  readonly wrongVerdicts: readonly string[]
  /** Invoice rows or numbers held are not as many as were counted. */
  readonly wrongInvoices: readonly string[]
  /** Not exactly one report. */
  readonly wrongReports: readonly string[]
  /** A content of a flow or of a report that is not there or has another hash. */
  readonly wrongPayloads: readonly string[]
  readonly leftovers: Leftovers
}

/** Each is zero once a gateway has had time to clear up. */
export interface Leftovers {
  readonly stagedRows: number
  readonly stagedFiles: number
  readonly chunks: number
  readonly landed: number
  readonly jobs: number
  readonly openSessions: number
  readonly unnamedPayloads: number
}

export interface JudgedGround {
  readonly journal: Journal
  readonly payloads: LandedPayloads
  /** Of every process. */
  readonly dataFolders: readonly string[]
}

/**
 * The one check after any fault: compares what partners know (their flows, what was acknowledged)
 * with what the journal and the store hold.
 */
export async function judgeFlows(
  ground: JudgedGround,
  sent: ReadonlyMap<string, ExpectedFlow>,
  acknowledged: ReadonlySet<string>,
): Promise<FlowJudgement> {
  const { journal } = ground
  const { db } = journal
  const flows = await journal.read(db.selectFrom('flows').selectAll())
  const reports = await journal.read(db.selectFrom('return_flows').selectAll())
  const invoices = await journal.read(
    db
      .selectFrom('invoices')
      .select(({ fn }) => ['flow_id', fn.countAll().as('rows'), fn.max('ordinal').as('last')])
      .groupBy('flow_id'),
  )
  const numbers = await journal.read(
    db
      .selectFrom('invoice_numbers')
      .select(({ fn }) => ['flow_id', fn.countAll().as('rows')])
      .groupBy('flow_id'),
  )
  const byName = Map.groupBy(flows, (flow) => flow.file_name)
  const reportsOf = Map.groupBy(reports, (report) => report.flow_id)
  const invoicesOf = new Map(invoices.map((row) => [row.flow_id, row]))
  const numbersOf = new Map(numbers.map((row) => [row.flow_id, Number(row.rows)]))
  const wrongPayloads: string[] = []
  for (const content of [...flows, ...reports]) {
    if (!(await isWhole(ground.payloads, content))) wrongPayloads.push(content.file_name)
  }
  return {
    flows: flows.length,
    invoices: flows.reduce((sum, flow) => sum + flow.integrated, 0),
    lost: [...acknowledged].filter((name) => {
      const [flow] = byName.get(name) ?? []
      return flow === undefined || flow.sha256 !== sent.get(name)?.sha256
    }),
    twice: [...byName].flatMap(([name, same]) => (same.length > 1 ? [name] : [])),
    unknown: [...byName.keys()].filter((name) => !sent.has(name)),
    unfinished: flows.flatMap((flow) => (flow.finished_at === null ? [flow.file_name] : [])),
    wrongVerdicts: flows.flatMap((flow) => {
      const expected = sent.get(flow.file_name)
      const is = [flow.state, flow.total, flow.integrated].join()
      const wanted = [expected?.state, expected?.total, expected?.integrated].join()
      return is === wanted ? [] : [`${flow.file_name}: ${is} in place of ${wanted}`]
    }),
    wrongInvoices: flows.flatMap((flow) => {
      const rows = invoicesOf.get(flow.id)
      const is = [Number(rows?.rows ?? 0), rows?.last ?? 0, numbersOf.get(flow.id) ?? 0]
      const wanted = [flow.total, flow.total, flow.integrated]
      return is.join() === wanted.join() ? [] : [`${flow.file_name}: ${is.join()}`]
    }),
    wrongReports: flows.flatMap((flow) => {
      const count = reportsOf.get(flow.id)?.length ?? 0
      return count === 1 ? [] : [`${flow.file_name}: ${count}`]
    }),
    wrongPayloads,
    leftovers: await findLeftovers(ground),
  }
}

/** What is there that nobody will ask for. */
export async function findLeftovers(ground: JudgedGround): Promise<Leftovers> {
  const { journal, payloads, dataFolders } = ground
  const { db } = journal
  const count = async (
    table: 'staged_parts' | 'chunks' | 'landed_payloads' | 'jobs',
  ): Promise<number> => {
    const all = db.selectFrom(table).select(({ fn }) => fn.countAll().as('rows'))
    return Number((await journal.read(all))[0]?.rows)
  }
  const open = db.selectFrom('sessions').select('id').where('ended_at', 'is', null)
  // Before the list, which moves what has landed.
  const landed = await count('landed_payloads')
  const named = new Set<string | null>()
  for (const table of ['flows', 'return_flows', 'chunks'] as const) {
    for (const row of await journal.read(db.selectFrom(table).select('sha256'))) {
      named.add(row.sha256)
    }
  }
  const transcripts = db.selectFrom('sessions').select('transcript_sha256')
  for (const row of await journal.read(transcripts)) named.add(row.transcript_sha256)
  let unnamedPayloads = 0
  for await (const { sha256 } of payloads.list()) unnamedPayloads += named.has(sha256) ? 0 : 1
  const staged = await Promise.all(
    dataFolders.map((folder) => readdir(join(folder, 'staging')).catch(() => [])),
  )
  return {
    stagedRows: await count('staged_parts'),
    stagedFiles: staged.flat().length,
    chunks: await count('chunks'),
    landed,
    jobs: await count('jobs'),
    openSessions: (await journal.read(open)).length,
    unnamedPayloads,
  }
}

async function isWhole(
  payloads: LandedPayloads,
  content: { readonly sha256: string; readonly bytes: number },
): Promise<boolean> {
  const hash = createHash('sha256')
  try {
    for await (const piece of payloads.read(content)) hash.update(piece as Buffer)
  } catch {
    return false
  }
  return hash.digest('hex') === content.sha256
}
