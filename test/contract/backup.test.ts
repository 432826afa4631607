import { hash, randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { sql } from 'kysely'
import { describe, expect, onTestFinished, test } from 'vitest'
import { loadConfig } from '../../config/load.ts'
import type { Config } from '../../config/schema.ts'
import { LAST_BACKUP } from '../../gateway/alerts/backup-alert.ts'
import { noteBackup } from '../../gateway/backup/backup-fact.ts'
import { backUp } from '../../gateway/backup/back-up.ts'
import { MANIFEST_FILE, readManifest } from '../../gateway/backup/backup-manifest.ts'
import { restorePostgres } from '../../gateway/backup/postgres-restore.ts'
import { withConnection } from '../../gateway/backup/postgres-tables.ts'
import { restore, type RestoreOrder } from '../../gateway/backup/restore.ts'
import { createVerifyFlow } from '../../gateway/delivery/verify-flow.ts'
import type { FlowId } from '../../gateway/flow.ts'
import { newId } from '../../gateway/ids.ts'
import type { Journal } from '../../gateway/journal/journal.ts'
import { lockFolder } from '../../gateway/journal/sqlite/folder-lock.ts'
import { startGateway } from '../../gateway/main.ts'
import { LandedPayloads } from '../../gateway/payloads/landed-payloads.ts'
import { openPayloads } from '../../gateway/payloads/open-payloads.ts'
import type { PayloadStore } from '../../gateway/payloads/payloads.ts'
import { JOURNAL_ADAPTERS, type JournalPlace } from '../support/journal-adapters.ts'
import { flowRow } from '../support/journal-rows.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** Many tables are made and read: on a busy machine that takes its time. */
const BUSY = { timeout: 900_000 }

function configOf(place: Pick<JournalPlace, 'url' | 'dataFolder'>): Config {
  const { url, dataFolder } = place
  const ports = { port: '0' }
  return loadConfig({
    environment: {},
    overrides: {
      data: dataFolder,
      journal: { url },
      sftp: ports,
      as2: { ...ports, httpsPort: '0' },
      pesit: ports,
      api: ports,
      log: { level: 'silent' },
    },
  })
}

const ORDER: Omit<RestoreOrder, 'config' | 'folder'> = {
  force: false,
  holdReturns: false,
  skipNumbers: 1_000,
}

/** Takes flows in, one after the other, each with its content, until it is told to stop. */
function pushFlows(journal: Journal, payloads: LandedPayloads) {
  const taken: FlowId[] = []
  const stopping = new AbortController()
  const push = async (): Promise<void> => {
    for (let number = 1; !stopping.signal.aborted; number += 1) {
      const bytes = randomBytes(200 + (number % 7) * 100)
      const row = { ...flowRow(number), id: newId('flw') }
      const { db } = journal
      if (number % 2 === 0) {
        const content = await payloads.put(Readable.from([bytes]))
        await journal.write([{ query: db.insertInto('flows').values({ ...row, ...content }) }])
      } else {
        const content = { sha256: sha256(bytes), bytes: bytes.length }
        await journal.write([
          { query: db.insertInto('flows').values({ ...row, ...content }) },
          payloads.land(bytes, content),
        ])
      }
      taken.push(row.id)
    }
  }
  const done = push()
  return {
    taken,
    async stop() {
      stopping.abort()
      await done
    },
  }
}

/** Contents that come and go, each with its row: what chunks do. */
function comeAndGo(journal: Journal, payloads: PayloadStore) {
  const stopping = new AbortController()
  const { db } = journal
  const turn = async (): Promise<void> => {
    for (let ordinal = 0; !stopping.signal.aborted; ordinal += 1) {
      const content = await payloads.put(Readable.from([randomBytes(500)]))
      const row = { flow_id: 'flw_chunks', ordinal, ...content } as const
      const rest = { state: 'READY', first_part: 1, parts: 1, refused: 0 } as const
      await journal.write([
        {
          query: db
            .insertInto('chunks')
            .values({ ...row, ...rest, structure_failed: 0, milliseconds: 0 }),
        },
      ])
      await journal.write([{ query: db.deleteFrom('chunks').where('ordinal', '=', ordinal) }])
      await payloads.remove(content.sha256)
    }
  }
  const done = turn()
  return {
    async stop() {
      stopping.abort()
      await done
    },
  }
}

const sha256 = (bytes: Uint8Array): string => hash('sha256', bytes)

describe.each(JOURNAL_ADAPTERS)('a backup on $name', (adapter) => {
  async function ground() {
    const place = await adapter.prepare()
    const config = configOf(place)
    const journal = await place.open()
    const store = await openPayloads({ url: 'file:', dataFolder: place.dataFolder })
    onTestFinished(() => store.close())
    return { place, config, journal, payloads: new LandedPayloads(store, journal) }
  }

  test(
    'made while flows come in is whole: each flow that it names has its content',
    BUSY,
    async () => {
      const { config, journal, payloads } = await ground()
      const pushing = pushFlows(journal, payloads)
      const passing = comeAndGo(journal, payloads)
      await expect.poll(() => pushing.taken.length, { timeout: 60_000 }).toBeGreaterThan(20)
      const before = [...pushing.taken]
      const folder = join(await temporaryFolder(), 'backup')
      const manifest = await backUp({ config, folder })
      await Promise.all([pushing.stop(), passing.stop()])
      expect(manifest.payloads).toMatchObject({ areCopied: true, damaged: [] })

      const target = await adapter.prepare()
      await restore({ ...ORDER, config: configOf(target), folder })
      const restored = await target.open()
      const store = await openPayloads({ url: 'file:', dataFolder: target.dataFolder })
      onTestFinished(() => store.close())
      const contents = new LandedPayloads(store, restored)
      const flows = await restored.read(restored.db.selectFrom('flows').select('id').orderBy('id'))
      expect(flows.map(({ id }) => id)).toEqual(expect.arrayContaining(before))
      const verify = createVerifyFlow(restored, contents)
      for (const { id } of flows) expect(await verify(id)).toMatchObject([{ ok: true }])
      const chunks = await restored.read(restored.db.selectFrom('chunks').selectAll())
      for (const chunk of chunks) expect(await contents.has(chunk.sha256)).toBe(true)
      // What came later is not in it, and what follows in the events is told apart.
      const newest = await restored.write([
        {
          query: restored.db.insertInto('flow_events').values({
            flow_id: flows[0]!.id,
            at: 1,
            stage: 'intake',
            outcome: 'taken',
            milliseconds: 0,
            detail_json: '{}',
          }),
        },
      ])
      expect(newest.committed).toBe(true)
    },
  )

  test('restored knows no processes, gives no number twice, holds what was due when asked', async () => {
    const { config, journal } = await ground()
    const { db } = journal
    await journal.write([
      { query: db.insertInto('counters').values({ name: 'CPP001 FEN1200A', value: 7 }) },
      {
        query: db.insertInto('return_flows').values({
          id: 'ret_due',
          connection_id: 'cnx_partner',
          flow_id: null,
          kind: 'report',
          interface_code: 'CSO1110A',
          file_name: 'a.xml',
          sha256: '0'.repeat(64),
          bytes: 1,
          created_at: 1,
          available_until: 1,
          state: 'OFFERED',
          delivered_at: null,
          attempts: 0,
          next_attempt_at: null,
        }),
      },
      {
        query: db.insertInto('processes').values({
          id: 'prc_dead',
          holder: 'other',
          roles: 'api',
          version: '0',
          started_at: 1,
          seen_at: 1,
        }),
      },
    ])
    const folder = join(await temporaryFolder(), 'backup')
    await backUp({ config, folder })
    const target = await adapter.prepare()
    await restore({ ...ORDER, config: configOf(target), folder, holdReturns: true })
    const restored = await target.open()
    const counters = restored.db.selectFrom('counters').select('value')
    const read = await restored.read(counters.where('name', '=', 'CPP001 FEN1200A'))
    expect(read).toEqual([{ value: 1_007 }])
    const due = restored.db.selectFrom('return_flows').select('state')
    expect(await restored.read(due)).toEqual([{ state: 'HELD' }])
    const processes = restored.db.selectFrom('processes').selectAll()
    expect(await restored.read(processes)).toEqual([])
  })

  test('is noted in the journal that is in use, the last one alone', BUSY, async () => {
    const { config, journal } = await ground()
    await noteBackup(config, 1_000)
    await noteBackup(config, 2_000)
    const facts = journal.db.selectFrom('facts').select('value').where('name', '=', LAST_BACKUP)
    expect(await journal.read(facts)).toEqual([{ value: '2000' }])
  })

  test('is refused where it does not fit, before anything is touched', BUSY, async () => {
    const { config, journal } = await ground()
    const step = sql`insert into kysely_migration (name, timestamp) values ('9999-later', 'now')`
    const folder = join(await temporaryFolder(), 'backup')
    await backUp({ config, folder })
    const target = await adapter.prepare()
    const order = { ...ORDER, config: configOf(target), folder }
    await writeFile(join(target.dataFolder, 'precious'), 'mine')
    await expect(restore(order)).rejects.toMatchObject({ code: 'BACKUP_PLACE_TAKEN' })
    const path = join(folder, 'settings', 'in-force.json')
    const settings = await readFile(path)
    await writeFile(path, settings.with(0, 0x20))
    await expect(restore({ ...order, force: true })).rejects.toMatchObject({
      code: 'BACKUP_DAMAGED',
      message: expect.stringContaining('settings/in-force.json'),
    })
    await writeFile(path, settings)
    await journal.write([{ query: { compile: () => step.compile(journal.db) } }])
    const newer = join(await temporaryFolder(), 'newer')
    await backUp({ config, folder: newer })
    await expect(restore({ ...order, folder: newer })).rejects.toMatchObject({
      code: 'BACKUP_UNFIT',
      message: expect.stringContaining('newer version'),
    })
    expect(await readFile(join(target.dataFolder, 'precious'), 'utf8')).toBe('mine')

    const { putAside } = await restore({ ...order, force: true })
    expect(await readFile(join(putAside!, 'precious'), 'utf8')).toBe('mine')
    await target.open()
  })
})

describe.runIf(JOURNAL_ADAPTERS.length > 1)('a backup on postgres alone', () => {
  const postgres = JOURNAL_ADAPTERS.at(-1)!

  async function backedUp() {
    const place = await postgres.prepare()
    const journal = await place.open()
    const store = await openPayloads({ url: 'file:', dataFolder: place.dataFolder })
    await store.close()
    const { db } = journal
    const name = 'FSO1110A \u2028 from\u2029 a partner.xml'
    const row = { ...flowRow(1), file_name: name }
    await journal.write([{ query: db.insertInto('flows').values(row) }])
    const folder = join(await temporaryFolder(), 'backup')
    return { place, journal, folder, row, config: configOf(place) }
  }

  const query = (url: string, text: string) =>
    withConnection(url, async ({ client }) => (await client.query<{ id: string }>(text)).rows)

  test(
    'leaves tables of others alone, whatever partners write comes back, and a failure undoes it all',
    BUSY,
    async () => {
      const { place, journal, folder, row, config } = await backedUp()
      const foreign = 'create table theirs (id text); insert into theirs values (1)'
      await query(place.url, foreign)
      const { journal: backup } = await backUp({ config, folder })
      expect(backup.tables).not.toHaveProperty('theirs')
      await journal.write([
        { query: journal.db.insertInto('flows').values(flowRow(2)) },
        { query: journal.db.deleteFrom('facts') },
      ])
      await journal.close()

      const target = configOf({ url: place.url, dataFolder: await temporaryFolder() })
      const repairs = ['select 1 / 0']
      const order = { steps: backup.steps, tables: backup.tables, force: true, repairs }
      await expect(
        restorePostgres(place.url, join(folder, 'journal'), order),
      ).rejects.toMatchObject({
        message: expect.stringContaining('division by zero'),
      })
      const ids = await query(place.url, 'select id from flows order by received_at')
      expect(ids.map(({ id }) => id)).toEqual([row.id, flowRow(2).id])

      await restore({ ...ORDER, config: target, folder, force: true })
      const restored = await place.open()
      const flows = restored.db.selectFrom('flows').select(['id', 'file_name'])
      expect(await restored.read(flows)).toEqual([{ id: row.id, file_name: row.file_name }])
      expect(await query(place.url, 'select id from theirs')).toEqual([{ id: '1' }])
    },
  )

  test('is not restored onto a database that gateways work on', BUSY, async () => {
    const { place, journal, folder, config } = await backedUp()
    await backUp({ config, folder })
    const row = { id: 'prc_1', holder: 'other', roles: 'api', version: '0', started_at: 1 } as const
    const { db } = journal
    const seen = { ...row, seen_at: Date.now() + 600_000 }
    await journal.write([{ query: db.insertInto('processes').values(seen) }])
    const target = configOf({ url: place.url, dataFolder: await temporaryFolder() })
    await writeFile(join(target.data, 'precious'), 'mine')
    const order = { ...ORDER, config: target, folder, force: true }
    await expect(restore(order)).rejects.toMatchObject({ code: 'DATA_FOLDER_IN_USE' })
    expect(await readFile(join(target.data, 'precious'), 'utf8')).toBe('mine')
    expect(await journal.read(db.selectFrom('flows').select('id'))).toHaveLength(1)
  })
})

describe('a backup of a data folder', () => {
  test('has keys that another program puts in their place as links', BUSY, async () => {
    const place = { url: 'sqlite:', dataFolder: await temporaryFolder() }
    const config = configOf(place)
    await (await startGateway(config)).stop()
    const [elsewhere, identity] = [await temporaryFolder(), join(config.data, 'identity')]
    const names = await readdir(identity)
    for (const name of names) {
      await rename(join(identity, name), join(elsewhere, name))
      await symlink(join(elsewhere, name), join(identity, name))
    }
    const folder = join(await temporaryFolder(), 'backup')
    await backUp({ config, folder })
    expect((await readdir(join(folder, 'identity'))).toSorted()).toEqual(names.toSorted())
  })

  test('restored in part is no gateway, until it is restored whole', BUSY, async () => {
    const config = configOf({ url: 'sqlite:', dataFolder: await temporaryFolder() })
    await (await startGateway(config)).stop()
    const folder = join(await temporaryFolder(), 'backup')
    await backUp({ config, folder })
    const target = configOf({ url: 'sqlite:', dataFolder: await temporaryFolder() })
    const order = { ...ORDER, config: target, folder }
    // No number: its last step fails.
    await expect(restore({ ...order, skipNumbers: Number.NaN })).rejects.toThrow('NaN')
    await expect(startGateway(target)).rejects.toMatchObject({ code: 'DATA_FOLDER_UNUSABLE' })
    await expect(restore(order)).rejects.toMatchObject({ code: 'BACKUP_PLACE_TAKEN' })
    await restore({ ...order, force: true })
    await (await startGateway(target)).stop()
  })

  test(
    'has keys and settings, for its owner alone; the gateway starts on what is restored',
    BUSY,
    async () => {
      const place = { url: 'sqlite:', dataFolder: await temporaryFolder() }
      const config = configOf(place)
      const gateway = await startGateway(config)
      const certificate = (await gateway.identity.ownAuthority()).rootPem
      const partner = join(config.data, 'partners', 'ACM001')
      await mkdir(partner, { recursive: true })
      await writeFile(join(partner, 'sequence'), '7')
      const folder = join(await temporaryFolder(), 'backup')
      const file = join(await temporaryFolder(), 'raccord.yaml')
      await writeFile(file, 'log: { level: silent }\n')
      try {
        await backUp({ config, configFile: file, folder })
        await expect(restore({ ...ORDER, config, folder, force: true })).rejects.toMatchObject({
          code: 'DATA_FOLDER_IN_USE',
        })
      } finally {
        await gateway.stop()
      }
      const names = (await readManifest(folder)).files.map(({ path }) => path)
      expect(names).toEqual(
        expect.arrayContaining([
          'journal/journal.sqlite',
          'partners/ACM001/sequence',
          'payloads/store-name',
          'settings/in-force.json',
          'settings/raccord.yaml',
        ]),
      )
      expect(names.filter((name) => name.startsWith('identity/')).length).toBeGreaterThan(3)
      for (const path of [...names, MANIFEST_FILE]) {
        expect((await stat(join(folder, path))).mode & 0o077, path).toBe(0)
      }
      const target = configOf({ url: 'sqlite:', dataFolder: await temporaryFolder() })
      await restore({ ...ORDER, config: target, folder })
      expect(await readFile(join(target.data, 'partners', 'ACM001', 'sequence'), 'utf8')).toBe('7')
      const again = await startGateway(target)
      const { rootPem } = await again.identity.ownAuthority()
      await again.stop()
      expect(rootPem).toBe(certificate)
    },
  )

  test.each(['journal', 'payloads'] as const)(
    'is not restored onto a %s folder elsewhere that is in use, however it is named',
    BUSY,
    async (part) => {
      const config = configOf({ url: 'sqlite:', dataFolder: await temporaryFolder() })
      await (await startGateway(config)).stop()
      const folder = join(await temporaryFolder(), 'backup')
      await backUp({ config, folder })
      const data = join(await temporaryFolder(), 'data')
      const target = configOf({ url: 'sqlite:', dataFolder: data })
      const inUse = `${data}-${part}`
      await mkdir(inUse)
      await writeFile(join(inUse, 'journal.sqlite'), 'precious')
      const elsewhere =
        part === 'journal'
          ? { journal: { ...target.journal, url: `sqlite:${inUse}` } }
          : { payloads: { ...target.payloads, url: `file:${inUse}` } }
      const order = { ...ORDER, config: { ...target, ...elsewhere }, folder, force: true }
      await expect(restore(order)).rejects.toMatchObject({ code: 'BACKUP_PLACE_TAKEN' })
      expect(await readFile(join(inUse, 'journal.sqlite'), 'utf8')).toBe('precious')
    },
  )

  test('where no gateway has ever run there is nothing to back up', async () => {
    const config = configOf({ url: 'sqlite:', dataFolder: await temporaryFolder() })
    const folder = join(await temporaryFolder(), 'backup')
    await expect(backUp({ config, folder })).rejects.toMatchObject({ code: 'BACKUP_UNFIT' })
  })

  test('that was cut short is none, and does not hold removals for ever', BUSY, async () => {
    const place = { url: 'sqlite:', dataFolder: await temporaryFolder() }
    const config = configOf(place)
    await (await startGateway(config)).stop()
    const folder = join(await temporaryFolder(), 'backup')
    await backUp({ config, folder })
    expect(await readdir(join(config.data, 'payloads', 'holds'))).toEqual([])
    await rm(join(folder, MANIFEST_FILE))
    const target = configOf({ url: 'sqlite:', dataFolder: await temporaryFolder() })
    await expect(restore({ ...ORDER, config: target, folder })).rejects.toMatchObject({
      code: 'BACKUP_UNFIT',
    })
    expect(await readdir(target.data)).toEqual([])
    await expect(backUp({ config, folder })).rejects.toMatchObject({ code: 'BACKUP_PLACE_TAKEN' })
    lockFolder(config.data).close()
  })
})
