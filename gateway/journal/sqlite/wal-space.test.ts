import { copyFile, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { reserveWalSpace } from './wal-space.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'raccord-wal-'))
})
afterEach(() => rm(folder, { recursive: true, maxRetries: 10 }))

test('what a crash leaves behind a reserved log opens with every commit', async () => {
  const file = join(folder, 'a.sqlite')
  const database = new DatabaseSync(file)
  database.exec('pragma journal_mode = wal; create table t (n integer)')
  reserveWalSpace(file)
  const { size } = await stat(`${file}-wal`)
  for (let n = 0; n < 10; n += 1) database.prepare('insert into t values (?)').run(n)
  expect((await stat(`${file}-wal`)).size).toBe(size)

  const crashed = join(folder, 'crashed.sqlite')
  await copyFile(file, crashed)
  await copyFile(`${file}-wal`, `${crashed}-wal`)
  database.close()
  const recovered = new DatabaseSync(crashed)
  expect(recovered.prepare('select count(*) as rows from t').get()).toEqual({ rows: 10 })
  expect(recovered.prepare('pragma integrity_check').get()).toEqual({ integrity_check: 'ok' })
  recovered.close()
})

test('a log reserved before its first frame is an empty log', async () => {
  const file = join(folder, 'b.sqlite')
  const database = new DatabaseSync(file)
  database.exec(
    'pragma journal_mode = wal; create table t (n integer); pragma wal_checkpoint(truncate)',
  )
  reserveWalSpace(file)
  const crashed = join(folder, 'crashed.sqlite')
  await copyFile(file, crashed)
  await copyFile(`${file}-wal`, `${crashed}-wal`)
  database.close()
  const recovered = new DatabaseSync(crashed)
  expect(recovered.prepare('select count(*) as rows from t').get()).toEqual({ rows: 0 })
  recovered.close()
})
