import { describe, expect, test } from 'vitest'
import { dottedPath, motiveFinding, MOTIVES, type MotiveCode } from './motives.ts'

describe('the table of motives', () => {
  const codes = Object.keys(MOTIVES) as MotiveCode[]

  test('has every motive of the reference, each in two languages', () => {
    const countOf = (nature: string): number =>
      codes.filter((code) => MOTIVES[code].nature === nature).length
    expect(
      ['ENV', 'VOL', 'AV', 'ARC', 'XSD', 'PJ', 'FCT'].map((one) => countOf(`ERR_${one}`)),
    ).toEqual([7, 3, 1, 5, 1, 4, 11])
    for (const code of codes) {
      const { nature, message, remedy } = MOTIVES[code]
      expect(code.startsWith(`${nature}_`)).toBe(true)
      for (const text of [message.en, message.fr, remedy.en, remedy.fr]) {
        expect(text).toMatch(/[.]$/)
      }
    }
  })

  test('makes findings: fatal, with an id of ours, unless told otherwise', () => {
    expect(motiveFinding('ERR_VOL_001')).toEqual({
      rule: 'VOL-001',
      severity: 'fatal',
      nature: 'ERR_VOL',
      code: 'ERR_VOL_001',
      terms: [],
      message: MOTIVES.ERR_VOL_001.message,
      remedy: MOTIVES.ERR_VOL_001.remedy,
      platformText: 'Irrecevable : flux vide.',
    })
    const finding = motiveFinding('ERR_XSD_001', {
      rule: 'XML-MALFORMED',
      severity: 'warning',
      file: 'F1.xml',
      line: 3,
      column: 9,
      detail: { en: 'A tag.', fr: 'Une balise.' },
    })
    expect(finding).toMatchObject({ rule: 'XML-MALFORMED', severity: 'warning', file: 'F1.xml' })
    expect(finding.message.fr).toBe(`${MOTIVES.ERR_XSD_001.message.fr} Une balise.`)
    expect(finding.platformText).toContain('(ligne 3, position 9)')
  })

  test('shows paths in the dotted style of the real reports', () => {
    expect(dottedPath('/ubl:Invoice[1]/cac:InvoiceLine[3]/cbc:ID[1]')).toBe(
      'Invoice.InvoiceLine[3].ID',
    )
    expect(dottedPath('')).toBe('')
  })
})
