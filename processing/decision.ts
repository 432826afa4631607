import type { FlowState } from '../gateway/flow-states.ts'
import type { ProcessingMode } from '../gateway/flow.ts'

/** What the stages before found out about a flow. */
export interface DecisionInput {
  readonly mode: ProcessingMode
  /** A fatal finding about the flow itself, from stages 1 to 3: then no part was examined. */
  readonly technicalFailure: boolean
  /** Invoices in the flow. */
  readonly total: number
  /** Of those, the ones refused by format, functional rules or uniqueness. */
  readonly bad: number
  /** Of the bad ones, those ill-formed (XSD). */
  readonly structureFailed: number
  /** Setting `pipeline.xsdFailure`: what one ill-formed file refuses. */
  readonly xsdFailure: 'part' | 'flow'
}

/** Life-cycle code of an invoice after the decision (reference §8.3, §10.1). */
export type InvoiceOutcome = '01' | '22' | '37'

export interface Decision {
  readonly state: Extract<FlowState, 'IN_INTEGRE' | 'IN_INTEGRE_PARTIEL' | 'IN_REJETE'>
  readonly integrated: number
  /**
   * The bad ones, in every mode: good invoices of a flow rejected in Complete mode are neither
   * integrated nor refused (22 *Conforme – non intégrée*).
   */
  readonly refused: number
  readonly goodInvoices: InvoiceOutcome
  readonly badInvoices: InvoiceOutcome
}

/**
 * Complete and Partial (reference chorus-pro-edi §8.3, decisions D4, D5), as the table there:
 * the first row that holds decides.
 */
const DECISION_TABLE: readonly {
  readonly when: (flow: DecisionInput) => boolean
  readonly state: Decision['state']
}[] = [
  { when: (flow) => flow.technicalFailure, state: 'IN_REJETE' },
  { when: (flow) => flow.bad === 0, state: 'IN_INTEGRE' },
  { when: (flow) => flow.xsdFailure === 'flow' && flow.structureFailed > 0, state: 'IN_REJETE' },
  { when: (flow) => flow.mode === 'PARTIAL' && flow.bad < flow.total, state: 'IN_INTEGRE_PARTIEL' },
  { when: () => true, state: 'IN_REJETE' },
]

/** The verdict on a flow. Pure: the same input, the same verdict. */
export function decideFlow(flow: DecisionInput): Decision {
  const { state } = DECISION_TABLE.find(({ when }) => when(flow))!
  const isRejected = state === 'IN_REJETE'
  return {
    state,
    integrated: isRejected ? 0 : flow.total - flow.bad,
    refused: flow.technicalFailure ? 0 : flow.bad,
    goodInvoices: isRejected ? '22' : '01',
    badInvoices: '37',
  }
}

/** What another setting would have made of the same flow. */
export interface WhatIf {
  readonly setting: 'mode' | 'pipeline.xsdFailure'
  readonly value: string
  readonly state: Decision['state']
  readonly integrated: number
}

/**
 * The verdicts under the other mode and the other XSD setting, where they differ from this one's:
 * shown beside the decision (decisions D4).
 */
export function whatIfs(flow: DecisionInput): WhatIf[] {
  const decision = decideFlow(flow)
  const otherMode = flow.mode === 'COMPLETE' ? 'PARTIAL' : 'COMPLETE'
  const otherXsdFailure = flow.xsdFailure === 'part' ? 'flow' : 'part'
  const others = [
    { setting: 'mode', value: otherMode, flow: { ...flow, mode: otherMode } },
    {
      setting: 'pipeline.xsdFailure',
      value: otherXsdFailure,
      flow: { ...flow, xsdFailure: otherXsdFailure },
    },
  ] as const
  return others.flatMap(({ setting, value, flow }) => {
    const { state, integrated } = decideFlow(flow)
    return state === decision.state ? [] : [{ setting, value, state, integrated }]
  })
}
