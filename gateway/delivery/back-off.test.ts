import { expect, test } from 'vitest'
import { retryDelay } from './back-off.ts'

test('a failed return flow waits 5, 10, 20, then 40 minutes, and is given up after the eighth', () => {
  const settings = { attempts: 8, retrySeconds: [300, 600, 1_200, 2_400] }
  const waits = [1, 2, 3, 4, 5, 6, 7, 8].map((failures) => retryDelay(settings, failures))
  const minutes = waits.map((wait) => (wait === undefined ? undefined : wait / 60_000))
  expect(minutes).toEqual([5, 10, 20, 40, 40, 40, 40, undefined])
})
