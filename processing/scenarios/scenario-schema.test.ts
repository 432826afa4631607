import { describe, expect, test } from 'vitest'
import { loadCatalogue } from './catalogue.ts'
import { readScenario } from './scenario-schema.ts'

const HEAD = `
id: mine
title: { en: Mine, fr: Le mien }
purpose: { en: Why, fr: Pourquoi }
protocols: [sftp]
steps:
`

describe('a scenario', () => {
  test('has the defaults of its steps, and words for what has to be done', () => {
    const { steps, isAlone, needs } = readScenario(
      `${HEAD}  - expect: flow\n    within: 2m\n    with: { invoices: 3, bad: 1 }\n`,
      'mine.yaml',
    )
    expect(steps).toMatchObject([
      {
        verb: 'expect',
        kind: 'flow',
        withinSeconds: 120,
        values: { invoices: 3, bad: 1, as: 'flow', fault: 'wrong-total', mode: 'ANY' },
      },
    ])
    expect(steps[0]?.say.en).toBe(
      'Send a flow with 3 invoices, of which 1 incorrect (wrong-total).',
    )
    expect({ isAlone, needs }).toEqual({ isAlone: false, needs: {} })
  })

  test.each([
    ['  - expect: nothing-known\n', 'mine.yaml, step 1: there is no step "nothing-known".'],
    ['  - do: flow\n', 'mine.yaml, step 1: "flow" is a step to expect, not do.'],
    ['  - expect: flow\n    do: fault\n', 'mine.yaml, step 1 has to be one of expect, do'],
    ['  - expect: quiet\n    with: { minutes: 3 }\n', 'it has no parameter "minutes"'],
    ['  - expect: quiet\n    with: { seconds: 0 }\n', 'seconds is a number from 1 to 3600'],
    ['  - expect: flow\n    with: { mode: SOME }\n', 'mode is one of ANY, PARTIAL, COMPLETE'],
    ['  - expect: flow\n    within: soon\n', 'steps.0.within: write it as 30s'],
  ])('that is wrong is refused with its place: %j', (steps, message) => {
    expect(() => readScenario(HEAD + steps, 'mine.yaml')).toThrow(message)
  })

  test('of the catalogue has an id of its own, and steps that name flows met before', () => {
    const catalogue = loadCatalogue()
    expect(new Set(catalogue.map(({ id }) => id)).size).toBe(catalogue.length)
    const unmet = catalogue.flatMap(({ id, steps }) => {
      const met = new Set<unknown>()
      return steps.flatMap(({ kind, values }) => {
        if ('as' in values) met.add(values['as'])
        const isMet = !('flow' in values) || kind === 'refused' || met.has(values['flow'])
        return isMet ? [] : [`${id}: ${kind}`]
      })
    })
    expect(unmet).toEqual([])
  })
})
