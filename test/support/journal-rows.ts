import type { Insertable } from 'kysely'
import type { Finding, FlowId } from '../../gateway/flow.ts'
import type { FlowsTable, InvoicesTable } from '../../gateway/journal/schema.ts'

/** Received in this order, a second apart. */
const FIRST_RECEIVED = Date.parse('2026-11-22T10:00:00Z')

/** The row of the flow with this number, integrated unless told otherwise. */
export function flowRow(
  number: number,
  changes: Partial<Insertable<FlowsTable>> = {},
): Insertable<FlowsTable> {
  const digits = String(number).padStart(6, '0')
  const identifier = `ACM001111${'0'.repeat(10)}${digits}`
  const receivedAt = FIRST_RECEIVED + number * 1_000
  return {
    id: `flw_${digits.padStart(26, '0')}`,
    connection_id: 'cnx_partner',
    protocol: 'sftp',
    session_id: 'ses_test',
    interface_code: 'FSO1110A',
    application_code: 'ACM001',
    flow_identifier: identifier,
    file_name: `FSO1110A_ACM001_${identifier}.tar.gz`,
    sha256: '0'.repeat(64),
    bytes: 1_000,
    mode: 'PARTIAL',
    state: 'IN_INTEGRE',
    stage: 'done',
    received_at: receivedAt,
    finished_at: receivedAt + 100,
    updated_at: receivedAt + 100,
    total: 1,
    integrated: 1,
    refused: 0,
    findings_json: '[]',
    evidence_json: '{}',
    attempts: 0,
    ...changes,
  }
}

export function invoiceRow(
  flowId: FlowId,
  ordinal: number,
  findings: readonly Finding[],
): Insertable<InvoicesTable> {
  return {
    flow_id: flowId,
    ordinal,
    file_name: `${ordinal}.xml`,
    number: `N${ordinal}`,
    issue_date: '2026-11-22',
    type_code: '380',
    supplier_type: '1',
    supplier_id: '00000000005719',
    supplier_name: 'Supplier',
    recipient_id: '00000000005734',
    recipient_name: 'Recipient',
    service_code: null,
    engagement: null,
    currency: 'EUR',
    amount_due: '120.00',
    is_correct: findings.length === 0 ? 1 : 0,
    findings_json: JSON.stringify(findings),
  }
}

export function finding(rule: string): Finding {
  return {
    rule,
    severity: 'fatal',
    nature: 'ERR_FCT',
    code: 'G1',
    terms: ['BT-1'],
    message: { en: 'Something is missing.', fr: 'Il manque quelque chose.' },
    remedy: { en: 'Add it.', fr: 'Ajoutez-le.' },
    platformText: 'G1',
  }
}
