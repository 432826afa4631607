import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { ReadingThreads } from './reading-threads.ts'

const folder = await mkdtemp(join(tmpdir(), 'raccord-test-'))
afterAll(() => rm(folder, { recursive: true, maxRetries: 10 }))

test('files followed at once are each read up to where they were said to end', async () => {
  const threads = started()
  const files = await Promise.all(
    Array.from({ length: 8 }, async (_, index) => {
      const content = randomBytes(1_000_000 + index)
      const path = join(folder, `file-${index}`)
      await writeFile(path, content)
      return { path, content: content.subarray(0, 900_000 + index) }
    }),
  )
  const facts = await Promise.all(
    files.map(({ path, content }) => {
      const followed = threads.follow(path)
      followed.advance(500_000)
      return followed.finish(content.length)
    }),
  )
  expect(facts.map(({ sha256 }) => sha256)).toEqual(
    files.map(({ content }) => createHash('sha256').update(content).digest('hex')),
  )
})

test('what goes wrong on the way is told at the end, and harms no other file', async () => {
  const threads = started()
  const absent = threads.follow(join(folder, 'absent'))
  absent.advance(10)
  const short = join(folder, 'short')
  await writeFile(short, 'twelve bytes')
  const tooLong = threads.follow(short)
  await expect(tooLong.finish(13)).rejects.toMatchObject({ code: 'INTERNAL' })
  await expect(absent.finish(10)).rejects.toMatchObject({ code: 'INTERNAL' })
  expect(await threads.follow(short).finish(12)).toEqual({
    sha256: createHash('sha256').update('twelve bytes').digest('hex'),
    gzip: 'broken',
  })
})

test('what is waited for when the threads are stopped fails instead of hanging', async () => {
  const threads = started()
  const path = join(folder, 'endless')
  await writeFile(path, randomBytes(1_000_000))
  const waiting = threads.follow(path).finish(1_000_000)
  await Promise.all([threads.close(), expect(waiting).rejects.toMatchObject({ code: 'INTERNAL' })])
})

function started(): ReadingThreads {
  const threads = new ReadingThreads(1)
  onTestFinished(() => threads.close())
  return threads
}
