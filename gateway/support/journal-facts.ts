import type { JournalView } from '../doctor/journal-view.ts'

const MOST_ROWS = 200

/**
 * Questions about a journal whose answers are counts, codes, states and times: no column that holds
 * what a person or a partner wrote is among them.
 */
const QUESTIONS = {
  migrations: 'select name, timestamp from kysely_migration order by name',
  flowsByState: 'select state, stage, count(*) as count from flows group by state, stage',
  undecided:
    'select count(*) as count, min(received_at) as oldest from flows where finished_at is null',
  jobs: 'select kind, state, count(*) as count, max(attempts) as attempts from jobs group by kind, state',
  returnsByState: 'select kind, state, count(*) as count from return_flows group by kind, state',
  connectionsByState:
    'select protocol, state, environment, count(*) as count from connections group by protocol, state, environment',
  faultsActive: 'select count(*) as count from faults',
  uploadsWaiting: 'select count(*) as count, min(landed_at) as oldest from payload_uploads',
  landed: 'select count(*) as count from landed_payloads',
  mails: 'select count(*) as count from mails',
  processes: 'select id, roles, version, started_at, seen_at from processes',
  lastRefusals: `select at, protocol, code from refusals order by id desc limit ${MOST_ROWS}`,
  lastEvents: `select at, flow_id, stage, outcome, milliseconds from flow_events order by id desc limit ${MOST_ROWS}`,
  lastFailedDeliveries: `select at, attempt, return_flow_id, ended_at from deliveries where outcome = 'failed' order by at desc limit ${MOST_ROWS}`,
  incidents: `select id, protocol, interface_code, state, stage, attempts, received_at, updated_at from flows where attempts > 0 order by updated_at desc limit ${MOST_ROWS}`,
} as const

const OF_SQLITE = {
  tables: `select name from sqlite_schema where type = 'table' and name not like 'sqlite_%' order by name`,
  // Of the pages of each table and index; not every SQLite is built with it.
  sizes: 'select name, sum(pgsize) as bytes from dbstat group by name order by bytes desc',
}
const OF_POSTGRES = {
  tables: `select table_name as name from information_schema.tables where table_schema = current_schema() order by table_name`,
  sizes: `select relname as name, pg_total_relation_size(oid) as bytes from pg_class
    where relkind = 'r' and relnamespace = current_schema()::regnamespace order by bytes desc`,
}

/** Everything that can be asked; what a question fails with stands in the place of its answer. */
export async function journalFacts(view: JournalView): Promise<Readonly<Record<string, unknown>>> {
  const ofEngine = view.engine === 'sqlite' ? OF_SQLITE : OF_POSTGRES
  const ask = (statement: string): Promise<unknown> =>
    view.read(statement).catch((error: unknown) => ({ error: String(error) }))
  const facts: Record<string, unknown> = { engine: view.engine, sizes: await ask(ofEngine.sizes) }
  const tables = await view.read(ofEngine.tables).catch(() => [])
  const counts: Record<string, unknown> = {}
  for (const { name } of tables) {
    const [row] = await view.read(`select count(*) as count from "${name}"`).catch(() => [])
    counts[String(name)] = row?.['count']
  }
  facts['counts'] = counts
  for (const [name, statement] of Object.entries(QUESTIONS)) facts[name] = await ask(statement)
  return facts
}
