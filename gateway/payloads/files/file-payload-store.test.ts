import { createHash } from 'node:crypto'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openFilePayloadStore } from './file-payload-store.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'raccord-store-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

test('what a removal had put aside when its process was killed is back at the next start', async () => {
  const bytes = Buffer.from('taken in at that moment')
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  await (await openFilePayloadStore({ folder })).close()
  await writeFile(join(folder, 'tmp', `${sha256}.gone_1`), bytes)
  await writeFile(join(folder, 'tmp', 'put_1'), 'half of something')

  // Another process may be about to finish, in a folder that is shared.
  const shared = await openFilePayloadStore({ folder, isShared: true })
  expect(await shared.has(sha256)).toBe(false)
  await shared.close()
  const store = await openFilePayloadStore({ folder })
  expect(await buffer(store.read({ sha256, bytes: bytes.length }))).toEqual(bytes)
  expect(await readdir(join(folder, 'tmp'))).toEqual([])
  await store.close()
})

test('a copy that came meanwhile stays in its place', async () => {
  const store = await openFilePayloadStore({ folder })
  const { sha256, bytes } = await store.put(Readable.from([Buffer.from('newer')]))
  await store.close()
  await writeFile(join(folder, 'tmp', `${sha256}.gone_1`), 'older, and damaged')
  const again = await openFilePayloadStore({ folder })
  expect((await buffer(again.read({ sha256, bytes }))).toString()).toBe('newer')
  expect(await readdir(join(folder, 'tmp'))).toEqual([])
  await again.close()
})
