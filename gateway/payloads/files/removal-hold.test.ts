import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { PayloadStore } from '../payloads.ts'
import { openFilePayloadStore } from './file-payload-store.ts'
import { holdRemovals } from './removal-hold.ts'

let folder: string
let store: PayloadStore
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'raccord-hold-'))
  store = await openFilePayloadStore({ folder })
})
afterEach(async () => {
  await store.close()
  await rm(folder, { recursive: true, force: true })
})

test('while a backup holds a store nothing is removed from it, in any way', async () => {
  const { sha256 } = await store.put(Readable.from([Buffer.from('one')]))
  const hold = await holdRemovals(folder)
  await store.remove(sha256)
  expect(await store.removeStoredBefore(sha256, Date.now() + 60_000)).toBe(false)
  expect(await store.has(sha256)).toBe(true)
  await hold.release()
  await store.remove(sha256)
  expect(await store.has(sha256)).toBe(false)
})

test('a hold of a backup that died ends by itself', async () => {
  const { sha256 } = await store.put(Readable.from([Buffer.from('one')]))
  const hold = await holdRemovals(folder)
  const anHourAgo = new Date(Date.now() - 3_600_000)
  for (const name of await readdir(join(folder, 'holds'))) {
    await utimes(join(folder, 'holds', name), anHourAgo, anHourAgo)
  }
  await store.remove(sha256)
  expect(await store.has(sha256)).toBe(false)
  await hold.release()
})

test('the first of two backups to end does not end the hold of the other', async () => {
  const { sha256 } = await store.put(Readable.from([Buffer.from('one')]))
  const [first, second] = [await holdRemovals(folder), await holdRemovals(folder)]
  await first.release()
  await store.remove(sha256)
  expect(await store.has(sha256)).toBe(true)
  await second.release()
  await store.remove(sha256)
  expect(await store.has(sha256)).toBe(false)
})
