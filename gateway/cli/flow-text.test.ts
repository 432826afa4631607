import { expect, test } from 'vitest'
import type { Finding, FlowDocument } from '../flow.ts'
import { describeFlow, describeParts } from './flow-text.ts'

const finding = (part: number): Finding => ({
  rule: 'BR-06',
  severity: 'fatal',
  nature: 'ERR_FCT',
  code: 'ERR_FCT_001',
  part,
  terms: [],
  message: { en: `Part ${part} has no seller.`, fr: `La partie ${part} n’a pas de vendeur.` },
  remedy: { en: 'Add it.', fr: 'Ajoutez-le.' },
  platformText: '',
})

const FLOW: FlowDocument = {
  id: 'flw_1',
  number: 'ACM0011110000000000000001',
  state: 'IN_REJETE',
  stateLabel: { en: 'Rejected', fr: 'Rejeté' },
  protocol: 'sftp',
  interfaceCode: 'FSO1110A',
  applicationCode: 'ACM001',
  mode: 'PARTIAL',
  connectionId: 'cnx_partner',
  receivedAt: '2026-11-22T10:00:00.000Z',
  finishedAt: null,
  file: { name: 'a.tar.gz', size: 1_000, sha256: 'ab', removedAt: null },
  invoices: { total: 30, integrated: 0, refused: 30, incorrect: 30 },
  findings: Array.from({ length: 30 }, (_, index) => finding(index + 1)),
  timeline: [{ at: '2026-11-22T10:00:00.000Z', stage: 'intake', outcome: 'received', ms: 0 }],
  returns: [],
  whatIfs: [],
  replayOf: null,
  replays: [],
  refusal: null,
}

test('a flow is told with its first findings, and how to see the rest', () => {
  const text = describeFlow(FLOW, 'en')
  expect(text).toContain('intake')
  expect(text).toContain('Part 20 has')
  expect(text).not.toContain('Part 21 has')
  expect(text).toContain('… and 10 more: raccord flows show flw_1 --errors')
})

test('--errors has every finding and --timeline every stage, each without the other', () => {
  const errors = describeParts(FLOW, { errors: true }, 'fr')
  expect(errors.match(/n’a pas de vendeur/g)).toHaveLength(30)
  expect(errors).not.toContain('intake')
  const timeline = describeParts(FLOW, { timeline: true }, 'en')
  expect(timeline).toMatch(/^ACM0011110000000000000001 {3}Rejected/)
  expect(timeline).toContain('intake')
  expect(timeline).not.toContain('BR-06')
})
