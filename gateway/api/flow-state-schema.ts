import { z } from 'zod'
import { FLOW_STATES, type FlowState } from '../flow-states.ts'

/** States of a flow by code (`IN_REJETE`) or label in either language (`rejected`, `Rejeté`). */
export const flowStateSchema = z
  .string()
  .max(60)
  .transform(statesNamed)
  .refine((states) => states.length > 0, {
    message: `no such state; known are ${Object.keys(FLOW_STATES).join(', ')} and their labels`,
  })

function statesNamed(text: string): readonly FlowState[] {
  const wanted = text.toLowerCase()
  return (Object.keys(FLOW_STATES) as FlowState[]).filter((state) =>
    [state, FLOW_STATES[state].label.en, FLOW_STATES[state].label.fr].some(
      (name) => name.toLowerCase() === wanted,
    ),
  )
}
