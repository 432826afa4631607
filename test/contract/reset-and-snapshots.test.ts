import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { describe, expect, onTestFinished, test } from 'vitest'
import { loadConfig } from '../../config/load.ts'
import { CLEARED, reset } from '../../gateway/backup/reset.ts'
import {
  listSnapshots,
  removeSnapshot,
  restoreSnapshot,
  saveSnapshot,
} from '../../gateway/backup/snapshots.ts'
import { requireWhole } from '../../gateway/backup/unfinished-work.ts'
import { requireEnvironment } from '../../gateway/environment-fact.ts'
import { createLogger } from '../../gateway/logger.ts'
import { holdRemovals } from '../../gateway/payloads/files/removal-hold.ts'
import { openPayloads } from '../../gateway/payloads/open-payloads.ts'
import { JOURNAL_COLUMNS } from './journal-columns.ts'
import { JOURNAL_ADAPTERS, type JournalPlace } from '../support/journal-adapters.ts'
import { flowRow, invoiceRow } from '../support/journal-rows.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** Many tables are made and read: on a busy machine that takes its time. */
const BUSY = { timeout: 900_000 }

const log = createLogger('silent')

const configOf = ({ url, dataFolder }: JournalPlace, environment = 'qualification') =>
  loadConfig({
    environment: {},
    overrides: { data: dataFolder, journal: { url }, environment },
  })

/** What a reset leaves: who there is, what was agreed, what must not be given twice, what was done. */
const STAYS: readonly string[] = [
  'connections',
  'connection_certificates',
  'connection_codes',
  'structures',
  'users',
  'attachments',
  'areas',
  'subscriptions',
  'user_sessions',
  'api_tokens',
  'audit',
  'processes',
  'directory_structures',
  'directory_removals',
  'counters',
  'facts',
]

test('a reset takes or leaves each table of the journal, none is forgotten', () => {
  const cleared: readonly string[] = CLEARED.map(([table]) => table)
  expect([...cleared, ...STAYS].toSorted()).toEqual(Object.keys(JOURNAL_COLUMNS).toSorted())
  const columns: Readonly<Record<string, object>> = JOURNAL_COLUMNS
  for (const [table, key] of CLEARED) expect(columns[table]).toHaveProperty(key)
})

describe.each(JOURNAL_ADAPTERS)('the state of a data folder on $name', (adapter) => {
  /** Opens, does, closes: the gateway runs no more. */
  async function takeFlows(place: JournalPlace, ...numbers: readonly number[]): Promise<void> {
    const journal = await place.open()
    const payloads = await openPayloads({ url: 'file:', dataFolder: place.dataFolder })
    const { db } = journal
    for (const number of numbers) {
      const content = await payloads.put(Readable.from([randomBytes(100)]))
      const row = flowRow(number, { ...content })
      await journal.write([
        { query: db.insertInto('flows').values(row) },
        { query: db.insertInto('invoices').values(invoiceRow(row.id, 1, [])) },
        {
          query: db
            .insertInto('invoice_numbers')
            .values({ key: `k${number}`, flow_id: row.id, ordinal: 1 }),
        },
      ])
    }
    await payloads.close()
    await journal.close()
  }

  async function countsOf(place: JournalPlace) {
    const journal = await place.open()
    const { db } = journal
    const [flows, numbers, structures, counters] = await Promise.all([
      journal.read(db.selectFrom('flows').select('id')),
      journal.read(db.selectFrom('invoice_numbers').select('key')),
      journal.read(db.selectFrom('structures').select('siret')),
      journal.read(db.selectFrom('counters').select('value').where('name', '=', 'CPP001 CSO1110A')),
    ])
    await journal.close()
    const payloads = await openPayloads({ url: 'file:', dataFolder: place.dataFolder })
    onTestFinished(() => payloads.close())
    let contents = 0
    for await (const _ of payloads.list()) contents += 1
    return {
      flows: flows.length,
      numbers: numbers.length,
      structures: structures.length,
      counters: counters.length,
      contents,
    }
  }

  test('is saved under a name, and come back to with its contents', BUSY, async () => {
    const place = await adapter.prepare()
    const config = configOf(place)
    await takeFlows(place, 1, 2)
    await saveSnapshot(config, 'clean', false)
    await expect(saveSnapshot(config, 'clean', false)).rejects.toMatchObject({
      code: 'BACKUP_PLACE_TAKEN',
    })
    await takeFlows(place, 3)
    expect(await countsOf(place)).toMatchObject({ flows: 3, contents: 3 })
    await restoreSnapshot(config, 'clean')
    expect(await countsOf(place)).toMatchObject({ flows: 2, numbers: 2, contents: 2 })
    // As often as a suite wants.
    await takeFlows(place, 3)
    await restoreSnapshot(config, 'clean')
    expect(await countsOf(place)).toMatchObject({ flows: 2, contents: 2 })
    expect(await listSnapshots(config)).toMatchObject([{ name: 'clean', contents: 2 }])
    await saveSnapshot(config, 'clean', true)
    await removeSnapshot(config, 'clean')
    expect(await readdir(join(config.data, 'snapshots'))).toEqual([])
  })

  test('comes back to its snapshot, and what others keep in the folder stays', BUSY, async () => {
    const place = await adapter.prepare()
    const config = configOf(place)
    await takeFlows(place, 1)
    const mine = join(config.data, 'raccord.yaml')
    await writeFile(mine, 'log: {}')
    await saveSnapshot(config, 'clean', false)
    await writeFile(mine, 'log: { level: warn }')
    await mkdir(join(config.data, 'staging'), { recursive: true })
    await writeFile(join(config.data, 'staging', 'part'), 'half')
    await restoreSnapshot(config, 'clean')
    expect(await readFile(mine, 'utf8')).toBe('log: { level: warn }')
    const names = await readdir(config.data)
    expect(names).not.toContain('staging')
    expect(names.filter((name) => name.startsWith('replaced-'))).toEqual([])
  })

  test('keeps the snapshot that a save was to replace when the save fails', BUSY, async () => {
    const place = await adapter.prepare()
    const config = configOf(place)
    await takeFlows(place, 1)
    await saveSnapshot(config, 'clean', false)
    await rename(join(config.data, 'payloads'), join(config.data, 'away'))
    await expect(saveSnapshot(config, 'clean', true)).rejects.toMatchObject({
      code: 'BACKUP_UNFIT',
    })
    await rename(join(config.data, 'away'), join(config.data, 'payloads'))
    expect(await listSnapshots(config)).toMatchObject([{ name: 'clean', contents: 1 }])
    expect(await readdir(join(config.data, 'snapshots'))).toEqual(['clean'])
    await takeFlows(place, 2)
    await saveSnapshot(config, 'clean', true)
    expect(await listSnapshots(config)).toMatchObject([{ name: 'clean', contents: 2 }])
  })

  test(
    'is not reset with the contents of another gateway, nor beneath a backup, nor in part',
    BUSY,
    async () => {
      const place = await adapter.prepare()
      await takeFlows(place, 1)
      const other = join(await temporaryFolder(), 'other')
      const store = await openPayloads({ url: `file:${other}`, dataFolder: other })
      await store.giveName('pst_other')
      const { sha256 } = await store.put(Readable.from([randomBytes(10)]))
      const config = configOf(place)
      const crossed = { ...config, payloads: { ...config.payloads, url: `file:${other}` } }
      await expect(reset(crossed, log)).rejects.toMatchObject({ code: 'STORE_UNFIT' })
      expect(await store.has(sha256)).toBe(true)
      await store.close()
      // A folder in the place of a content: the reset fails when the journal is cleared.
      const inTheWay = join(config.data, 'payloads', 'aa', 'a'.repeat(64))
      await mkdir(inTheWay)
      const hold = await holdRemovals(join(config.data, 'payloads'))
      await expect(reset(config, log)).rejects.toMatchObject({ code: 'DATA_FOLDER_IN_USE' })
      await hold.release()
      await expect(reset(config, log)).rejects.toMatchObject({ code: 'ERR_FS_EISDIR' })
      await expect(requireWhole(config.data)).rejects.toMatchObject({
        code: 'DATA_FOLDER_UNUSABLE',
        message: expect.stringContaining('reset'),
      })
      await rmdir(inTheWay)
      expect(await reset(config, log)).toBe(0)
      await requireWhole(config.data)
      expect(await countsOf(place)).toMatchObject({ flows: 0, contents: 0 })
    },
  )

  test(
    'is reset to its data set: flows and numbers go, people and counters stay',
    BUSY,
    async () => {
      const place = await adapter.prepare()
      await takeFlows(place, 1, 2, 3)
      const journal = await place.open()
      const { db } = journal
      await journal.write([
        { query: db.insertInto('counters').values({ name: 'CPP001 CSO1110A', value: 7 }) },
        {
          query: db.insertInto('alert_silences').values({
            id: 'sil_1',
            rule: null,
            connection_id: null,
            until: 1,
            reason: 'a try',
            created_at: 1,
            created_by: 'a test',
          }),
        },
        {
          query: db.insertInto('structures').values({
            siret: '00000000005719',
            siren: '000000000',
            name: 'One',
            is_active: 1,
            created_at: 1,
            updated_at: 1,
          }),
        },
      ])
      await journal.close()
      expect(await reset(configOf(place), log)).toBe(3)
      expect(await countsOf(place)).toEqual({
        flows: 0,
        numbers: 0,
        structures: 1,
        counters: 1,
        contents: 0,
      })
      const after = await place.open()
      const silences = await after.read(after.db.selectFrom('alert_silences').select('id'))
      expect(silences).toEqual([])
      await after.close()
      await takeFlows(place, 1)
      const production = configOf(place, 'production')
      await expect(reset(production, log)).rejects.toMatchObject({ code: 'NOT_IN_PRODUCTION' })
      await expect(restoreSnapshot(production, 'x')).rejects.toMatchObject({
        code: 'NOT_IN_PRODUCTION',
      })
    },
  )

  test('of production is not reset nor taken back, whatever the settings say', BUSY, async () => {
    const place = await adapter.prepare()
    await takeFlows(place, 1)
    const journal = await place.open()
    await requireEnvironment(journal, 'production')
    await journal.close()
    const config = configOf(place)
    await expect(reset(config, log)).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
    await saveSnapshot(config, 'clean', false)
    await takeFlows(place, 2)
    await expect(restoreSnapshot(config, 'clean')).rejects.toMatchObject({
      code: 'BACKUP_UNFIT',
      message: expect.stringContaining('production'),
    })
    expect(await countsOf(place)).toMatchObject({ flows: 2, contents: 2 })
  })

  test('is not reset while a gateway works on it', async () => {
    const place = await adapter.prepare()
    const journal = await place.open()
    const { db } = journal
    const now = Date.now()
    const process = { holder: 'other', roles: 'api', version: '0', started_at: now, seen_at: now }
    await journal.write([{ query: db.insertInto('processes').values({ id: 'prc_1', ...process }) }])
    await expect(reset(configOf(place), log)).rejects.toMatchObject({ code: 'DATA_FOLDER_IN_USE' })
  })
})
