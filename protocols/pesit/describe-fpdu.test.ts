import { expect, test } from 'vitest'
import { ALL_WORKED } from '../../test/support/pesit-worked-bytes.ts'
import { decodeFpdu } from './fpdu.ts'
import { describeFpdu, describePreConnection } from './describe-fpdu.ts'
import { decodePreConnection } from './pre-connection.ts'

function describeHex(hex: string): ReturnType<typeof describeFpdu> {
  return describeFpdu(decodeFpdu(Buffer.from(hex, 'hex')))
}

test('CONNECT is described by names, its password masked in text and in bytes', () => {
  const connect = describeHex(ALL_WORKED[0]?.hex ?? '')
  expect(connect.fields).toEqual({
    'PI 3 requester': 'PARTNER1',
    'PI 4 server': 'PEERSRV',
    'PI 5 access control': '***',
    'PI 6 version': '2',
    'PI 7 sync points': 'every 32 KiB, window 2',
    'PI 22 access': '0 (write)',
  })
  expect(connect.hex).toContain(`0508${'*'.repeat(16)}060102`)
  expect(JSON.stringify(connect)).not.toMatch(/SECRET|534543524554/)
})

test('the bytes shown are the bytes sent, but for secrets and the file', () => {
  for (const { hex, name } of ALL_WORKED) {
    const shown = describeHex(hex).hex
    const isWhole = name !== 'CONNECT' && name !== 'DTF'
    expect(shown === hex).toBe(isWhole)
  }
})

test('a diagnostic is explained, and a rule that is broken is named', () => {
  const rconnect = describeHex('0019402201000203030130630c6261642070617373776f7264')
  expect(rconnect.fields['PI 2 diagnostic']).toMatch(/^3\/304 The caller is not authorised/)
  expect(describeHex('0009c0012200140101').verdicts[0]).toMatch(
    /PI 18 \(restart point\) is missing/,
  )
})

test('no character of a partner reaches a terminal as a control character', () => {
  expect(describeHex('000b402401226303411b42').fields['PI 99 free text']).toBe('A\\x1bB')
})

test('the bytes of a file are left out', () => {
  expect(describeHex('000b0000220048454c4c4f').hex).toBe('000b00002200 … 5 bytes of the file')
})

test('the pre-connection is described without its password', () => {
  const raw = Buffer.from('d7c5e2c9e3404040d7c1d9e3d5c5d9f1e2c5c3d9c5e3f0f1', 'hex')
  const shown = describePreConnection(decodePreConnection(raw), raw)
  expect(shown.hex).toBe(`d7c5e2c9e3404040d7c1d9e3d5c5d9f1${'*'.repeat(16)}`)
  expect(JSON.stringify(shown)).not.toContain('SECRET01')
})
