import { beforeEach, describe, expect, test } from 'vitest'
import { SignInTries } from './sign-in-tries.ts'

const LIMITS = { freeTries: 3, triesPerLogin: 6, triesPerAddress: 10, refusedSeconds: 900 }
let now: number
let tries: SignInTries

beforeEach(() => {
  now = 1_700_000_000_000
  tries = new SignInTries(LIMITS, { now: () => now })
})

const outcome = (login: string, address = '192.0.2.1'): string => {
  const answer = tries.begin(login, address)
  return answer.outcome === 'refused' ? 'refused' : `wait ${answer.delayMilliseconds}`
}

describe('failed tries', () => {
  test('of one login are slowed, then refused for a while, then forgotten', () => {
    const outcomes = Array.from({ length: 8 }, (_, index) => outcome('a', `192.0.2.${index}`))
    expect(outcomes).toEqual([
      'wait 0',
      'wait 0',
      'wait 0',
      'wait 0',
      'wait 250',
      'wait 500',
      'refused',
      'refused',
    ])
    expect(tries.begin('a', '192.0.2.9')).toEqual({ outcome: 'refused', retryAfterSeconds: 900 })
    now += 899_000
    expect(tries.begin('a', '192.0.2.9')).toEqual({ outcome: 'refused', retryAfterSeconds: 1 })
    now += 1_000
    expect(outcome('a')).toBe('wait 0')
  })

  test('from one address are refused whatever the login', () => {
    for (let login = 0; login < 10; login += 1) expect(outcome(`user ${login}`)).toBe('wait 0')
    expect(outcome('another')).toBe('refused')
    expect(outcome('another', '192.0.2.2')).toBe('wait 0')
  })

  test('from one IPv6 subscriber are counted together, an IPv4 address written in IPv6 alone', () => {
    for (let host = 0; host < 10; host += 1) outcome(`user ${host}`, `2001:db8:1:2::${host}`)
    expect(outcome('another', '2001:db8:1:2:ffff::1')).toBe('refused')
    expect(outcome('another', '2001:db8:1:3::1')).toBe('wait 0')
    for (let host = 0; host < 10; host += 1) outcome(`user ${host + 20}`, '::ffff:192.0.2.50')
    expect(outcome('one more', '::ffff:192.0.2.50')).toBe('refused')
    expect(outcome('one more', '::ffff:192.0.2.51')).toBe('wait 0')
  })

  test('count at once: tries that run together cannot pass the limit', () => {
    const begun = Array.from({ length: 20 }, () => tries.begin('a', '192.0.2.1').outcome)
    expect(begun.filter((each) => each === 'go-on')).toHaveLength(6)
  })

  test('are forgotten by a success for the login, not for the address', () => {
    for (let count = 0; count < 9; count += 1) outcome(`user ${count}`)
    tries.begin('owner', '192.0.2.1')
    tries.succeeded('owner', '192.0.2.1')
    expect(outcome('user 9')).toBe('wait 0')
    expect(outcome('user 10')).toBe('refused')
  })

  test('that a right password follows at the last moment refuse nobody', () => {
    for (let count = 0; count < 6; count += 1) outcome('a', `198.51.100.${count}`)
    tries.succeeded('a', '198.51.100.5')
    expect(outcome('a', '198.51.100.5')).toBe('wait 0')
  })

  test('are forgotten when the clock is set back', () => {
    for (let count = 0; count < 6; count += 1) outcome('a')
    now -= 1
    expect(outcome('a')).toBe('wait 0')
  })

  test('take bounded memory', () => {
    for (let count = 0; count < 12_000; count += 1)
      outcome(`${count}`, `2001:db8:0:${count.toString(16)}::`)
    expect(tries.size).toBe(10_000)
  })
})
