import { expect, test } from 'vitest'
import type { Finding, FlowDocument } from '../flow.ts'
import { Pseudonyms } from './pseudonyms.ts'

const KEY = Buffer.alloc(32, 7)
const SECRETS = [
  'ACM001',
  'ACME & Fils',
  'Mairie de Lyon',
  '12345678901234',
  '123456789',
  'FR12123456789',
  'jean.dupont@acme.example',
  'FA-2026-17',
  'cnx_partner',
  'ab'.repeat(32),
]

function finding(text: string): Finding {
  return {
    rule: 'BR-06',
    severity: 'fatal',
    nature: 'ERR_FCT',
    code: 'G1.01',
    invoice: 'FA-2026-17',
    file: 'FA-2026-17.xml',
    line: 12,
    terms: ['BT-27'],
    message: { en: text, fr: text },
    remedy: { en: 'Add it.', fr: 'Ajoutez-le.' },
    platformText: `regle=BR-06;numeroDP=FA-2026-17;fournisseur=12345678901234`,
  }
}

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
  file: {
    name: 'FSO1110A_ACM001_ACM0011110000000000000001.tar.gz',
    size: 1_000,
    sha256: 'ab'.repeat(32),
    removedAt: null,
  },
  invoices: { total: 3, integrated: 2, refused: 1, incorrect: 1 },
  findings: [
    finding('“ACME & Fils” of Mairie de Lyon, jean.dupont@acme.example, FR12123456789.'),
    finding('12345678901234 is not 123456789.'),
  ],
  timeline: [],
  returns: [],
  whatIfs: [],
  replayOf: null,
  replays: [],
  refusal: null,
}
const INVOICE = {
  number: 'FA-2026-17',
  supplier_id: '12345678901234',
  supplier_name: 'ACME & Fils',
  recipient_id: null,
  recipient_name: 'Mairie de Lyon',
}

test('nothing by which anybody is known is left, and the structure stays', () => {
  const hidden = new Pseudonyms(KEY).flow(FLOW, [INVOICE])
  const text = JSON.stringify(hidden)
  for (const secret of SECRETS) expect(text).not.toContain(secret)
  expect(hidden.invoices).toEqual(FLOW.invoices)
  expect(hidden.findings.map(({ rule, code, line }) => ({ rule, code, line }))).toEqual(
    FLOW.findings.map(({ rule, code, line }) => ({ rule, code, line })),
  )
  expect(hidden.number).toMatch(/^[A-Z]{3}\d{3}1110000000000000001$/)
  expect(hidden.file.name).toMatch(
    /^FSO1110A_[A-Z]{3}\d{3}_[A-Z]{3}\d{3}1110000000000000001\.tar\.gz$/,
  )
})

test('the same is the same within an export, and another in the next', () => {
  const pseudonyms = new Pseudonyms(KEY)
  const [first, second] = pseudonyms.flow(FLOW, [INVOICE]).findings
  expect(first?.invoice).toBe(second?.invoice)
  expect(second?.message.en.startsWith(pseudonyms.word('12345678901234'))).toBe(true)
  expect(first?.platformText).toContain(`numeroDP=${first?.invoice};`)
  // Also where nothing else is known of the flow.
  const [bare] = pseudonyms.flow({ ...FLOW, findings: [finding('12345678901234')] }, []).findings
  expect(bare?.message.en).toBe(pseudonyms.word('12345678901234'))
  expect(new Pseudonyms().word('FA-2026-17')).not.toBe(new Pseudonyms().word('FA-2026-17'))
})

test('many short numbers stay as many', () => {
  const pseudonyms = new Pseudonyms(KEY)
  const numbers = Array.from({ length: 1_000 }, (_, index) => pseudonyms.word(`F${index}`))
  expect(new Set(numbers).size).toBe(1_000)
})
