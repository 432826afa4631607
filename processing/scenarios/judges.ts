import * as checks from './checks.ts'
import * as doings from './doings.ts'
import * as expectations from './expectations.ts'
import { failed, passed, waiting, type JudgeStep } from './scene.ts'
import type { StepKind } from './step-kinds.ts'

/** What judges, or does, each kind of step. */
export const JUDGES: Readonly<Record<StepKind, JudgeStep>> = {
  flow: expectations.expectFlow,
  'flow-again': expectations.expectFlowAgain,
  refused: expectations.expectRefused,
  report: expectations.expectReport,
  'status-flow': expectations.expectStatusFlow,
  'meets-fault': expectations.expectFaultMet,
  recovers: expectations.expectRecovery,
  quiet: expectations.expectQuiet,
  fault: doings.putFault,
  'clear-faults': doings.clearFaults,
  'advance-clock': doings.advanceClock,
  'reset-clock': doings.resetClock,
  purge: doings.purgeReturns,
  'move-invoices': doings.moveInvoices,
  'return-flow': doings.moveReport,
  'renew-key': doings.renewKey,
  state: checks.checkState,
  counts: checks.checkCounts,
  'report-says': checks.checkReport,
  finding: checks.checkFinding,
  once: checks.checkOnce,
  'report-is': checks.checkReportState,
  resumed: checks.checkResumed,
  overtakes: checks.checkOvertakes,
  suppliers: checks.checkSuppliers,
  question: async ({ answer }) => {
    if (answer === null) return waiting('no answer yet', 'pas encore de réponse')
    const comment = answer.comment === null ? '' : `: ${answer.comment}`
    return answer.isYes
      ? passed(`yes${comment}`, `oui${comment}`)
      : failed(`no${comment}`, `non${comment}`)
  },
}
