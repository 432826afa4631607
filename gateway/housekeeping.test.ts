import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Housekeeping } from './housekeeping.ts'
import { createLogger } from './logger.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const started = (): Housekeeping => new Housekeeping(createLogger('silent'))

test('a chore is done at once and then at its interval, also after it failed', async () => {
  const housekeeping = started()
  let runs = 0
  const run = async (): Promise<number> => {
    runs += 1
    throw new Error('not this time')
  }
  housekeeping.start([{ name: 'a', everySeconds: 10, run }])
  await vi.advanceTimersByTimeAsync(0)
  expect(runs).toBe(1)
  await vi.advanceTimersByTimeAsync(20_000)
  expect(runs).toBe(3)
  await housekeeping.stop()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(runs).toBe(3)
})

test('chores behind a slow one wait once, however long it takes', async () => {
  const housekeeping = started()
  const slow = Promise.withResolvers<number>()
  const done: string[] = []
  housekeeping.start([
    {
      name: 'slow',
      everySeconds: 3_600,
      run: () => slow.promise,
    },
    {
      name: 'quick',
      everySeconds: 1,
      run: async () => done.push('quick'),
    },
  ])
  await vi.advanceTimersByTimeAsync(100_000)
  expect(done).toEqual([])
  slow.resolve(0)
  await vi.advanceTimersByTimeAsync(0)
  expect(done).toEqual(['quick'])
  await housekeeping.stop()
})

test('a stop waits for the chore in hand and starts none that waits', async () => {
  const housekeeping = started()
  const inHand = Promise.withResolvers<number>()
  const done: string[] = []
  housekeeping.start([
    { name: 'in hand', everySeconds: 60, run: () => inHand.promise.finally(() => done.push('a')) },
    { name: 'waiting', everySeconds: 60, run: async () => done.push('b') },
  ])
  await vi.advanceTimersByTimeAsync(0)
  const stopped = housekeeping.stop().then(() => done.push('stopped'))
  await vi.advanceTimersByTimeAsync(0)
  expect(done).toEqual([])
  inHand.resolve(0)
  await stopped
  expect(done).toEqual(['a', 'stopped'])
})
