import { describe, expect, test } from 'vitest'
import { isSiret, sirenOf } from './siret.ts'

describe('a SIRET', () => {
  test.each(['73282932000074', '35600000000048', '35600000049837', '00000000012345'])(
    'is %s',
    (siret) => {
      expect(isSiret(siret, 'qualification')).toBe(true)
    },
  )

  test.each(['73282932000075', '7328293200007', '35600000049838', 'ABCDEFGHIJKLMN', ''])(
    'is not %s',
    (siret) => {
      expect(isSiret(siret, 'qualification')).toBe(false)
    },
  )

  test('of the fictional SIREN is none in production, a real one still is', () => {
    expect(isSiret('00000000012345', 'production')).toBe(false)
    expect(isSiret('73282932000074', 'production')).toBe(true)
  })

  test('names its legal unit by its first nine digits', () => {
    expect(sirenOf('73282932000074')).toBe('732829320')
  })
})
