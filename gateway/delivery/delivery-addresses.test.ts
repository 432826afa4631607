import { expect, test } from 'vitest'
import { deliveryAddressRule } from './delivery-addresses.ts'

const SETTINGS = {
  privateAddresses: 'refuse' as const,
  allowedNetworks: [],
  refusedNetworks: ['169.254.0.0/16', 'fe80::/10', '203.0.113.7'],
}

test('private addresses, this machine and metadata services are not called', () => {
  const isCallable = deliveryAddressRule(SETTINGS)
  const refused = [
    '127.0.0.1',
    '127.8.9.1',
    '::1',
    '::ffff:127.0.0.1',
    '10.1.2.3',
    '172.31.255.1',
    '192.168.1.1',
    '100.64.0.1',
    'fd12:3456::1',
    '169.254.169.254',
    'fe80::1',
    '0.0.0.0',
    '::',
    '203.0.113.7',
  ]
  expect(refused.filter(isCallable)).toEqual([])
  expect(['203.0.113.8', '172.32.0.1', '2001:db8::1'].map(isCallable)).toEqual([true, true, true])
})

test('private addresses are called where the setting allows it, metadata services never', () => {
  const isCallable = deliveryAddressRule({ ...SETTINGS, privateAddresses: 'allow' })
  expect(['127.0.0.1', '10.1.2.3', '::1'].map(isCallable)).toEqual([true, true, true])
  expect(['169.254.169.254', '0.0.0.0'].map(isCallable)).toEqual([false, false])
})

test('a network that is allowed by name is called, and no other', () => {
  const isCallable = deliveryAddressRule({
    ...SETTINGS,
    allowedNetworks: ['10.20.0.0/16', '169.254.10.10'],
  })
  expect(['10.20.3.4', '169.254.10.10', '10.21.0.1'].map(isCallable)).toEqual([true, true, false])
})
