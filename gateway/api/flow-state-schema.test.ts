import { expect, test } from 'vitest'
import { FLOW_STATES, type FlowState } from '../flow-states.ts'
import { flowStateSchema } from './flow-state-schema.ts'

test.each(Object.entries(FLOW_STATES))(
  '%s is found by its code and its labels, whatever the capitals',
  (code, { label }) => {
    for (const name of [code, code.toLowerCase(), label.en, label.fr, label.fr.toUpperCase()]) {
      expect(flowStateSchema.parse(name)).toContain(code as FlowState)
    }
  },
)

test('what is no state is refused, with those that there are', () => {
  const { success, error } = flowStateSchema.safeParse('nonsense')
  expect(success).toBe(false)
  for (const code of Object.keys(FLOW_STATES)) expect(error?.message).toContain(code)
})
