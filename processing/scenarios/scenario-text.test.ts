import { describe, expect, test } from 'vitest'
import { loadCatalogue } from './catalogue.ts'
import { bindScenario } from './scenario-inputs.ts'
import { checkScenarioText, readScenario } from './scenario-text.ts'

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

  test.each(['$(id)', 'a;b', '../up', "a'b", '-rf', 'a b', ''])(
    'names no flow so that a line to paste would do something else: %j',
    (name) => {
      const text = `${HEAD}  - expect: flow\n    with: { as: ${JSON.stringify(name)} }\n`
      expect(checkScenarioText(text)).toMatchObject({
        faults: [{ line: 8, path: ['steps', 0, 'with', 'as'] }],
      })
    },
  )

  test('keeps the value of a parameter that is named like something every object has', () => {
    const text = `${HEAD.replace('steps:', 'parameters:\n  constructor: { default: 2, meaning: { en: n, fr: n } }\nsteps:')}  - expect: flow\n    with: { invoices: $constructor }\n`
    const bound = bindScenario(readScenario(text, 'mine.yaml'), {})
    expect(bound).toMatchObject({ scenario: { steps: [{ values: { invoices: 2 } }] } })
  })

  test.each([
    [
      '  - expect: nothing-known\n',
      7,
      'there is no step "nothing-known"',
      'l’étape « nothing-known » n’existe pas',
    ],
    [
      '  - do: flow\n',
      7,
      '"flow" is a step to expect, not do',
      '« flow » est une étape expect, non do',
    ],
    [
      '  - expect: flow\n    do: fault\n',
      7,
      'it has to be one of expect, do',
      'il faut un seul verbe parmi expect, do',
    ],
    [
      '  - expect: quiet\n    with:\n      minutes: 3\n',
      9,
      'it has no parameter "minutes"',
      'pas de paramètre « minutes »',
    ],
    [
      '  - expect: quiet\n    with: { seconds: 0 }\n',
      8,
      'seconds is a number from 1 to 3600',
      'seconds est un nombre de 1 à 3600',
    ],
    [
      '  - expect: quiet\n    with: { seconds: $long }\n',
      8,
      'the scenario has no parameter "long"',
      'le scénario n’a pas de paramètre « long »',
    ],
    [
      '  - expect: flow\n    with: { mode: SOME }\n',
      8,
      'mode is one of ANY, PARTIAL, COMPLETE',
      'mode est une valeur parmi ANY',
    ],
    [
      '  - expect: flow\n    within: soon\n',
      8,
      'write it as 30s, 10m, 2h or 1d',
      'à écrire 30s, 10m, 2h ou 1d',
    ],
    [
      '  - expect: flow\n\n  - check: state\n    with: { flow: other }\n',
      10,
      'no step before meets a flow "other"',
      'aucune étape avant ne rencontre un flux « other »',
    ],
    [
      '  - expect: flow\n  - do: advance-clock\n',
      8,
      'the scenario wants alone: true',
      'le scénario doit avoir alone: true',
    ],
    ['  - expect: flow\n    when: now\n', 8, 'Unrecognized key: "when"', 'Clé non reconnue'],
    ['  - [expect\n', 8, 'not YAML:', 'ce n’est pas du YAML'],
  ])('that is wrong is refused with line and cause: %j', (steps, line, en, fr) => {
    const checked = checkScenarioText(HEAD + steps)
    expect('faults' in checked ? checked.faults[0] : undefined).toMatchObject({
      line,
      message: { en: expect.stringContaining(en), fr: expect.stringContaining(fr) },
    })
    expect(() => readScenario(HEAD + steps, 'mine.yaml')).toThrow(`mine.yaml, line ${line}`)
  })

  test('tells all that is wrong with it at once', () => {
    const checked = checkScenarioText(`${HEAD}  - expect: no\n  - check: no\n`)
    expect('faults' in checked ? checked.faults.map(({ line }) => line) : []).toEqual([7, 8])
  })

  test.each([
    ['', 1],
    ['- 1', 1],
    ['x'.repeat(70_000), 1],
    ['a: &a [1]\nb: [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a]', 1],
  ])('that is none at all is refused too: %#', (text, line) => {
    const checked = checkScenarioText(text)
    expect('faults' in checked ? checked.faults[0]?.line : undefined).toBe(line)
  })

  test('of the catalogue has an id of its own, and steps that name flows met before', () => {
    const catalogue = loadCatalogue()
    expect(new Set(catalogue.map(({ id }) => id)).size).toBe(catalogue.length)
  })
})

describe('the parameters of a scenario', () => {
  const scenario = readScenario(
    `${HEAD}  - expect: quiet
    with: { seconds: $long }
parameters:
  long: { default: 5, minimum: 1, maximum: 60, meaning: { en: How long, fr: Durée } }
`,
    'mine.yaml',
  )
  const secondsOf = (bound: ReturnType<typeof bindScenario>) =>
    'scenario' in bound ? bound.scenario.steps[0]?.values['seconds'] : bound.faults

  test('have their own values unless a run gives others, also as text', () => {
    expect(secondsOf(bindScenario(scenario, {}))).toBe(5)
    expect(secondsOf(bindScenario(scenario, { long: 7 }))).toBe(7)
    expect(secondsOf(bindScenario(scenario, { long: '9' }))).toBe(9)
  })

  test.each([
    [{ long: 61 }, 'long is a number in 1–60'],
    [{ long: 'x' }, 'long is a number in 1–60'],
    [{ other: 1 }, 'mine has no parameter "other" (it has: long)'],
  ])('are refused where they do not fit: %j', (given, en) => {
    expect(secondsOf(bindScenario(scenario, given))).toMatchObject([{ message: { en } }])
  })

  test('change what the steps say, unless they say it in their own words', () => {
    const volume = loadCatalogue().find(({ id }) => id === 'volume')!
    const bound = bindScenario(volume, { count: 3, invoices: 2 })
    expect('scenario' in bound ? bound.scenario.steps[0]?.say.en : '').toBe(
      'Send 3 flows of 2 correct invoices each.',
    )
  })
})
