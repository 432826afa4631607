import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openDataFolder } from './data-folder.ts'

let place: string
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'raccord-data-'))
})
afterEach(() => rm(place, { recursive: true, maxRetries: 10 }))

test('a data folder is made with what leads to it, for its owner alone', async () => {
  const folder = join(place, 'a', 'b')
  await openDataFolder(folder)
  await openDataFolder(folder)
  expect((await stat(folder)).mode & 0o777).toBe(0o700)
})

test('a file in its place, and a place where none can be made, are said as such', async () => {
  const file = join(place, 'file')
  await writeFile(file, '')
  for (const folder of [file, join(file, 'below'), '/proc/raccord', '/dev/null/raccord/data']) {
    await expect(openDataFolder(folder)).rejects.toMatchObject({ code: 'DATA_FOLDER_UNUSABLE' })
  }
})
