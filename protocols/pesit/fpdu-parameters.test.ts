import { expect, test } from 'vitest'
import { decodeFpdu, encodeFpdu, hasData } from './fpdu.ts'
import { makeUnits, readParameters } from './fpdu-parameters.ts'
import type { Strictness } from './fpdu-parameters.ts'
import type { ParameterFpduName } from './fpdu-types.ts'
import type { ParameterValues } from './parameter-table.ts'
import { UnsendableValue } from './pesit-fault.ts'

const OK = { type: 0, reason: 0 }

function read(hex: string, mode: Strictness = 'lenient'): ReturnType<typeof readParameters> {
  const body = Buffer.from(hex.replaceAll(' ', ''), 'hex')
  const length = Buffer.alloc(2)
  length.writeUInt16BE(body.length + 2)
  const fpdu = decodeFpdu(Buffer.concat([length, body]))
  if (hasData(fpdu)) throw new Error('a data FPDU has no parameters')
  return readParameters(fpdu, mode)
}

function write(name: ParameterFpduName, values: ParameterValues): string {
  return encodeFpdu({ name, destination: 1, octetSix: 0, units: makeUnits(name, values) })
    .subarray(6)
    .toString('hex')
}

const CONNECT = '40 20 00 01 03 01 41 04 01 42 06 01 02 16 01 00'
const ABORT_BEHIND_ORDER = 'c0 08 22 00 1c 01 03 1b 01 0c'
const FOREIGN = 'c0 02 22 00 14 01 01'
const UNKNOWN = 'c0 02 22 00 c8 01 01'

test('conflict 8: version 2 is one binary byte, and the character 2 is taken for it', () => {
  expect(read(CONNECT).values.version).toBe(2)
  expect(read(CONNECT.replace('06 01 02', '06 01 32')).values.version).toBe(2)
  expect(read(CONNECT.replace('06 01 02', '06 02 32 20')).values.version).toBe(2)
  expect(write('ACONNECT', { version: 2 })).toBe('060102')
})

test('conflict 9: parameters out of order are 3/318 in CONNECT, elsewhere a note', () => {
  const swapped = '40 20 00 01 04 01 42 03 01 41 06 01 02 16 01 00'
  expect(() => read(swapped)).toThrow(expect.objectContaining({ diagnostic: '3/318' }))
  expect(read(ABORT_BEHIND_ORDER).notes).toEqual(['PI 27 comes after PI 28'])
  expect(() => read(ABORT_BEHIND_ORDER, 'strict')).toThrow(
    expect.objectContaining({ diagnostic: '3/318' }),
  )
})

test('conflict 7 and 20: names are sent in their legal length and read up to that of CFT', () => {
  expect(write('RELCONF', { freeText: 'x'.repeat(254) }).slice(0, 4)).toBe('63fe')
  expect(() => write('RELCONF', { freeText: 'x'.repeat(255) })).toThrow(UnsendableValue)
  expect(read(`40 24 01 22 63 ff 01 40${' 41'.repeat(320)}`).values.freeText).toHaveLength(320)
  expect(() => read(`40 24 01 22 63 ff 02 01${' 41'.repeat(513)}`)).toThrow(/at most 512/)
})

test('conflict 11: PI 17 in a message is taken, and sent where the setting asks for it', () => {
  const message = 'c0 16 22 00 09 06 0b 01 00 0c 01 41 0d 01 01'
  expect(read(message, 'strict').values.priority).toBeUndefined()
  expect(read(`${message} 11 01 01`, 'strict').values.priority).toBe(1)
  const values = { fileType: 0, fileName: 'A', transferId: 1, priority: 1 }
  expect(write('MSG', values)).toContain('110101')
})

test('conflict 12: PI 29 is taken wherever a diagnostic is', () => {
  expect(read('c0 34 01 00 02 03 00 00 00 1d 02 41 42', 'strict').values).toEqual({
    diagnostic: OK,
    diagnosticComplement: 'AB',
  })
})

test('conflict 1: the mask of attributes is read as it comes', () => {
  const select = (mask: string): string =>
    `c0 12 22 00 09 06 0b 01 00 0c 01 41 0d 01 00 0e ${mask} 11 01 01 19 02 10 00`
  expect(read(select('01 e0'), 'strict').values.attributesWanted).toBe(0xe0)
  expect(read(select('02 e0 00'), 'strict').values.attributesWanted).toBe(0xe0)
})

test('a message without a file type is taken, as one peer sends it', () => {
  const { values, notes } = read('c0 16 22 00 09 03 0c 01 41 0d 01 01')
  expect(values.fileName).toBe('A')
  expect(notes).toEqual(['PI 11 (file type) is missing'])
})

test('a mandatory parameter missing is 3/318, but not what only a success must say', () => {
  expect(() => read('c0 30 01 00 02 03 00 00 00')).toThrow(/PI 25/)
  expect(read('c0 30 01 00 02 03 02 00 e2').values.diagnostic).toEqual({ type: 2, reason: 226 })
})

test('a parameter twice is 3/318', () => {
  expect(() => read('c0 03 22 00 14 01 01 14 01 02')).toThrow(/twice/)
})

test('unknown and foreign parameters are notes, and 3/318 in strict mode', () => {
  expect(read(UNKNOWN).notes).toEqual(['PI 200 does not belong in WRITE'])
  expect(read(FOREIGN).notes).toEqual(['PI 20 does not belong in WRITE'])
  expect(() => read(UNKNOWN, 'strict')).toThrow(/PI 200/)
})

test('the members of a group are taken outside it', () => {
  const { values, notes } = read('c0 16 22 00 0b 01 00 0c 01 41 0d 01 01')
  expect(values).toEqual({ fileType: 0, fileName: 'A', transferId: 1 })
  expect(notes).toHaveLength(2)
})

test('values that cannot be are refused: an endless number, an unknown symbol, half a diagnostic', () => {
  expect(() => read('c0 03 22 00 14 04 01 01 01 01')).toThrow(/at most 3/)
  expect(() => read(CONNECT.replace('16 01 00', '16 01 09'))).toThrow(/value 9/)
  expect(() => read('c0 34 01 00 02 02 00 00')).toThrow(/PI 2/)
})

test('an unreadable date is unknown, not a fault', () => {
  const hex = `c0 16 22 00 09 06 0b 01 00 0c 01 41 0d 01 01 32 0e 33 0c${' 20'.repeat(12)}`
  expect(read(hex, 'strict').values.createdAt).toBeUndefined()
})

test('a count has 64 bits', () => {
  const dataBytes = 2n ** 64n - 1n
  expect(write('TRANS.END', { dataBytes })).toBe('1b08ffffffffffffffff')
  expect(read('c0 08 22 00 1b 08 ff ff ff ff ff ff ff ff').values.dataBytes).toBe(dataBytes)
})

test('a value that has no place in an FPDU is never dropped in silence', () => {
  expect(() => makeUnits('WRITE', { syncPoint: 1 })).toThrow(UnsendableValue)
})
