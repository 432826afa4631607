import * as checks from './checks.ts'
import * as doings from './doings.ts'
import * as expectations from './expectations.ts'
import * as keys from './key-judges.ts'
import { expectFetchAgain } from './retrieval-judges.ts'
import { failed, passed, waiting, type JudgeStep } from './scene.ts'
import { checkStatusFlow, expectStatusFlow } from './status-flow-judges.ts'
import type { StepKind } from './step-kinds.ts'
import { expectFlows, expectReports } from './volume-judges.ts'

const judgeAnswer: JudgeStep = async ({ answer }) => {
  if (answer === null) return waiting('no answer yet', 'pas encore de réponse')
  const comment = answer.comment === null ? '' : `: ${answer.comment}`
  return answer.isYes
    ? passed(`yes${comment}`, `oui${comment}`)
    : failed(`no${comment}`, `non${comment}`)
}

/** What judges, or does, each kind of step. */
export const JUDGES: Readonly<Record<StepKind, JudgeStep>> = {
  flow: expectations.expectFlow,
  'flow-again': expectations.expectFlowAgain,
  refused: expectations.expectRefused,
  report: expectations.expectReport,
  'fetch-again': expectFetchAgain,
  'status-flow': expectStatusFlow,
  'meets-fault': expectations.expectFaultMet,
  recovers: expectations.expectRecovery,
  quiet: expectations.expectQuiet,
  flows: expectFlows,
  reports: expectReports,
  'certificate-added': keys.expectCertificateAdded,
  'turned-away': keys.expectTurnedAway,
  fault: doings.putFault,
  'clear-faults': doings.clearFaults,
  'advance-clock': doings.advanceClock,
  'reset-clock': doings.resetClock,
  purge: doings.purgeReturns,
  'move-invoices': doings.moveInvoices,
  'return-flow': doings.moveReport,
  'renew-key': keys.renewKey,
  'pass-certificate': keys.passCertificate,
  state: checks.checkState,
  counts: checks.checkCounts,
  'report-says': checks.checkReport,
  'status-flow-says': checkStatusFlow,
  finding: checks.checkFinding,
  once: checks.checkOnce,
  'report-is': checks.checkReportState,
  resumed: checks.checkResumed,
  overtakes: checks.checkOvertakes,
  suppliers: checks.checkSuppliers,
  'gateway-key': keys.checkGatewayKey,
  certificate: keys.checkCertificate,
  'receipt-posted': keys.checkReceiptPosted,
  question: judgeAnswer,
  'key-learned': judgeAnswer,
}
