import { expect, test } from 'vitest'
import { parisDateTime } from './paris-time.ts'

test('a date is written with the offset that holds that day in Paris', () => {
  expect(parisDateTime(Date.parse('2026-11-22T08:15:04.999Z'))).toBe('2026-11-22T09:15:04+01:00')
  expect(parisDateTime(Date.parse('2026-07-01T22:00:00Z'))).toBe('2026-07-02T00:00:00+02:00')
  expect(parisDateTime(Date.parse('2026-12-31T23:30:00Z'))).toBe('2027-01-01T00:30:00+01:00')
})
