import { ALERT_ROUTES } from './alerts.ts'
import { ATTACHMENT_ROUTES } from './attachments.ts'
import { AUDIT_ROUTES } from './audit.ts'
import { CERTIFICATE_ROUTES } from './certificates.ts'
import { CLOCK_ROUTES } from './clock.ts'
import { CONNECTION_CERTIFICATE_ROUTES } from './connection-certificates.ts'
import { CONNECTION_EXCHANGE_ROUTES } from './connection-exchange.ts'
import { CONNECTION_KIT_ROUTES } from './connection-kit.ts'
import { CONNECTION_MOVE_ROUTES } from './connection-moves.ts'
import { CONNECTION_PROBE_ROUTES } from './connection-probe.ts'
import { CONNECTION_ROUTES } from './connections.ts'
import { DIRECTORY_FLOW_ROUTES, DIRECTORY_ROUTES } from './directory.ts'
import { EVENT_ROUTES } from './events.ts'
import { FLOW_REPORT_ROUTES } from './flow-report.ts'
import { FLOW_TRANSCRIPT_ROUTES } from './flow-transcript.ts'
import { FAULT_ROUTES } from './faults.ts'
import { FLOW_REPLAY_ROUTES } from './flow-replay.ts'
import { FLOW_VERIFICATION_ROUTES } from './flow-verification.ts'
import { FLOW_WAIT_ROUTES } from './flow-wait.ts'
import { FLOW_ROUTES } from './flows.ts'
import { GATEWAY_ROUTES } from './gateway.ts'
import { IDENTITY_ROUTES } from './identity.ts'
import { INTERFACE_CODE_ROUTES } from './interface-codes.ts'
import { INVOICE_DOCUMENT_ROUTES } from './invoice-documents.ts'
import { INVOICE_ROUTES } from './invoices.ts'
import { openApiRoutes } from './openapi.ts'
import { OWN_ACCOUNT_ROUTES } from './own-account.ts'
import { PARTNER_ROUTES } from './partners.ts'
import { REFUSAL_SUMMARY_ROUTES } from './refusal-summary.ts'
import { REFUSAL_ROUTES } from './refusals.ts'
import { REJECTION_ROUTES } from './rejections.ts'
import { RETENTION_ROUTES } from './retention.ts'
import { RETURN_ROUTES } from './returns.ts'
import { PARTNER_SESSION_ROUTES } from './partner-sessions.ts'
import type { Route } from './route.ts'
import { CAMPAIGN_RESULT_ROUTES } from './campaign-results.ts'
import { CAMPAIGN_ROUTES } from './campaigns.ts'
import { RUN_ATTACHMENT_ROUTES } from './run-attachments.ts'
import { RUN_EVIDENCE_ROUTES } from './run-evidence.ts'
import { RUN_LIVE_ROUTES } from './run-live.ts'
import { RUN_ROUTES } from './runs.ts'
import { SCENARIO_ROUTES } from './scenarios.ts'
import { SESSION_ROUTES } from './session.ts'
import { STRUCTURE_ROUTES } from './structures.ts'
import { SUBSCRIPTION_ROUTES } from './subscriptions.ts'
import { TEST_CERTIFICATE_ROUTES } from './test-certificates.ts'
import { TOKEN_ROUTES } from './tokens.ts'
import { UNIQUENESS_ROUTES } from './uniqueness.ts'
import { USER_ROUTES } from './users.ts'

/** Every route of the API, in the order of its document. */
export const API_ROUTES: readonly Route[] = [
  ...SESSION_ROUTES,
  ...OWN_ACCOUNT_ROUTES,
  ...USER_ROUTES,
  ...TOKEN_ROUTES,
  ...STRUCTURE_ROUTES,
  ...ATTACHMENT_ROUTES,
  ...SUBSCRIPTION_ROUTES,
  ...AUDIT_ROUTES,
  ...CONNECTION_ROUTES,
  ...CONNECTION_MOVE_ROUTES,
  ...CONNECTION_CERTIFICATE_ROUTES,
  ...CONNECTION_EXCHANGE_ROUTES,
  ...CONNECTION_KIT_ROUTES,
  ...CONNECTION_PROBE_ROUTES,
  ...FLOW_ROUTES,
  ...FLOW_REPORT_ROUTES,
  ...FLOW_TRANSCRIPT_ROUTES,
  ...FLOW_WAIT_ROUTES,
  ...FLOW_VERIFICATION_ROUTES,
  ...FLOW_REPLAY_ROUTES,
  ...RETURN_ROUTES,
  ...INVOICE_ROUTES,
  ...INVOICE_DOCUMENT_ROUTES,
  ...REJECTION_ROUTES,
  ...REFUSAL_ROUTES,
  ...REFUSAL_SUMMARY_ROUTES,
  ...PARTNER_ROUTES,
  ...ALERT_ROUTES,
  ...PARTNER_SESSION_ROUTES,
  ...TEST_CERTIFICATE_ROUTES,
  ...CERTIFICATE_ROUTES,
  ...GATEWAY_ROUTES,
  ...IDENTITY_ROUTES,
  ...INTERFACE_CODE_ROUTES,
  ...DIRECTORY_ROUTES,
  ...SCENARIO_ROUTES,
  ...RUN_ROUTES,
  ...RUN_EVIDENCE_ROUTES,
  ...RUN_ATTACHMENT_ROUTES,
  ...RUN_LIVE_ROUTES,
  ...CAMPAIGN_ROUTES,
  ...CAMPAIGN_RESULT_ROUTES,
  ...FAULT_ROUTES,
  ...CLOCK_ROUTES,
  ...UNIQUENESS_ROUTES,
  ...RETENTION_ROUTES,
  ...DIRECTORY_FLOW_ROUTES,
  ...EVENT_ROUTES,
  ...openApiRoutes(() => API_ROUTES),
]
