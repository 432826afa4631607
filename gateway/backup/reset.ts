import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'kysely'
import type { Config } from '../../config/schema.ts'
import { isMissing } from '../durable-files.ts'
import { requireEnvironment } from '../environment-fact.ts'
import { GatewayError } from '../errors.ts'
import type { JournalSchema } from '../journal/schema.ts'
import { openJournal } from '../journal/open-journal.ts'
import type { Logger } from '../logger.ts'
import { lockFolder } from '../journal/sqlite/folder-lock.ts'
import { ALIVE_MILLISECONDS } from '../process-lease.ts'
import { areRemovalsHeld } from '../payloads/files/removal-hold.ts'
import { STORE_NAME_FILE } from '../payloads/files/file-payload-store.ts'
import { requireNoOtherStore } from '../payloads/store-of-journal.ts'
import { backupParts, type BackupParts } from './backup-parts.ts'
import { beginWork, endWork } from './unfinished-work.ts'

/**
 * What partners and tests have brought about, by table, and the column that rows are gone through
 * by. Connections, people, structures, the directory, the audit, the identity and the numbers of
 * return flows stay.
 */
export const CLEARED: readonly (readonly [keyof JournalSchema, string])[] = [
  ['jobs', 'id'],
  ['flow_events', 'id'],
  ['flow_rejections', 'flow_id'],
  ['chunks', 'flow_id'],
  ['invoices', 'flow_id'],
  ['invoice_numbers', 'key'],
  ['invoice_statuses', 'flow_id'],
  ['invoice_plans', 'flow_id'],
  ['invoice_documents', 'flow_id'],
  ['return_items', 'flow_id'],
  ['deliveries', 'return_flow_id'],
  ['delivery_pauses', 'connection_id'],
  ['return_flows', 'id'],
  ['hook_calls', 'id'],
  ['hook_items', 'flow_id'],
  ['sessions', 'id'],
  ['refusals', 'id'],
  ['protocol_memory', 'key'],
  ['staged_parts', 'id'],
  ['mails', 'id'],
  ['as2_receipts', 'id'],
  ['landed_payloads', 'sha256'],
  ['payload_uploads', 'id'],
  ['faults', 'id'],
  ['fault_hits', 'id'],
  ['campaign_items', 'result_id'],
  ['campaign_results', 'id'],
  ['run_views', 'token_sha256'],
  ['qualification_attachments', 'id'],
  ['qualification_steps', 'run_id'],
  ['qualification_runs', 'id'],
  ['alert_calls', 'id'],
  ['alert_silences', 'id'],
  ['alerts', 'id'],
  ['flows', 'id'],
]
const ADDRESS = /^[0-9a-f]{64}$/

/**
 * Takes a gateway that does not run back to its data set: every flow and all that hangs on it goes,
 * and each number and name may come again. No gateway starts on one that was cut short; it is done again.
 * @returns how many flows went
 * @throws GatewayError NOT_IN_PRODUCTION, DATA_FOLDER_IN_USE; CONFIG_INVALID when the settings say
 *   another environment than the journal; STORE_UNFIT when `payloads.url` names the
 *   store of another gateway
 */
export async function reset(config: Config, log: Logger): Promise<number> {
  if (config.environment === 'production') {
    throw new GatewayError('NOT_IN_PRODUCTION', 'A gateway of production is not reset.')
  }
  const parts = backupParts(config)
  const lock = parts.engine === 'postgres' ? lockFolder(config.data) : undefined
  try {
    const { payloadFolder } = parts
    if (payloadFolder !== undefined && (await areRemovalsHeld(payloadFolder))) {
      throw new GatewayError(
        'DATA_FOLDER_IN_USE',
        'A backup is being made of it, or was cut short less than half an hour ago.',
      )
    }
    const flows = await clearJournal(config, parts, log)
    if (payloadFolder !== undefined) await clearPayloads(payloadFolder)
    await endWork(config.data, 'reset')
    return flows
  } finally {
    lock?.close()
  }
}

async function clearJournal(
  config: Config,
  { payloadFolder }: BackupParts,
  log: Logger,
): Promise<number> {
  const journal = await openJournal({ url: config.journal.url, dataFolder: config.data, log })
  try {
    const { db } = journal
    await requireEnvironment(journal, config.environment)
    const alive = await journal.read(
      db
        .selectFrom('processes')
        .select('holder')
        .where('seen_at', '>', Date.now() - ALIVE_MILLISECONDS),
    )
    if (alive.length > 0) {
      throw new GatewayError('DATA_FOLDER_IN_USE', 'Gateway processes work on this journal.')
    }
    if (payloadFolder !== undefined) {
      await requireNoOtherStore(journal, await storeName(payloadFolder))
    }
    await beginWork(config.data, 'reset')
    let flows = 0
    for (const [table, key] of CLEARED) {
      const gone = await clearTable(journal, table, key)
      if (table === 'flows') flows = gone
    }
    const facts = ['clock-offset', 'retention-last', 'uniqueness-epoch']
    await journal.write([{ query: db.deleteFrom('facts').where('name', 'in', facts) }])
    return flows
  } finally {
    await journal.close()
  }
}

/** In slices, each one message: keys that many rows share (invoices of a flow) go by their place. */
async function clearTable(
  journal: Awaited<ReturnType<typeof openJournal>>,
  table: keyof JournalSchema,
  key: string,
): Promise<number> {
  const place = journal.engine === 'sqlite' ? sql.ref('rowid') : sql.ref('ctid')
  const slice = sql`delete from ${sql.table(table)} where ${place} in
    (select ${place} from ${sql.table(table)} order by ${sql.ref(key)} limit ${ROWS_PER_WRITE})`
  let gone = 0
  for (;;) {
    const result = await journal.write([{ query: { compile: () => slice.compile(journal.db) } }])
    const changed = result.committed ? (result.results[0]?.changed ?? 0) : 0
    gone += changed
    if (changed < ROWS_PER_WRITE) return gone
  }
}
const ROWS_PER_WRITE = 1_000

async function storeName(folder: string): Promise<string | undefined> {
  try {
    return (await readFile(join(folder, STORE_NAME_FILE), 'utf8')).trim()
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

async function clearPayloads(folder: string): Promise<void> {
  for (const shard of await readdir(folder).catch(() => [])) {
    if (!/^[0-9a-f]{2}$/.test(shard)) continue
    for (const name of await readdir(join(folder, shard))) {
      if (ADDRESS.test(name)) await rm(join(folder, shard, name), { force: true })
    }
  }
}
