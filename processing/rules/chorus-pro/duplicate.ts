import type { Finding } from '../../../gateway/flow.ts'
import { motiveFinding } from '../../motives.ts'

export interface Duplicate {
  readonly part: number
  readonly file: string
  /** BT-1. */
  readonly invoice: string
  /** Flow that holds the number, as people know it; absent = an earlier invoice of the same flow. */
  readonly holder?: string
  /** Ordinal of the earlier invoice, when it is known. */
  readonly holderPart?: number
}

/** The finding of an invoice whose number the supplier has used already (F09). */
export function duplicateFinding({ part, file, invoice, holder, holderPart }: Duplicate): Finding {
  const where =
    holder === undefined
      ? holderPart === undefined
        ? { en: 'earlier in this flow', fr: 'plus haut dans ce flux' }
        : { en: `as part ${holderPart} of this flow`, fr: `en partie ${holderPart} de ce flux` }
      : { en: `in flow ${holder}`, fr: `dans le flux ${holder}` }
  return motiveFinding('ERR_FCT_009', {
    rule: 'DUP-01',
    part,
    file,
    invoice,
    terms: ['BT-1'],
    detail: { en: `It came ${where.en}.`, fr: `Elle est arrivée ${where.fr}.` },
  })
}
