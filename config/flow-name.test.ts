import { describe, expect, test } from 'vitest'
import { parseInboundName, recommendedName, reportBaseName, reportedNames } from './flow-name.ts'

// The vectors of reference chorus-pro-edi §14.
const VECTORS: readonly (readonly [name: string, expected: string])[] = [
  ['FSO1110A_SIM123_SIM1231110000000000000042.tar.gz', 'ok'],
  ['FSO1100A_SIM123_SIM123A1B2C3D4E5F6G7H8I9J.xml', 'ok, not as recommended'],
  ['FSO1110A_SIM123_OTH4561110000000000000042.tar.gz', 'IDENTIFIER_OTHER'],
  ['FSO1110A_SIM123_SIM123111000000000000042.tar.gz', 'NAME_MALFORMED'],
  ['fso1110a_SIM123_SIM1231110000000000000042.tar.gz', 'NAME_MALFORMED'],
  ['FSO1110A_SIM123_SIM123111000000000000004a.tar.gz', 'NAME_MALFORMED'],
  ['FSO1110A_SIM123_SIM1231110000000000000042.zip', 'EXTENSION_UNKNOWN'],
  ['FSO9999A_SIM123_SIM1239999000000000000001.tar.gz', 'ok'],
  ['CSO1110A_SIM123_SIM1231110000000000000042.tar.gz', 'DIRECTION_WRONG'],
  ['CEN9100A_SIM123_CPP0019100000000000000042.xml', 'ok'],
  ['CEN0105A_SIM123_CPP0010105000000000000042.tar.gz', 'ok'],
  ['CEN9100A_SIM123_SIM1239100000000000000042.xml', 'IDENTIFIER_OTHER'],
  ['CEN9999A_SIM123_CPP0019999000000000000042.xml', 'DIRECTION_WRONG'],
  ['FSO1110A_SIM123_SIM1231110000000000000042', 'EXTENSION_UNKNOWN'],
  ['FSO1110A_SIM123_SIM1231110000000000000042.TAR.GZ', 'EXTENSION_UNKNOWN'],
  ['FSO1110A_SIM123_SIM1231110000000000000042.tar.gz\n', 'EXTENSION_UNKNOWN'],
  ['', 'NAME_MALFORMED'],
]

describe('the name of a flow', () => {
  test.each(VECTORS)('%j is %s', (name, expected) => {
    const parsed = parseInboundName(name)
    const got =
      'fault' in parsed
        ? parsed.fault
        : parsed.name.followsRecommendation
          ? 'ok'
          : 'ok, not as recommended'
    expect(got).toBe(expected)
  })

  test('the name we recommend to partners is one we accept as recommended', () => {
    const parsed = parseInboundName(recommendedName('FSO1110A', 'ACM001', 42, 'tar.gz'))
    expect(parsed).toMatchObject({
      name: { flowIdentifier: 'ACM0011110000000000000042', followsRecommendation: true },
    })
  })

  test('a report is named after its flow, with a C', () => {
    expect(reportBaseName('FSO1110A_SIM123_SIM1231110000000000000042.tar.gz')).toBe(
      'CSO1110A_SIM123_SIM1231110000000000000042',
    )
    expect(reportedNames('CEN9100A_SIM123_CPP0019100000000000000042.xml')).toEqual([
      'FEN9100A_SIM123_CPP0019100000000000000042.tar.gz',
      'FEN9100A_SIM123_CPP0019100000000000000042.xml',
    ])
  })
})
