import type { BilingualText, Finding } from '../../../gateway/flow.ts'
import { motiveFinding } from '../../motives.ts'

export interface Duplicate {
  readonly part: number
  readonly file: string
  /** BT-1. */
  readonly invoice: string
  /**
   * Flow that holds the number, as people know it; null = one of another partner, which stays
   * unnamed; absent = an earlier invoice of the same flow.
   */
  readonly holder?: string | null
  /** Ordinal of the earlier invoice, when it is known. */
  readonly holderPart?: number
}

/** The finding of an invoice whose number the supplier has used already (F09). */
export function duplicateFinding({ part, file, invoice, holder, holderPart }: Duplicate): Finding {
  const where = whereItCame(holder, holderPart)
  return motiveFinding('ERR_FCT_009', {
    rule: 'DUP-01',
    part,
    file,
    invoice,
    terms: ['BT-1'],
    detail: { en: `It came ${where.en}.`, fr: `Elle est arrivée ${where.fr}.` },
  })
}

function whereItCame(holder: Duplicate['holder'], part: number | undefined): BilingualText {
  if (holder === null) return { en: 'with another partner', fr: 'par un autre partenaire' }
  if (holder !== undefined) return { en: `in flow ${holder}`, fr: `dans le flux ${holder}` }
  return part === undefined
    ? { en: 'earlier in this flow', fr: 'plus haut dans ce flux' }
    : { en: `as part ${part} of this flow`, fr: `comme partie ${part} de ce flux` }
}
