import { expect, test } from 'vitest'
import {
  decodePreAnswer,
  decodePreConnection,
  encodePreAnswer,
  encodePreConnection,
  isCallerPlausible,
} from './pre-connection.ts'

const MESSAGE = { service: 'PESIT', caller: 'PARTNER1', password: 'SECRET01' }
const HEX = 'd7c5e2c9e3404040d7c1d9e3d5c5d9f1e2c5c3d9c5e3f0f1'

test('the pre-connection of the reference, both ways', () => {
  expect(encodePreConnection(MESSAGE).toString('hex')).toBe(HEX)
  expect(decodePreConnection(Buffer.from(HEX, 'hex'))).toEqual(MESSAGE)
})

test('its answers, both ways, and nothing else', () => {
  expect(encodePreAnswer('ACK0').toString('hex')).toBe('c1c3d2f0')
  expect(encodePreAnswer('NAK0').toString('hex')).toBe('d5c1d2f0')
  expect(decodePreAnswer(Buffer.from('d5c1d2f0', 'hex'))).toBe('NAK0')
  expect(decodePreAnswer(Buffer.from('ACK0'))).toBeUndefined()
})

test('a caller without a name is not plausible', () => {
  expect(isCallerPlausible(MESSAGE)).toBe(true)
  expect(isCallerPlausible({ ...MESSAGE, caller: '' })).toBe(false)
  expect(isCallerPlausible({ ...MESSAGE, caller: 'A B' })).toBe(false)
})
