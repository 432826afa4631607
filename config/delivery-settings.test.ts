import { expect, test } from 'vitest'
import { deliverySettings } from './delivery-settings.ts'

test('what a partner does not take is tried eight times, after 5, 10, 20 and then each 40 minutes', () => {
  const { attempts, retrySeconds } = deliverySettings.parse({})
  expect({ attempts, retrySeconds }).toEqual({
    attempts: 8,
    retrySeconds: [300, 600, 1_200, 2_400],
  })
})

test('a partner gets its return flows one after the other unless that is changed', () => {
  expect(deliverySettings.parse({}).perConnection).toBe(1)
})

test('networks that are allowed may be addresses and ranges of both families, and nothing else', () => {
  const networks = ['10.0.0.1', '10.0.0.0/8', 'fd00::1', 'fd00::/8']
  expect(deliverySettings.parse({ allowedNetworks: networks }).allowedNetworks).toEqual(networks)
  for (const wrong of ['partner.example', '10.0.0.0/33', '10.0.0']) {
    expect(deliverySettings.safeParse({ allowedNetworks: [wrong] }).success).toBe(false)
  }
})

test.each([
  { attempts: 0 },
  { retrySeconds: [] },
  { retrySeconds: [-1] },
  { attemptSeconds: 0 },
  { leaseSeconds: 0 },
  { concurrency: 0 },
  { concurrency: 257 },
  { perConnection: 65 },
  { privateAddresses: 'sometimes' },
  { unknown: 1 },
])('%o is refused', (settings) => {
  expect(deliverySettings.safeParse(settings).success).toBe(false)
})
