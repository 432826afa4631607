import { expect, test } from 'vitest'
import { Keepalive } from './keepalive.ts'

test('a silent peer is asked three times, then given up', () => {
  const keepalive = new Keepalive(0)
  const answers = new Map<number, string>()
  for (let second = 1; second <= 60; second += 1) {
    const due = keepalive.due(second * 1_000)
    if (due !== undefined) answers.set(second, due)
  }
  expect([...answers]).toEqual([
    [15, 'ping'],
    [30, 'ping'],
    [45, 'ping'],
    [60, 'end'],
  ])
})

test('a peer that says anything is left alone', () => {
  const keepalive = new Keepalive(0)
  for (let second = 1; second <= 120; second += 1) {
    if (second % 10 === 0) keepalive.heard()
    expect(keepalive.due(second * 1_000)).toBeUndefined()
  }
})

test('an answer starts the count anew', () => {
  const keepalive = new Keepalive(0)
  expect(keepalive.due(15_000)).toBe('ping')
  keepalive.heard()
  expect(keepalive.due(16_000)).toBeUndefined()
  expect(keepalive.due(30_000)).toBeUndefined()
  expect(keepalive.due(31_000)).toBe('ping')
})
