import { describe, expect, test } from 'vitest'
import { DerError, parseDer, readDerHeader, TAG, type DerElement, type DerLimits } from './der.ts'
import { octetStringOf, oidOf, textOf, timeOf } from './der-values.ts'

const LIMITS = { maxDepth: 8, maxElements: 50 } as const
const hex = (digits: string) => Buffer.from(digits.replaceAll(' ', ''), 'hex')
const ber = (digits: string, after?: 'refuse' | 'line-ends' | 'allow') =>
  parseDer(hex(digits), { ...LIMITS, rules: 'ber' }, after)
const der = (digits: string) => parseDer(hex(digits), { ...LIMITS, rules: 'der' })

/** Walks everything. @returns how many elements there are */
function walk(element: DerElement): number {
  if (!element.isConstructed) return 1
  return element.children().reduce((sum, child) => sum + walk(child), 1)
}

function faultOf(attempt: () => unknown): string {
  try {
    attempt()
    return 'none'
  } catch (error) {
    if (error instanceof DerError) return error.fault
    throw error
  }
}

describe('reading DER and BER', () => {
  test('a structure is read with its parts, as slices of the input', () => {
    const root = der('30 08 02 01 05 04 03 61 62 63')
    expect(root.is(TAG.sequence)).toBe(true)
    expect(root.children().map((child) => [child.tag, child.content.toString('hex')])).toEqual([
      [TAG.integer, '05'],
      [TAG.octetString, '616263'],
    ])
    expect(root.children()[1]?.offset).toBe(5)
  })

  test('indefinite lengths end at their own end mark, also nested', () => {
    const root = ber('30 80 a0 80 04 02 00 00 00 00 02 01 07 00 00')
    expect(root.children().map((child) => child.raw.toString('hex'))).toEqual([
      'a080040200000000',
      '020107',
    ])
    expect(root.content.length).toBe(root.raw.length - 4)
    expect(root.children()[0]?.children()[0]?.content).toEqual(hex('0000'))
  })

  test('octets in segments, nested ones too, are joined', () => {
    expect(octetStringOf(ber('24 80 04 01 61 24 80 04 01 62 00 00 04 01 63 00 00'))).toEqual(
      Buffer.from('abc'),
    )
  })

  test('BER may spell a length longer than needed, up to any number of zeros', () => {
    expect(ber('04 85 00 00 00 00 02 61 62').content).toEqual(Buffer.from('ab'))
    expect(ber('04 81 02 61 62').content).toEqual(Buffer.from('ab'))
  })

  test('long tags are read, and only their shortest spelling', () => {
    expect(der('9f 81 00 01 07')).toMatchObject({ tagClass: 'context', tag: 128 })
    expect(faultOf(() => der('9f 1e 00'))).toBe('tag')
    expect(faultOf(() => der('9f 80 01 00'))).toBe('tag')
    expect(faultOf(() => der('9f ff ff ff ff 7f 00'))).toBe('tag')
  })

  test.each<[what: string, digits: string, rules: DerLimits['rules'], fault: string]>([
    ['nothing', '', 'ber', 'truncated'],
    ['half a header', '30', 'ber', 'truncated'],
    ['half a length', '30 82 01', 'ber', 'truncated'],
    ['less content than said', '30 05 02 01', 'ber', 'truncated'],
    ['a length of 2^32', '04 85 01 00 00 00 00', 'ber', 'truncated'],
    ['a length larger than any number', `04 ff${'ff'.repeat(127)}`, 'ber', 'length'],
    ['a length of 126 bytes', `04 fe${'ff'.repeat(126)}`, 'ber', 'length'],
    ['an inner length past the outer one', '30 03 04 05 61 00 00 00', 'ber', 'trailing'],
    ['a length past the one around it', '30 08 30 03 04 05 61 04 01 00', 'ber', 'length'],
    ['a header past the one around it', '30 05 30 01 04 05 00', 'ber', 'length'],
    ['bytes after the end', '05 00 00', 'ber', 'trailing'],
    ['an indefinite length without an end', '30 80 05 00', 'ber', 'truncated'],
    ['half an end mark', '30 80 05 00 00', 'ber', 'truncated'],
    ['a primitive of indefinite length', '04 80 00 00', 'ber', 'indefinite'],
    ['an end mark out of place', '30 02 00 00', 'ber', 'indefinite'],
    ['an indefinite length in DER', '30 80 00 00', 'der', 'indefinite'],
    ['a length too long in DER', '04 81 02 61 62', 'der', 'length'],
    ['nine levels', '30 10 30 0e 30 0c 30 0a 30 08 30 06 30 04 30 02 30 00', 'der', 'too-deep'],
    ['nine levels, indefinite', `${'3080'.repeat(9)}${'0000'.repeat(9)}`, 'ber', 'too-deep'],
    ['51 elements', `3064${'0500'.repeat(50)}`, 'der', 'too-many'],
    ['51 elements, indefinite', `3080${'0500'.repeat(50)}0000`, 'ber', 'too-many'],
  ])('refuses %s', (_, digits, rules, fault) => {
    expect(faultOf(() => walk(parseDer(hex(digits), { ...LIMITS, rules })))).toBe(fault)
  })

  test('stray line ends are let pass where they are asked to be, other bytes are not', () => {
    expect(ber('05 00 0d 0a 00', 'line-ends').raw).toHaveLength(2)
    expect(faultOf(() => ber('05 00 20', 'line-ends'))).toBe('trailing')
    expect(ber('05 00 20', 'allow').raw).toHaveLength(2)
  })

  test('a header that has not arrived whole is not there yet', () => {
    const bytes = hex('30 82 01 00')
    expect(readDerHeader(bytes.subarray(0, 3), 0, 'der')).toBeUndefined()
    expect(readDerHeader(bytes, 0, 'der')).toMatchObject({ headerBytes: 4, contentBytes: 256 })
  })

  test('a million nested openings are refused, not followed', () => {
    const bytes = Buffer.from('3080'.repeat(500_000), 'hex')
    const limits = { maxDepth: 32, maxElements: 1_000_000, rules: 'ber' } as const
    expect(faultOf(() => parseDer(bytes, limits))).toBe('too-deep')
  })

  test('the parts of a primitive are an error', () => {
    expect(faultOf(() => der('04 00').children())).toBe('unexpected')
  })
})

describe('values', () => {
  test.each([
    ['06 03 55 04 03', '2.5.4.3'],
    ['06 09 2a 86 48 86 f7 0d 01 01 0b', '1.2.840.113549.1.1.11'],
    ['06 03 88 37 03', '2.999.3'],
  ])('object identifier %s is %s', (digits, dotted) => {
    expect(oidOf(der(digits))).toBe(dotted)
  })

  test('an object identifier that is cut, or of absurd length, is refused', () => {
    expect(faultOf(() => oidOf(der('06 02 55 84')))).toBe('unexpected')
    expect(faultOf(() => oidOf(der(`06 8181${'01'.repeat(129)}`)))).toBe('unexpected')
  })

  test.each([
    [TAG.utcTime, '261122100000Z', '2026-11-22T10:00:00.000Z'],
    [TAG.utcTime, '500101000000Z', '1950-01-01T00:00:00.000Z'],
    [TAG.utcTime, '2611221000Z', '2026-11-22T10:00:00.000Z'],
    [TAG.utcTime, '261122100000+0130', '2026-11-22T08:30:00.000Z'],
    [TAG.generalizedTime, '20500101000000Z', '2050-01-01T00:00:00.000Z'],
    [TAG.generalizedTime, '99991231235959Z', '9999-12-31T23:59:59.000Z'],
  ])('time %i %s is %s', (tag, text, iso) => {
    expect(new Date(timeOf(timeElement(tag, text))).toISOString()).toBe(iso)
  })

  test.each(['261322100000Z', '260230100000Z', '261122250000Z', '261122100000', 'yesterday', ''])(
    'there is no time %s',
    (text) => {
      expect(faultOf(() => timeOf(timeElement(TAG.utcTime, text)))).toBe('unexpected')
    },
  )

  test.each([
    ['0c 03 c3 a9 61', 'éa'],
    ['13 02 61 62', 'ab'],
    ['1e 04 00 e9 00 61', 'éa'],
    ['1c 08 00 00 00 e9 00 01 f6 00', 'é😀'],
  ])('text %s is %s', (digits, text) => {
    expect(textOf(der(digits))).toBe(text)
  })

  test('text of half a character is none', () => {
    expect(textOf(der('1e 03 00 e9 00'))).toBeUndefined()
    expect(textOf(der('1c 04 7f ff ff ff'))).toBeUndefined()
  })
})

function timeElement(tag: number, text: string): DerElement {
  return parseDer(Buffer.concat([Buffer.of(tag, text.length), Buffer.from(text)]), {
    ...LIMITS,
    rules: 'der',
  })
}
