import { pino } from 'pino'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { enqueueSoon } from './enqueue-soon.ts'
import type { Job } from './queue.ts'

const job = (number: number): Job => ({
  id: `extract-flw_${number}`,
  kind: 'extract',
  flowId: `flw_${number}`,
})
const log = pino({ level: 'silent' })

// A moment is as long as the test says, whatever holds up the machine.
beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('a job is added at once, those that follow it soon together, each once and in order', async () => {
  const added: (readonly Job[])[] = []
  const soon = enqueueSoon({ enqueue: async (jobs) => void added.push(jobs) }, log)
  for (let number = 1; number <= 501; number += 1) soon(job(number))
  expect(added.map((jobs) => jobs.length)).toEqual([1, 500])
  await vi.advanceTimersByTimeAsync(100)
  soon(job(502))
  expect(added.map((jobs) => jobs.length)).toEqual([1, 500, 1])
  expect(added.flat().map((one) => one.id)).toEqual(
    Array.from({ length: 502 }, (_, index) => `extract-flw_${index + 1}`),
  )
})

test('a queue that refuses harms nobody, and the next jobs are added', async () => {
  let isDown = true
  const added: Job[] = []
  const enqueue = async (jobs: readonly Job[]): Promise<void> => {
    if (isDown) throw new Error('no queue today')
    added.push(...jobs)
  }
  const soon = enqueueSoon({ enqueue }, log)
  soon(job(1))
  await vi.advanceTimersByTimeAsync(100)
  isDown = false
  soon(job(2))
  await vi.advanceTimersByTimeAsync(100)
  expect(added).toEqual([job(2)])
})
