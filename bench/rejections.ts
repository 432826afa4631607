import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sql } from 'kysely'
import { Client } from 'pg'
import { loadConfig } from '../config/load.ts'
import type { Journal } from '../gateway/journal/journal.ts'
import { openJournal } from '../gateway/journal/open-journal.ts'
import { DATABASE_FILE } from '../gateway/journal/sqlite/thread-messages.ts'
import { createLogger } from '../gateway/logger.ts'
import { startGateway, type Gateway } from '../gateway/main.ts'
import { insertConnection } from '../test/support/connection-rows.ts'
import type { Suite } from './bench-context.ts'
import { JOURNAL_ENGINES } from './journal-engines.ts'
import { quantile, type Measurement } from './measurement.ts'
import { scratchFolder } from './scratch.ts'

const FLOWS = 20_000
const INVOICES_PER_FLOW = 50
const INVOICES = FLOWS * INVOICES_PER_FLOW
/** Flows written by one statement. */
const PIECE = 1_000
const PARTNERS = 20
const DAY = 86_400_000
/** The week that is asked about, and the one before, which every answer compares it with. */
const DAYS = 14
const TURNS = 30
const QUICK_TURNS = 10
const GOAL_MILLISECONDS = 200

/** What is asked, as the console and the CLI do; `AFTER` is a place in the middle of the week. */
const QUESTIONS = {
  'by code': '/rejections?by=code',
  'by rule': '/rejections?by=rule',
  'by partner': '/rejections?by=partner',
  'by interface code': '/rejections?by=interface',
  'trend by day': '/rejections?by=day',
  'trend by hour': '/rejections?by=hour',
  'of one partner by rule': '/rejections?by=rule&connection=cnx_bench3',
  'invoices behind a rule, first page': '/rejections/invoices?rule=BR-13&limit=100',
  'invoices behind a rule, a page in the middle':
    '/rejections/invoices?rule=BR-13&limit=100&after=AFTER',
  'invoices behind a code, first page': '/rejections/invoices?code=F03&limit=100',
} as const

/** A million rejected invoices in the journal: what each list of the API takes. */
export const measureRejections: Suite = async (bench) => {
  const measurements: Measurement[] = []
  for (const engine of JOURNAL_ENGINES) {
    const scratch = scratchFolder()
    const place = await engine.prepare()
    let gateway: Gateway | undefined
    try {
      const startedAt = performance.now()
      await fill(place.url, scratch.path)
      await place.settle()
      const seconds = Math.round((performance.now() - startedAt) / 1_000)
      bench.tell(`rejections: ${INVOICES} invoices filled in on ${engine.name} in ${seconds} s`)
      gateway = await start(place.url, scratch.path)
      for (const [name, path] of Object.entries(QUESTIONS)) {
        const turns = bench.isQuick ? QUICK_TURNS : TURNS
        const times = await answerTimes(gateway, path, turns)
        measurements.push({
          id: `rejections.${engine.name}.${name.replaceAll(/[ ,]+/g, '-')}`,
          title: `${engine.name}, a million rejected invoices, ${name}, p95`,
          unit: 'ms',
          ours: [quantile(times, 0.95)],
          target: { valueAtMost: GOAL_MILLISECONDS },
          note: `median ${quantile(times, 0.5).toFixed(0)} ms of ${turns}`,
        })
      }
    } finally {
      await gateway?.stop()
      await place.remove()
      scratch.remove()
    }
  }
  return measurements
}

function start(url: string, data: string): Promise<Gateway> {
  return startGateway(
    loadConfig({
      environment: {},
      overrides: {
        data,
        roles: ['api'],
        journal: { url },
        api: { port: 0 },
        log: { level: 'error' },
      },
    }),
  )
}

async function answerTimes(gateway: Gateway, path: string, turns: number): Promise<number[]> {
  const headers = { Authorization: `Bearer ${gateway.run.token}` }
  const after = `${flowId(FLOWS * 0.75)}.25`
  const url = `${gateway.run.url}/api/v1${path.replace('AFTER', after)}`
  const times: number[] = []
  for (let turn = 0; turn <= turns; turn += 1) {
    const startedAt = performance.now()
    const answer = await fetch(url, { headers })
    const body = (await answer.json()) as { readonly items?: readonly unknown[] }
    // The first one finds nothing prepared.
    if (turn > 0) times.push(performance.now() - startedAt)
    if (!answer.ok || (body.items?.length ?? 0) === 0) {
      throw new Error(`${path}: ${answer.status} ${JSON.stringify(body)}`)
    }
  }
  return times
}

const flowId = (number: number): string => `flw_${10_000_000 + number}`

async function fill(url: string, folder: string): Promise<void> {
  const journal = await openJournal({ url, dataFolder: folder, log: createLogger('error') })
  let pieces: readonly (readonly string[])[]
  try {
    for (let partner = 0; partner < PARTNERS; partner += 1) {
      await insertConnection(journal, `cnx_bench${partner}`, {
        application_code: `BEN${100 + partner}`,
      })
    }
    const start = Date.now() - DAYS * DAY
    pieces = Array.from({ length: FLOWS / PIECE }, (_, index) =>
      pieceOf(journal, index * PIECE, start),
    )
  } finally {
    await journal.close()
  }
  // Beside the journal, whose writes are bounded.
  if (url === 'sqlite:') {
    const database = new DatabaseSync(join(folder, DATABASE_FILE))
    for (const statements of pieces) database.exec(`begin;${statements.join(';')};commit`)
    database.close()
    return
  }
  const client = new Client({ connectionString: url })
  await client.connect()
  for (const statements of pieces) await client.query(statements.join(';'))
  await client.end()
}

/** Statements that write some flows; each flow has four rules, each on a fourth of its invoices. */
function pieceOf(journal: Journal, first: number, start: number): readonly string[] {
  const numbers = (name: string, from: number, to: number) =>
    sql`${sql.ref(name)}(${sql.ref('n')}) as (select ${sql.lit(from)} union all
      select n + 1 from ${sql.ref(name)} where n < ${sql.lit(to)})`
  const flows = numbers('flow', first, first + PIECE - 1)
  const step = Math.floor((DAYS * DAY) / FLOWS)
  const id = sql`'flw_' || cast(10000000 + flow.n as text)`
  const at = sql`cast(${sql.lit(start)} + flow.n * ${sql.lit(step)} as bigint)`
  const partner = sql`'cnx_bench' || cast(flow.n % ${sql.lit(PARTNERS)} as text)`
  const interfaceCode = sql`case flow.n % 3 when 0 then 'FSO1110A' when 1 then 'FSO1116A' else 'FSO1117A' end`
  const rule = (which: string) =>
    sql`'BR-' || cast(10 + (flow.n % 5) * 4 + ${sql.ref(which)} as text)`
  const code = (which: string) =>
    sql`'F0' || cast(1 + ((flow.n % 5) * 4 + ${sql.ref(which)}) % 9 as text)`
  const statements = [
    sql`insert into flows (id, connection_id, protocol, session_id, interface_code, application_code,
        flow_identifier, file_name, sha256, bytes, mode, state, stage, received_at, finished_at,
        updated_at, total, integrated, refused, findings_json, evidence_json, attempts, life_cycle)
      with recursive ${flows}
      select ${id}, ${partner}, 'sftp', 'ses_bench', ${interfaceCode}, 'BEN100',
        'BEN100111000000' || cast(10000000 + flow.n as text),
        'FSO1110A_BEN100_' || cast(10000000 + flow.n as text) || '.tar.gz', 'none', 100000,
        'PARTIAL', 'IN_REJETE', 'done', ${at}, ${at}, ${at}, 50, 0, 50, '[]', '{}', 0, 'DONE'
      from flow`,
    sql`insert into invoices (flow_id, ordinal, file_name, number, issue_date, type_code,
        supplier_type, supplier_id, supplier_name, recipient_id, recipient_name, currency,
        amount_due, is_correct, findings_json)
      with recursive ${flows}, ${numbers('part', 1, INVOICES_PER_FLOW)}
      select ${id}, part.n, cast(part.n as text) || '.xml', 'F-' || cast(part.n as text),
        '2026-11-22', '380', '1', '00000000005719', 'Supplier', '00000000005734', 'Recipient',
        'EUR', '120.00', 0,
        '[{"rule":"BR-' || cast(10 + (flow.n % 5) * 4 + part.n % 4 as text)
          || '","severity":"fatal","nature":"ERR_FCT","code":"F0'
          || cast(1 + ((flow.n % 5) * 4 + part.n % 4) % 9 as text)
          || '","part":' || cast(part.n as text)
          || ',"path":"/ubl:Invoice/cac:LegalMonetaryTotal/cbc:PayableAmount","line":120,'
          || '"terms":["BT-115"],"message":{"en":"An Invoice shall have what this rule asks for.",'
          || '"fr":"Une facture doit avoir ce que demande cette règle."},"remedy":{"en":"Give it.",'
          || '"fr":"Indiquez-le."},"platformText":"regle"}]'
      from flow cross join part`,
    sql`insert into flow_rejections (flow_id, dimension, value, code, connection_id,
        interface_code, at, invoices, lost)
      with recursive ${flows}, ${numbers('part', 0, 3)}
      select ${id}, 'flow', '', '', ${partner}, ${interfaceCode}, ${at}, 50, 0 from flow
      union all
      select ${id}, 'rule', ${rule('part.n')}, ${code('part.n')}, ${partner}, ${interfaceCode},
        ${at}, case when part.n in (1, 2) then 13 else 12 end, 0 from flow cross join part
      union all
      select ${id}, 'code', ${code('part.n')}, ${code('part.n')}, ${partner}, ${interfaceCode},
        ${at}, case when part.n in (1, 2) then 13 else 12 end, 0 from flow cross join part`,
  ]
  return statements.map((statement) => statement.compile(journal.db).sql)
}
