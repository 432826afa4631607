import { expect, test } from 'vitest'
import { fpduChecksum, isChecksumGood } from './checksum.ts'

test.each([
  ['0006C0022200', 'A96B'],
  ['0009C0032200140101', '7189'],
  ['000B0000220048454C4C4F', 'B4A8'],
  ['0022402000010101010308504152544E455231040750454552535256060102160100', '25A5'],
])('the vectors of the reference: %s has %s', (fpdu, checksum) => {
  const bytes = Buffer.from(fpdu, 'hex')
  expect(fpduChecksum(bytes).toString('hex').toUpperCase()).toBe(checksum)
  const whole = Buffer.from(fpdu + checksum, 'hex')
  expect(isChecksumGood(whole)).toBe(true)
  whole.writeUInt8(whole.readUInt8(3) ^ 1, 3)
  expect(isChecksumGood(whole)).toBe(false)
})
