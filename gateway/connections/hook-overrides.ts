import { z } from 'zod'
import { FLOW_STATES, type FlowState } from '../flow-states.ts'

/** Statuses of invoices are the numbers from 1 (processing/returns/invoice-statuses.ts). */
const LAST_INVOICE_STATUS = 41

/**
 * What a hook may be called on: a flow comes into a state, an invoice gets a status, a return flow is
 * brought or given up.
 */
export type HookEvent = FlowState | `INVOICE_${string}` | 'RETURN_DELIVERED' | 'RETURN_FAILED'

export const HOOK_EVENTS: readonly HookEvent[] = [
  ...(Object.keys(FLOW_STATES) as FlowState[]),
  ...Array.from({ length: LAST_INVOICE_STATUS }, (_, index) =>
    invoiceEvent(String(index + 1).padStart(2, '0')),
  ),
  'RETURN_DELIVERED',
  'RETURN_FAILED',
]

/** @param status two digits */
export function invoiceEvent(status: string): HookEvent {
  return `INVOICE_${status}`
}

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
