import { afterEach, expect, test, vi } from 'vitest'
import { newId } from './ids.ts'

afterEach(() => void vi.useRealTimers())

const many = (count: number): string[] => Array.from({ length: count }, () => newId('flw'))

test('ids sort by time of making, also within one millisecond', () => {
  const ids = many(20_000)
  expect(ids.toSorted()).toEqual(ids)
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids[0]).toMatch(/^flw_[0-9a-hjkmnp-tv-z]{26}$/)
})

test('a clock that is set back does not bring ids before those that were given', () => {
  vi.useFakeTimers({ now: Date.now() + 60_000 })
  const before = many(3)
  vi.setSystemTime(Date.now() - 30_000)
  const after = many(5_000)
  expect([...before, ...after].toSorted()).toEqual([...before, ...after])
})
