import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { readFlowDocuments } from '../../gateway/api/flow-documents.ts'
import { createVerifyFlow } from '../../gateway/delivery/verify-flow.ts'
import { MIGRATIONS } from '../../gateway/journal/migrations/migrate.ts'
import { keptFolders, unpackKeptFolder } from '../support/kept-folder.ts'
import { openPipelinePlace } from '../support/pipeline-place.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

test('there is a data folder of every schema that was in use', () => {
  expect(keptFolders()).toEqual([
    '0008-directory',
    '0010-delivery',
    '0012-hooks',
    '0014-flow-rejections',
    '0016-replays-and-removals',
    '0018-offer-terms',
    '0022-campaigns',
  ])
})

test.each(keptFolders())(
  'a data folder of step %s is opened and migrated, its flows are whole, and it takes a new one',
  async (step) => {
    const folder = await temporaryFolder()
    await unpackKeptFolder(step, folder)
    const before = new DatabaseSync(join(folder, 'journal.sqlite'), { readOnly: true })
    const [newest] = before.prepare('select max(name) as name from kysely_migration').all()
    const [counted] = before.prepare('select count(*) as flows from flows').all()
    before.close()
    expect(newest?.['name']).toBe(step)

    const place = await openPipelinePlace({ folder })
    try {
      const { journal, payloads } = place
      await place.pipeline.start()
      const steps = await journal.read({
        compile: () =>
          sql<{ name: string }>`select name from kysely_migration order by name`.compile(
            journal.db,
          ),
      })
      expect(steps.map(({ name }) => name)).toEqual(Object.keys(MIGRATIONS))
      const flows = await readFlowDocuments(journal, { limit: 100, maxFindings: 100 })
      expect(flows).toHaveLength(Number(counted?.['flows']))
      expect(flows.length).toBeGreaterThan(3)
      const verify = createVerifyFlow(journal, payloads)
      for (const { id, returns } of flows) {
        const checks = await verify(id)
        expect(checks.filter(({ ok }) => !ok)).toEqual([])
        expect(checks.length).toBeGreaterThan(returns.length)
      }
      const id = await place.deposit({ content: [{ number: 'NEW-1', supplier: '00000000005719' }] })
      expect(await place.finished(id)).toMatchObject({ state: 'IN_INTEGRE', integrated: 1 })
      const after = await readFlowDocuments(journal, { limit: 100, maxFindings: 0 })
      expect(after).toHaveLength(flows.length + 1)
    } finally {
      await place.close()
    }
  },
)

test('a file that is no journal is not taken for one of an older version', async () => {
  const folder = await temporaryFolder()
  await writeFile(join(folder, 'journal.sqlite'), await readFile(import.meta.filename))
  await expect(openPipelinePlace({ folder })).rejects.toMatchObject({ code: expect.any(String) })
})
