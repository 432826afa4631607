import { expect, test } from 'vitest'
import { seededRandom } from '../../test/support/seeded-random.ts'
import { Extents } from './extents.ts'

test('pieces in order make one stretch', () => {
  const extents = new Extents()
  extents.add(0, 10)
  extents.add(10, 20)
  expect([extents.contiguous, extents.end, extents.hasHole]).toEqual([20, 20, false])
})

test('a hole is seen until it is filled', () => {
  const extents = new Extents(5)
  extents.add(10, 20)
  expect([extents.contiguous, extents.end, extents.hasHole]).toEqual([5, 20, true])
  extents.add(4, 12)
  expect([extents.contiguous, extents.hasHole]).toEqual([20, false])
})

test('what is cut off is forgotten', () => {
  const extents = new Extents(10)
  extents.add(20, 30)
  extents.truncate(25)
  expect(extents.end).toBe(25)
  extents.truncate(15)
  expect([extents.end, extents.hasHole]).toEqual([10, false])
})

test('a peer cannot make it keep account of any number of pieces', () => {
  const extents = new Extents()
  const added = Array.from({ length: 2_000 }, (_, index) => extents.add(3 * index, 3 * index + 1))
  expect(added.filter(Boolean)).toHaveLength(1024)
})

test('it agrees with a list of single bytes', () => {
  const random = seededRandom(11)
  for (let round = 0; round < 300; round += 1) {
    const extents = new Extents()
    const bytes = Array.from({ length: 60 }, () => false)
    for (let step = 0; step < 20; step += 1) {
      const start = Math.floor(random() * 55)
      if (random() < 0.15) {
        extents.truncate(start)
        bytes.fill(false, start)
        continue
      }
      const end = start + Math.floor(random() * 6)
      extents.add(start, end)
      bytes.fill(true, start, end)
    }
    const firstGap = bytes.indexOf(false)
    expect(extents.contiguous).toBe(firstGap === -1 ? 60 : firstGap)
    expect(extents.end).toBe(bytes.lastIndexOf(true) + 1)
  }
})
