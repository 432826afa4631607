import { describe, expect, test } from 'vitest'
import { ALL_WORKED } from '../../test/support/pesit-worked-bytes.ts'
import { decodeFpdu, encodeFpdu, hasData } from './fpdu.ts'
import { makeUnits, readParameters } from './fpdu-parameters.ts'
import { isDataFpdu } from './fpdu-types.ts'
import { PesitFault } from './pesit-fault.ts'

describe('the worked bytes of the reference', () => {
  test.each(ALL_WORKED)('$name $hex is read as what it means', (worked) => {
    const fpdu = decodeFpdu(Buffer.from(worked.hex, 'hex'))
    expect(fpdu).toMatchObject({
      name: worked.name,
      destination: worked.destination,
      octetSix: worked.octetSix,
    })
    const read = hasData(fpdu) ? { values: fpdu.data, notes: [] } : readParameters(fpdu, 'strict')
    expect(read).toEqual({ values: worked.content, notes: [] })
  })

  test.each(ALL_WORKED)('what $name means is written as $hex', (worked) => {
    const { destination, octetSix, content } = worked
    const bytes = isDataFpdu(worked.name)
      ? encodeFpdu({ name: worked.name, destination, octetSix, data: content as Buffer })
      : encodeFpdu({
          name: worked.name,
          destination,
          octetSix,
          units: makeUnits(worked.name, content as object),
        })
    expect(bytes.toString('hex')).toBe(worked.hex)
  })

  test.each([
    '002f4020006203084358434c49454e5404085045534954535256050874657374313233200601020703002002160102',
    '000ac014e20015020000',
    '000fc008e2001b031000001c020400',
    '000e402101610601020703000000',
    '000fc010010002030000001902ffff'.replace('c010', 'c030'),
    '000fc0330100020300000015020000',
    '0011c037010002030000001b010c1c0101',
  ])('Connect:Express sent %s, which is read without a note and written back', (hex) => {
    const fpdu = decodeFpdu(Buffer.from(hex, 'hex'))
    expect(hasData(fpdu) || readParameters(fpdu, 'lenient').notes).toEqual([])
    expect(encodeFpdu(fpdu).toString('hex')).toBe(hex)
  })
})

test('a text padded with blanks is read without them', () => {
  const hex =
    '002f4020006203084358434c49454e5404085045534954535256050874657374313233200601020703002002160102'
  const fpdu = decodeFpdu(Buffer.from(hex, 'hex'))
  expect(hasData(fpdu) || readParameters(fpdu, 'strict').values.accessControl).toBe('test123')
})

test('a length that lies, an unknown type and data without data are refused', () => {
  for (const hex of ['0006c002', '0007c0022200', '0006c0992200', '000600002200']) {
    expect(() => decodeFpdu(Buffer.from(hex, 'hex'))).toThrow(PesitFault)
  }
})
