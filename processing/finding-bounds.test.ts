import { describe, expect, test } from 'vitest'
import type { Finding } from '../gateway/flow.ts'
import {
  boundFindings,
  createFindingBounds,
  MAX_FINDING_CHARACTERS_PER_CHUNK,
  MAX_FINDINGS_PER_INVOICE,
} from './finding-bounds.ts'
import { motiveFinding } from './motives.ts'

const findings = (count: number, context: Parameters<typeof motiveFinding>[1] = {}): Finding[] =>
  Array.from({ length: count }, () => motiveFinding('ERR_FCT_008', context))

describe('the findings of one invoice', () => {
  test('are kept as they are up to the bound', () => {
    const all = findings(MAX_FINDINGS_PER_INVOICE)
    expect(boundFindings(all, MAX_FINDINGS_PER_INVOICE)).toBe(all)
  })

  test('beyond it are counted in one last finding', () => {
    const bounded = boundFindings(findings(250, { part: 7, invoice: 'F7' }), 100)
    expect(bounded).toHaveLength(101)
    expect(bounded.at(-1)).toMatchObject({
      rule: 'RACCORD-MORE',
      severity: 'fatal',
      part: 7,
      invoice: 'F7',
      message: { en: '150 more findings of this invoice are not listed.' },
    })
  })

  test('a fatal one is never left out for a warning', () => {
    const all = [...findings(200, { severity: 'warning' }), ...findings(1)]
    const bounded = boundFindings(all, 100)
    expect(bounded[0]!.severity).toBe('fatal')
    expect(bounded.at(-1)!.severity).toBe('information')
  })
})

test('a chunk of hostile invoices takes bounded room in the journal', () => {
  const bound = createFindingBounds()
  const hostile = findings(5_000, { path: `/ubl:${'x'.repeat(100_000)}` })
  let characters = 0
  for (let invoice = 0; invoice < 250; invoice += 1) characters += bound(hostile).json.length
  expect(characters).toBeLessThan(2 * MAX_FINDING_CHARACTERS_PER_CHUNK)
})
