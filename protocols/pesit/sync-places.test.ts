import { expect, test } from 'vitest'
import { backMark, identityMark, lastPlace, NOTHING_YET, placeMark } from './sync-places.ts'

const place = (point: number) => ({
  point,
  offset: point * 1_000,
  dataBytes: BigInt(point) * 900n,
  articles: point * 10,
})
const MARKS = Buffer.concat([identityMark('one'), ...[1, 2, 3].map((n) => placeMark(place(n)))])

test.each([
  [3_500, 3],
  [3_000, 3],
  [2_999, 2],
  [999, 0],
])('of a part of %i bytes the last point is %i', (bytes, point) => {
  expect(lastPlace(MARKS, 'one', bytes)).toEqual(point === 0 ? NOTHING_YET : place(point))
})

test('another transfer has none', () => {
  expect(lastPlace(MARKS, 'two', 3_500)).toBeUndefined()
  expect(lastPlace(Buffer.alloc(0), 'one', 3_500)).toBeUndefined()
})

test('points beyond the one that the file went back to are forgotten', () => {
  const marks = Buffer.concat([MARKS, backMark(1), placeMark({ ...place(2), offset: 1_500 })])
  expect(lastPlace(marks, 'one', 9_000)).toEqual({ ...place(2), offset: 1_500 })
})

test('a mark that was cut in the middle is left out', () => {
  for (let cut = 1; cut < 25; cut += 1) {
    expect(lastPlace(MARKS.subarray(0, MARKS.length - cut), 'one', 9_000)).toEqual(place(2))
  }
})
