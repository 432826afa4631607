import { expect, test } from 'vitest'
import { PARTNER_PRESETS } from '../../protocols/pesit/sender.ts'
import { pesitListenOverrides, pesitManner } from './pesit-options.ts'

test('what a tester wants of PeSIT is said by name and value', () => {
  const said = ['preset=cft', 'window=4', 'syncIntervalKib=1024', 'compression=both', 'crc']
  expect(pesitManner(said)).toEqual({
    product: 'cft',
    syncWindow: 4,
    syncIntervalKib: 1_024,
    compression: 3,
    hasChecksum: true,
  })
  expect(pesitManner()).toEqual({})
})

test.each(['windo=4', 'window=256', 'preset=other', 'articleBytes=x'])(
  '%s is told to be wrong, and the names are told',
  (value) => {
    expect(() => pesitManner([value])).toThrow(/^--pesit /)
  },
)

test('how a partner listens is said likewise, as a connection would say it', () => {
  const said = ['naming=free-text', 'preset=cft', 'window=4', 'compression=false', 'strict']
  expect(pesitListenOverrides(said)).toEqual({
    product: 'cft',
    naming: 'free-text',
    sync: { intervalKib: PARTNER_PRESETS.cft.sync.intervalKib, window: 4 },
    acceptCompression: false,
    strictness: 'strict',
  })
  expect(pesitListenOverrides()).toEqual({})
  expect(() => pesitListenOverrides(['crc'])).toThrow(/^--pesit /)
})
