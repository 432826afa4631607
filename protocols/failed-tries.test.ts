import { expect, test } from 'vitest'
import { createFailedTries, type FailedTries } from './failed-tries.ts'

const LIMITS = {
  slowAfter: 3,
  maxDelayMilliseconds: 1_000,
  refuseAfter: 10,
  refuseSeconds: 60,
  forgetSeconds: 10,
}
const MINUTE = 60_000

function start() {
  let now = 0
  const tries = createFailedTries(LIMITS, () => now)
  return {
    tries,
    pass: (milliseconds: number) => {
      now += milliseconds
    },
  }
}

function fail(tries: FailedTries, address: string, times: number): void {
  for (let count = 0; count < times; count += 1) tries.failed(address)
}

test('the first failures cost nothing, the next ones more each, up to the most', () => {
  const { tries } = start()
  const delays = Array.from({ length: 8 }, () => {
    tries.failed('192.0.2.1')
    return tries.delayMilliseconds('192.0.2.1')
  })
  expect(delays).toEqual([0, 0, 0, 200, 400, 800, 1_000, 1_000])
  expect(tries.delayMilliseconds('192.0.2.2')).toBe(0)
})

test('an address that goes on is turned away for a while, and then slowed', () => {
  const { tries, pass } = start()
  fail(tries, '192.0.2.1', 10)
  expect(tries.refusedBecause('192.0.2.1')).toBe(
    'after 10 failed authentications, for another 60 s',
  )
  expect(tries.refusedBecause('192.0.2.2')).toBeUndefined()
  pass(MINUTE)
  expect(tries.refusedBecause('192.0.2.1')).toBeUndefined()
  tries.failed('192.0.2.1')
  expect(tries.refusedBecause('192.0.2.1')).toBeUndefined()
  expect(tries.delayMilliseconds('192.0.2.1')).toBe(200)
})

test('tries made while it is turned away do not make it longer', () => {
  const { tries, pass } = start()
  fail(tries, '192.0.2.1', 10)
  pass(MINUTE / 2)
  fail(tries, '192.0.2.1', 1_000)
  pass(MINUTE / 2)
  expect(tries.refusedBecause('192.0.2.1')).toBeUndefined()
})

test('failures are forgotten with time', () => {
  const { tries, pass } = start()
  fail(tries, '192.0.2.1', 5)
  pass(10_000)
  expect(tries.delayMilliseconds('192.0.2.1')).toBe(200)
  pass(10_000)
  expect(tries.delayMilliseconds('192.0.2.1')).toBe(0)
  for (let minute = 0; minute < 100; minute += 1) {
    pass(MINUTE)
    fail(tries, '192.0.2.1', 6)
  }
  expect(tries.refusedBecause('192.0.2.1')).toBeUndefined()
})

test('an address that a partner came from is slowed and never turned away, for an hour', () => {
  const { tries, pass } = start()
  fail(tries, '192.0.2.1', 9)
  tries.succeeded('192.0.2.1')
  expect(tries.delayMilliseconds('192.0.2.1')).toBe(0)
  fail(tries, '192.0.2.1', 100)
  expect(tries.refusedBecause('192.0.2.1')).toBeUndefined()
  expect(tries.delayMilliseconds('192.0.2.1')).toBe(1_000)
  pass(60 * MINUTE)
  fail(tries, '192.0.2.1', 10)
  expect(tries.refusedBecause('192.0.2.1')).toBeDefined()
})

test('a partner that gets through while others of its address fail ends their being turned away', () => {
  const { tries } = start()
  fail(tries, '192.0.2.1', 10)
  tries.succeeded('192.0.2.1') // a session that was open before
  expect(tries.refusedBecause('192.0.2.1')).toBeUndefined()
})

test('addresses of one IPv6 /64 count together, those of another do not', () => {
  const { tries } = start()
  for (let host = 1; host <= 10; host += 1) tries.failed(`2001:db8:0:1::${host.toString(16)}`)
  expect(tries.refusedBecause('2001:db8::1:0:0:0:ffff')).toBeDefined()
  expect(tries.refusedBecause('2001:db8:0:2::1')).toBeUndefined()
  expect(tries.refusedBecause('2001:db8:0:1:ffff::1%eth0')).toBeDefined()
})

test('a flood of addresses does not fill the memory, and the newest are known', () => {
  const { tries } = start()
  const address = (n: number) => `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`
  for (let n = 0; n < 50_000; n += 1) tries.failed(address(n))
  fail(tries, address(49_999), 9)
  expect(tries.refusedBecause(address(49_999))).toBeDefined()
  fail(tries, address(0), 3)
  expect(tries.delayMilliseconds(address(0))).toBe(0)
})
