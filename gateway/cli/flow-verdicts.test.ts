import { expect, test } from 'vitest'
import type { FlowDocument } from '../flow.ts'
import { waitForVerdicts } from './flow-verdicts.ts'

const SENT = { applicationCode: 'SIM123', since: new Date(0) }

/** A gateway that decides so many flows more each time it is asked. */
function deciding(numbers: readonly string[], perQuestion: number) {
  let [decided, asked] = [0, 0]
  const document = (number: string, index: number): FlowDocument =>
    ({ number, state: index < decided ? 'IN_INTEGRE' : 'IN_RECU' }) as FlowDocument
  return {
    questions: () => asked,
    client: {
      async flow(number: string) {
        asked += 1
        decided += perQuestion
        return document(number, numbers.indexOf(number))
      },
      async flows({ after }: Readonly<Record<string, string>>) {
        asked += 1
        decided += perQuestion
        const start = Number(after ?? 0)
        const flows = numbers
          .slice(start, start + 50)
          .map((number, index) => document(number, start + index))
        return { flows, next: start + 50 < numbers.length ? String(start + 50) : null }
      },
    },
  }
}

test('verdicts are waited for until every flow has one', async () => {
  const numbers = ['A', 'B', 'C']
  const { client } = deciding(numbers, 1)
  const verdicts = await waitForVerdicts(client, { ...SENT, numbers }, AbortSignal.timeout(120_000))
  expect(verdicts).toEqual({ states: { IN_INTEGRE: 3 }, undecided: 0 })
})

test('many flows are looked at by pages, not one by one', async () => {
  const numbers = Array.from({ length: 200 }, (_, index) => String(index))
  const { client, questions } = deciding(numbers, 200)
  const verdicts = await waitForVerdicts(client, { ...SENT, numbers }, AbortSignal.timeout(120_000))
  expect(verdicts).toEqual({ states: { IN_INTEGRE: 200 }, undecided: 0 })
  expect(questions()).toBe(4)
})

test('what is not decided in time is counted', async () => {
  const { client } = deciding(['A'], 0)
  const verdicts = await waitForVerdicts(
    client,
    { ...SENT, numbers: ['A'] },
    AbortSignal.timeout(10),
  )
  expect(verdicts).toEqual({ states: {}, undecided: 1 })
})
