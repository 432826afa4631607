import { z } from 'zod'
import { FLOW_STATES, type FlowState } from '../flow-states.ts'

/** What a hook may be called on: a flow comes into a state, or its return flow is brought or given up. */
const HOOK_EVENTS = [
  ...(Object.keys(FLOW_STATES) as [FlowState, ...FlowState[]]),
  'RETURN_DELIVERED',
  'RETURN_FAILED',
] as const
export type HookEvent = (typeof HOOK_EVENTS)[number]

/** Hooks of one connection, an operator's: each calls a URL or runs a command of the configuration. */
export const hooksSchema = z
  .array(
    z
      .strictObject({
        on: z.array(z.enum(HOOK_EVENTS)).min(1).max(HOOK_EVENTS.length),
        url: z
          .url({ protocol: /^https?$/ })
          .max(500)
          .exactOptional(),
        /** Name in the setting `hooks.commands`. */
        command: z.string().max(40).exactOptional(),
      })
      .refine(({ url, command }) => (url === undefined) !== (command === undefined), {
        message: 'wants a url or a command',
      }),
  )
  .max(10)

export type Hook = Readonly<z.output<typeof hooksSchema>[number]>
