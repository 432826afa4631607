import { expect, test } from 'vitest'
import { fromEbcdic, toEbcdic } from './ebcdic.ts'
import { FPDU_CONTENTS } from './fpdu-contents.ts'
import { GROUPS, PARAMETERS, parameterRow } from './parameter-table.ts'
import { decodeUnits, encodeUnits } from './parameter-units.ts'
import { dateOfPesit, pesitDate, readValue, writeValue } from './parameter-values.ts'
import { PesitFault, UnsendableValue } from './pesit-fault.ts'
import { atPoint, bytesToSyncPoint, newSession } from './session-state.ts'

test('dates are local time, and years from 70 on of the century before', () => {
  const date = new Date(2025, 10, 22, 10, 15, 0)
  expect(pesitDate(date)).toBe('251122101500')
  expect(dateOfPesit('251122101500')).toEqual(date)
  expect(dateOfPesit('891231235959').getFullYear()).toBe(1989)
})

test('numbers lose leading zeros when sent and may have them when read', () => {
  expect(writeValue('restartPoint', 0)?.toString('hex')).toBe('00')
  expect(writeValue('transferId', 4_711)?.toString('hex')).toBe('1267')
  expect(readValue('transferId', Buffer.from('000007', 'hex'))).toBe(7)
  expect(() => writeValue('syncPoint', 0x1000000)).toThrow(UnsendableValue)
})

test('every number of two bytes is read as it was sent, blanks and figures in it too', () => {
  for (let number = 0; number <= 0xffff; number += 1) {
    const sent = writeValue('syncPoint', number)!
    expect(readValue('syncPoint', sent)).toBe(number)
  }
})

test('an empty text is left out, blanks at its end are not sent', () => {
  expect(writeValue('freeText', '   ')).toBeUndefined()
  expect(writeValue('freeText', 'A  ')?.toString()).toBe('A')
})

test('lengths take one byte up to 254, and three above', () => {
  const head = (bytes: number): string =>
    encodeUnits([{ code: 0x5b, value: Buffer.alloc(bytes) }])
      .subarray(0, 4)
      .toString('hex')
  expect(head(254).slice(0, 4)).toBe('5bfe')
  expect(head(255)).toBe('5bff00ff')
  expect(head(300)).toBe('5bff012c')
})

test.each([
  ['a length of 0', '0c00'],
  ['a length beyond the end', '0c0541'],
  ['half an extended length', '0cff00'],
  ['an extended length that one byte could say', '0cff000141'],
  ['a group in a group', '09050903030141'],
  ['more than 64 parameters', '0c0141'.repeat(65)],
  ['a code alone', '0c'],
])('%s is refused', (_name, hex) => {
  expect(() => decodeUnits(Buffer.from(hex, 'hex'))).toThrow(PesitFault)
})

test('every parameter of every FPDU is in ascending order, and in the group that the table says', () => {
  for (const slots of Object.values(FPDU_CONTENTS)) {
    const codes = slots.map(
      ({ key, group }) => (group ?? parameterRow(key).code) * 1_000 + parameterRow(key).code,
    )
    expect(codes).toEqual([...codes].sort((a, b) => a - b))
    for (const { key, group } of slots) {
      const isMember =
        group === undefined || GROUPS[group]?.members.includes(parameterRow(key).code)
      expect(isMember).toBe(true)
    }
  }
  const codes = Object.values(PARAMETERS).map(({ code }) => code)
  expect(new Set(codes).size).toBe(codes.length)
})

test('every byte goes to EBCDIC and back', () => {
  const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)).toString('latin1')
  expect(fromEbcdic(toEbcdic(all))).toBe(all)
})

test('a sender knows how much may go before the next sync point', () => {
  const terms = {
    sync: { intervalKib: 32, window: 2 },
    mayResynchronise: false,
    hasChecksum: false,
    access: 'write',
  } as const
  const session = { ...newSession('requester', 1), terms, sync: { ...atPoint(0), bytesSince: 768 } }
  expect(bytesToSyncPoint(session)).toBe(32_000)
  expect(bytesToSyncPoint({ ...session, terms: undefined })).toBe(Infinity)
  const any = { ...terms, sync: { intervalKib: 0xffff, window: 2 } }
  expect(bytesToSyncPoint({ ...session, terms: any })).toBe(1_047_808)
})
