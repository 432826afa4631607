import { expect, test } from 'vitest'
import { WORKED_ENTITY } from '../../test/support/pesit-worked-bytes.ts'
import { decodeFpdu } from './fpdu.ts'
import type { Fpdu } from './fpdu.ts'
import { frameEntity, frameFpdu, frameTogether } from './frame-writer.ts'
import { UnsendableValue } from './pesit-fault.ts'

const PLAIN = { framing: 'prefix', hasChecksum: false } as const
const WRITE = decodeFpdu(Buffer.from('0006c0022200', 'hex'))
const PIECES = [
  '000900002200414141',
  '0009c0032200140101',
  '0008004122004242',
  '0008004022004343',
  '0008004222004444',
  '000bc00422000203000000',
]
const FPDUS: readonly Fpdu[] = PIECES.map((hex) => decodeFpdu(Buffer.from(hex, 'hex')))

test('an FPDU is framed with and without prefix, with and without checksum', () => {
  expect(frameFpdu(WRITE, PLAIN).toString('hex')).toBe('00060006c0022200')
  expect(frameFpdu(WRITE, { ...PLAIN, framing: 'raw' }).toString('hex')).toBe('0006c0022200')
  expect(frameFpdu(WRITE, { ...PLAIN, hasChecksum: true }).toString('hex')).toBe(
    '00080006c0022200a96b',
  )
})

test('the entity of the reference: data, a sync point, a segmented article and its end', () => {
  expect(frameTogether(FPDUS, PLAIN, 4_096).toString('hex')).toBe(`0035${WORKED_ENTITY}`)
  expect(frameTogether(FPDUS, { ...PLAIN, framing: 'raw' }, 4_096).toString('hex')).toBe(
    WORKED_ENTITY,
  )
})

test('what travels alone, has a checksum or does not fit is not put together', () => {
  expect(() => frameTogether([WRITE], PLAIN, 4_096)).toThrow(UnsendableValue)
  expect(() => frameTogether(FPDUS, { ...PLAIN, hasChecksum: true }, 4_096)).toThrow(
    UnsendableValue,
  )
  expect(() => frameTogether(FPDUS, PLAIN, 52)).toThrow(UnsendableValue)
  expect(() => frameEntity([Buffer.alloc(65_536)], 'prefix')).toThrow(UnsendableValue)
})
