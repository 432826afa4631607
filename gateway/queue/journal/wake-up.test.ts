import { expect, test } from 'vitest'
import { WakeUp } from './wake-up.ts'

test('a ring ends the sleep that is under way', async () => {
  const wakeUp = new WakeUp()
  const sleep = wakeUp.wait(60_000)
  wakeUp.ring()
  await sleep
  expect(true).toBe(true)
})

test('a ring while nobody sleeps ends the next sleep, and only that one', async () => {
  const wakeUp = new WakeUp()
  wakeUp.ring()
  await wakeUp.wait(60_000)
  let isOver = false
  const second = wakeUp.wait(20).then(() => {
    isOver = true
  })
  await Promise.resolve()
  expect(isOver).toBe(false)
  await second
})
