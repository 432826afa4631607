import { z } from 'zod'
import { as2OverridesSchema } from './as2-overrides.ts'
import { pesitOverridesSchema } from './pesit-overrides.ts'
import { closedHoursSchema } from './closed-hours.ts'
import { hooksSchema } from './hook-overrides.ts'

const overridesSchema = z.strictObject({
  /** Instead of `limits.maxInvoicesPerFlow` (decisions D3). */
  maxInvoicesPerFlow: z.int().min(1).max(100_000).exactOptional(),
  /** Instead of `report.mode` (decisions D6). */
  reportMode: z.enum(['full', 'faithful']).exactOptional(),
  /** Instead of `report.packing`. */
  reportPacking: z.enum(['tar.gz', 'xml']).exactOptional(),
  /** Instead of `report.includeInvoiceStatuses`. */
  reportInvoiceStatuses: z.boolean().exactOptional(),
  /** Of an AS2 connection. */
  as2: as2OverridesSchema.exactOptional(),
  /** How PeSIT is spoken with this partner. */
  pesit: pesitOverridesSchema.exactOptional(),
  /** When the partner is not called. */
  closedHours: closedHoursSchema.exactOptional(),
  /** Hours without a flow after which it is silent, instead of `alerts.noFlowHours`; 0 = by its rhythm. */
  noFlowHours: z.int().min(0).max(8_784).exactOptional(),
  /** What is called when something happens to a flow. */
  hooks: hooksSchema.exactOptional(),
})

/** Settings of one connection that win over the gateway's. */
export type ConnectionOverrides = Readonly<z.output<typeof overridesSchema>>

/** @returns undefined when something in it is no such setting, or out of its range */
export function parseOverrides(value: unknown): ConnectionOverrides | undefined {
  const parsed = overridesSchema.safeParse(value)
  return parsed.success ? parsed.data : undefined
}
