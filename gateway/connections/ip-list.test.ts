import { expect, test } from 'vitest'
import { IpList, parseIpList } from './ip-list.ts'

const faultsOf = (...entries: string[]) =>
  parseIpList(entries).faults.map(({ index, code }) => `${index} ${code}`)

test('an empty list holds every address', () => {
  expect(new IpList([]).isAny).toBe(true)
  expect(new IpList([]).includes('192.0.2.1')).toBe(true)
})

test.each<[entries: string[], address: string, isIn: boolean]>([
  [['192.0.2.7'], '192.0.2.7', true],
  [['192.0.2.7'], '192.0.2.8', false],
  [[' 192.0.2.7 '], '192.0.2.7', true],
  [['192.0.2.0/24'], '192.0.2.255', true],
  [['192.0.2.0/24'], '192.0.3.0', false],
  [['192.0.2.128/25', '198.51.100.1'], '198.51.100.1', true],
  [['10.0.0.0/8'], '10.255.255.255', true],
  [['0.0.0.0/1'], '127.0.0.1', true],
  [['0.0.0.0/1'], '128.0.0.1', false],
  [['192.0.2.7/32'], '192.0.2.7', true],
  [['192.0.2.7'], '::ffff:192.0.2.7', true],
  [['192.0.2.7'], '::ffff:c000:207', true],
  [['::ffff:192.0.2.7'], '192.0.2.7', true],
  [['::ffff:192.0.2.0/120'], '192.0.2.9', true],
  [['::ffff:192.0.2.0/120'], '192.0.3.9', false],
  [['2001:db8::7'], '2001:DB8:0:0:0:0:0:7', true],
  [['2001:db8::/48'], '2001:db8:0:ffff::1', true],
  [['2001:db8::/48'], '2001:db8:1::1', false],
  [['fe80::1'], 'fe80::1%eth0', true],
  [['2001:db8::/48'], '192.0.2.1', false],
  [['192.0.2.0/24'], '2001:db8::1', false],
  [['192.0.2.0/24'], 'example.org', false],
  [['192.0.2.0/24'], '', false],
])('%j holds %s: %s', (entries, address, isIn) => {
  expect(new IpList(entries).includes(address)).toBe(isIn)
})

test('every fault is told with its place, and what to write instead', () => {
  expect(
    faultsOf(
      '192.0.2.7',
      'example.org',
      '192.0.2.300',
      '010.0.0.1',
      '192.0.2.0/33',
      '2001:db8::/129',
      '192.0.2.0/',
      '192.0.2.0/-1',
      '0.0.0.0/0',
      '::/0',
      '192.0.2.7/24',
      'fe80::1%eth0',
      '',
      '2001:db8::/32',
    ),
  ).toEqual([
    '1 IP_MALFORMED',
    '2 IP_MALFORMED',
    '3 IP_MALFORMED',
    '4 IP_PREFIX_OUT_OF_RANGE',
    '5 IP_PREFIX_OUT_OF_RANGE',
    '6 IP_PREFIX_OUT_OF_RANGE',
    '7 IP_PREFIX_OUT_OF_RANGE',
    '8 IP_NETWORK_OPEN',
    '9 IP_NETWORK_OPEN',
    '10 IP_HOST_BITS',
    '11 IP_MALFORMED',
    '12 IP_MALFORMED',
  ])
})

test.each([
  ['192.0.2.7/24', '192.0.2.0/24'],
  ['10.1.2.3/9', '10.0.0.0/9'],
  ['2001:db8:1:2::3/48', '2001:db8:1::/48'],
  ['2001:db8::ffff/127', '2001:db8::fffe/127'],
])('of %s the network is named: %s', (entry, network) => {
  expect(parseIpList([entry]).faults[0]?.remedy.en).toContain(`${network};`)
})

test('an entry with a fault lets nobody in', () => {
  expect(new IpList(['0.0.0.0/0']).includes('192.0.2.1')).toBe(false)
  expect(new IpList(['garbage']).includes('192.0.2.1')).toBe(false)
  expect(parseIpList(['garbage', '192.0.2.1']).list.includes('192.0.2.1')).toBe(true)
})
