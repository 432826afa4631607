import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { closeFile, fileFault, openFile, readAt, writeAll } from './durable-files.ts'

test('any number of buffers is written whole, empty ones included', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'raccord-test-'))
  const path = join(folder, 'file')
  const buffers = Array.from({ length: 5_000 }, (_, index) => Buffer.alloc(index % 7, index % 251))
  const descriptor = await openFile(path, 'wx+', 0o600)
  await writeAll(descriptor, [Buffer.from('head')], 0)
  await writeAll(descriptor, buffers, 4)
  const expected = Buffer.concat([Buffer.from('head'), ...buffers])
  expect(await readAt(descriptor, 2, 1_000_000)).toEqual(expected.subarray(2))
  await closeFile(descriptor)
  expect(await readFile(path)).toEqual(expected)
  await rm(folder, { recursive: true, maxRetries: 10 })
})

// /dev/full answers every write as a disk without room does.
test.skipIf(!existsSync('/dev/full'))('a full disk is told from other failures', async () => {
  const descriptor = await openFile('/dev/full', 'w')
  const error: unknown = await writeAll(descriptor, [Buffer.alloc(10)], 0).catch((e: unknown) => e)
  await closeFile(descriptor)
  expect(fileFault(error, 'receiving')).toMatchObject({ code: 'STORE_FULL' })
  const other = new Error('broken')
  expect(fileFault(other, 'receiving')).toBe(other)
})
