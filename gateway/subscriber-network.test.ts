import { expect, test } from 'vitest'
import { subscriberNetwork } from './subscriber-network.ts'

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['2001:db8:0:1::1', '2001:db8:0:1'],
  ['2001:DB8:0:1:ffff::1%eth0', '2001:db8:0:1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8::1:0:0:0:ffff', '2001:db8:0:1'],
  ['::1', '0:0:0:0'],
])('%s is counted as %s', (address, network) => {
  expect(subscriberNetwork(address)).toBe(network)
})

test('IPv4 addresses mapped into IPv6 are counted each alone, however written', () => {
  expect(subscriberNetwork('::ffff:192.0.2.7')).toBe(subscriberNetwork('::ffff:c000:207'))
  expect(subscriberNetwork('::ffff:192.0.2.7')).not.toBe(subscriberNetwork('::ffff:192.0.2.8'))
})
