import { describe, expect, test } from 'vitest'
import { assertMove } from '../gateway/flow-states.ts'
import { decideFlow, whatIfs, type DecisionInput } from './decision.ts'

const flow = (changes: Partial<DecisionInput>): DecisionInput => ({
  mode: 'PARTIAL',
  technicalFailure: false,
  total: 100,
  bad: 0,
  structureFailed: 0,
  xsdFailure: 'part',
  ...changes,
})

/** Reference chorus-pro-edi §8.3, line by line: mode, bad, ill-formed, xsdFailure → verdict. */
const TABLE = [
  ['COMPLETE', 0, 0, 'part', 'IN_INTEGRE', 100, 0, '01'],
  ['PARTIAL', 0, 0, 'part', 'IN_INTEGRE', 100, 0, '01'],
  ['COMPLETE', 1, 0, 'part', 'IN_REJETE', 0, 1, '22'],
  ['COMPLETE', 100, 0, 'part', 'IN_REJETE', 0, 100, '22'],
  ['PARTIAL', 1, 0, 'part', 'IN_INTEGRE_PARTIEL', 99, 1, '01'],
  ['PARTIAL', 99, 0, 'part', 'IN_INTEGRE_PARTIEL', 1, 99, '01'],
  ['PARTIAL', 100, 0, 'part', 'IN_REJETE', 0, 100, '22'],
  ['COMPLETE', 1, 1, 'part', 'IN_REJETE', 0, 1, '22'],
  ['PARTIAL', 1, 1, 'part', 'IN_INTEGRE_PARTIEL', 99, 1, '01'],
  ['COMPLETE', 1, 1, 'flow', 'IN_REJETE', 0, 1, '22'],
  ['PARTIAL', 1, 1, 'flow', 'IN_REJETE', 0, 1, '22'],
  ['PARTIAL', 2, 1, 'flow', 'IN_REJETE', 0, 2, '22'],
  ['PARTIAL', 2, 0, 'flow', 'IN_INTEGRE_PARTIEL', 98, 2, '01'],
] as const

describe('the decision', () => {
  test.each(TABLE)(
    'in mode %s with %i bad invoices of 100, %i ill-formed, xsdFailure %s, is %s',
    (mode, bad, structureFailed, xsdFailure, state, integrated, refused, goodInvoices) => {
      expect(decideFlow(flow({ mode, bad, structureFailed, xsdFailure }))).toEqual({
        state,
        integrated,
        refused,
        goodInvoices,
        badInvoices: '37',
      })
    },
  )

  test.each(['COMPLETE', 'PARTIAL', 'NONE'] as const)(
    'a technical failure rejects the flow in mode %s, and no invoice counts as refused',
    (mode) => {
      expect(decideFlow(flow({ mode, technicalFailure: true, total: 0 }))).toMatchObject({
        state: 'IN_REJETE',
        integrated: 0,
        refused: 0,
      })
    },
  )

  test('of every small flow: integrated only what is good, rejected means nothing integrated', () => {
    for (const mode of ['COMPLETE', 'PARTIAL'] as const) {
      for (const xsdFailure of ['part', 'flow'] as const) {
        for (let total = 1; total <= 4; total += 1) {
          for (let bad = 0; bad <= total; bad += 1) {
            for (let structureFailed = 0; structureFailed <= bad; structureFailed += 1) {
              const input = flow({ mode, xsdFailure, total, bad, structureFailed })
              const decision = decideFlow(input)
              expect(decision.refused).toBe(bad)
              expect(decision.state === 'IN_INTEGRE').toBe(bad === 0)
              expect(decision.state === 'IN_REJETE').toBe(decision.integrated === 0)
              expect([0, total - bad]).toContain(decision.integrated)
            }
          }
        }
      }
    }
  })

  test('can be reached from the state in which a checked flow is', () => {
    for (const row of TABLE) {
      expect(() => assertMove('IN_EN_COURS_TRAITEMENT_CPP', row[4])).not.toThrow()
    }
    expect(() => assertMove('IN_TRAITE_SE_CPP', 'IN_REJETE')).not.toThrow()
  })
})

describe('what another setting would have made of the flow', () => {
  test('one bad invoice of 100: the other mode decides otherwise', () => {
    expect(whatIfs(flow({ mode: 'COMPLETE', bad: 1 }))).toEqual([
      { setting: 'mode', value: 'PARTIAL', state: 'IN_INTEGRE_PARTIEL', integrated: 99 },
    ])
    expect(whatIfs(flow({ mode: 'PARTIAL', bad: 1 }))).toEqual([
      { setting: 'mode', value: 'COMPLETE', state: 'IN_REJETE', integrated: 0 },
    ])
  })

  test('one ill-formed file: the other XSD setting decides otherwise', () => {
    expect(whatIfs(flow({ bad: 1, structureFailed: 1 }))).toContainEqual({
      setting: 'pipeline.xsdFailure',
      value: 'flow',
      state: 'IN_REJETE',
      integrated: 0,
    })
  })

  test('nothing is said where nothing would change', () => {
    expect(whatIfs(flow({}))).toEqual([])
    expect(whatIfs(flow({ technicalFailure: true }))).toEqual([])
  })
})
