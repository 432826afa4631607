import type { BilingualText, Finding, FlowId } from '../flow.ts'
import type { Journal } from '../journal/journal.ts'
import { readRejectedInvoices, type RejectedInvoiceCriteria } from './rejected-invoices.ts'

/** How a rule or a code was last met: what was said, and of which invoice. */
export interface RejectionExample {
  readonly flowId: string
  readonly flowNumber: string
  /** Null = the flow itself. */
  readonly invoice: string | null
  readonly rule: string
  readonly message: BilingualText
  readonly remedy: BilingualText
}

/** The first in a flow of what matches; undefined once the flow is no longer kept. */
export async function readRejectionExample(
  journal: Journal,
  criteria: Omit<RejectedInvoiceCriteria, 'limit' | 'after'> & { readonly flowId: FlowId },
): Promise<RejectionExample | undefined> {
  const { items } = await readRejectedInvoices(journal, { ...criteria, limit: 1 })
  const [item] = items
  const finding: Finding | undefined = item?.findings[0]
  if (item === undefined || finding === undefined) return undefined
  return {
    flowId: item.flowId,
    flowNumber: item.flowNumber,
    invoice: item.number,
    rule: finding.rule,
    message: finding.message,
    remedy: finding.remedy,
  }
}
