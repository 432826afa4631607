import { expect, test } from 'vitest'
import { continueTrail, placeOf } from './sync-trail.ts'
import type { TrailTerms } from './sync-trail.ts'

const PLAIN: TrailTerms = {
  articleBytes: 100,
  articlesPerPoint: 10,
  compression: { isOn: false, kind: 0 },
}
const BYTES = 100_000

test('points lie where so many articles end', () => {
  const trail = continueTrail([], 0, PLAIN, BYTES)
  expect(placeOf(trail, 0, BYTES)).toEqual({ offset: 0, articles: 0 })
  expect(placeOf(trail, 3, BYTES)).toEqual({ offset: 3_000, articles: 30 })
})

test('a restart under other terms goes on from the point, and knows those before it', () => {
  const first = continueTrail([], 0, PLAIN, BYTES)
  const second = continueTrail(first, 4, { ...PLAIN, articlesPerPoint: 2 }, BYTES)
  expect(placeOf(second, 3, BYTES)).toEqual({ offset: 3_000, articles: 30 })
  expect(placeOf(second, 4, BYTES)).toEqual({ offset: 4_000, articles: 40 })
  expect(placeOf(second, 6, BYTES)).toEqual({ offset: 4_400, articles: 44 })
})

test('back to the start, nothing of the attempt before is left', () => {
  const first = continueTrail([], 0, PLAIN, BYTES)
  const again = continueTrail(first, 0, { ...PLAIN, articlesPerPoint: 2 }, BYTES)
  expect(again).toHaveLength(1)
  expect(placeOf(again, 1, BYTES)).toEqual({ offset: 200, articles: 2 })
})

test('a point that was never set has no place', () => {
  const trail = continueTrail([], 0, PLAIN, BYTES)
  expect(placeOf(trail, 100, BYTES)).toBeUndefined()
  expect(placeOf([], 1, BYTES)).toBeUndefined()
  const none = continueTrail([], 0, { ...PLAIN, articlesPerPoint: 0 }, BYTES)
  expect(placeOf(none, 1, BYTES)).toBeUndefined()
  expect(() => continueTrail(none, 1, PLAIN, BYTES)).toThrow(RangeError)
})
