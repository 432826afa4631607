import { expect, test } from 'vitest'
import { ERRORS, type ErrorCode } from '../../gateway/errors.ts'
import { REFUSALS } from '../../gateway/refusals.ts'
import type { RefusalCode } from '../../gateway/flow.ts'
import {
  decodeDiagnostic,
  diagnostic,
  diagnosticRow,
  DIAGNOSTICS,
  diagnosticText,
  encodeDiagnostic,
  isNegative,
} from './diagnostics.ts'
import type { DiagnosticName } from './diagnostics.ts'
import {
  codesBehind,
  diagnosticsOfError,
  diagnosticsOfRefusal,
  errorDiagnostic,
  refusalDiagnostic,
  sendingVerdict,
} from './errors.ts'

const NAMES = Object.keys(DIAGNOSTICS) as readonly DiagnosticName[]

test('every diagnostic of the specification is in the table, and goes to bytes and back', () => {
  const reasons = (from: number, to: number): readonly number[] =>
    Array.from({ length: to - from + 1 }, (_, at) => from + at)
  const wanted = [...reasons(200, 226), 299].map((reason) => `2/${reason}`)
  wanted.push(...[...reasons(300, 322), 399].map((reason) => `3/${reason}`))
  expect(NAMES).toEqual(expect.arrayContaining(wanted))
  for (const name of NAMES) {
    const decoded = decodeDiagnostic(encodeDiagnostic(diagnostic(name)))
    expect(decoded && diagnosticText(decoded)).toBe(name)
  }
  expect(encodeDiagnostic(diagnostic('3/304')).toString('hex')).toBe('030130')
})

test('each has its cause and its remedy in English and in French', () => {
  for (const { cause, remedy } of Object.values(DIAGNOSTICS)) {
    for (const text of [cause.en, cause.fr, remedy.en, remedy.fr]) expect(text).toMatch(/\S.*\.$/)
    expect(cause.en).not.toBe(cause.fr)
  }
})

test('one that a peer made up has no row and breaks nothing', () => {
  expect(diagnosticRow({ type: 9, reason: 999 })).toBeUndefined()
  expect(sendingVerdict({ type: 9, reason: 999 })).toBe('retry')
})

test('conflict 17: a warning is not negative', () => {
  expect(isNegative(diagnostic('1/100'))).toBe(false)
  expect(isNegative(diagnostic('2/299'))).toBe(true)
})

test('every refusal has a diagnostic at every moment; at the door all look the same', () => {
  for (const code of Object.keys(REFUSALS) as RefusalCode[]) {
    for (const moment of ['connect', 'create', 'data', 'end'] as const) {
      expect(NAMES).toContain(refusalDiagnostic(code, moment))
    }
  }
  expect(refusalDiagnostic('CREDENTIAL_REFUSED', 'connect')).toBe('3/304')
  expect(refusalDiagnostic('TRIES_EXCEEDED', 'connect')).toBe('3/304')
  expect(errorDiagnostic(new Error('disk /secret/path'), 'end')).toBe('2/215')
})

test('every error of the gateway has its diagnostics, and each leads back to it', () => {
  for (const code of Object.keys(ERRORS) as ErrorCode[]) {
    const names = diagnosticsOfError(code)
    expect(names, code).not.toEqual([])
    for (const name of names) expect(codesBehind(name).errors, name).toContain(code)
  }
  expect(codesBehind('2/201').errors).toContain('STORE_FULL')
  expect(diagnosticsOfError('JOURNAL_UNAVAILABLE')).toEqual(['3/322', '2/201'])
})

test('every refusal that PeSIT knows leads to its diagnostics and back', () => {
  for (const code of Object.keys(REFUSALS) as RefusalCode[]) {
    for (const name of diagnosticsOfRefusal(code)) {
      expect(codesBehind(name).refusals, name).toContain(code)
    }
  }
  expect(diagnosticsOfRefusal('CREDENTIAL_REFUSED')).toEqual(['3/304'])
  expect(codesBehind('3/304').refusals).toEqual(['CREDENTIAL_REFUSED', 'TRIES_EXCEEDED'])
  expect(diagnosticsOfRefusal('SIGNATURE_REFUSED')).toEqual([])
})
