import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import type { FlowState } from '../../gateway/flow-states.ts'
import type { Finding } from '../../gateway/flow.ts'
import { seededRandom } from '../../test/support/seeded-random.ts'
import { documentIssues } from '../formats/structure/check-document.ts'
import { Schema } from '../formats/structure/schema.ts'
import { motiveFinding, MOTIVES, type MotiveCode } from '../motives.ts'
import { measureCsoReport, writeCsoReport, type CsoReport } from './cso-report.ts'
import type { ReportEntry } from './report-lines.ts'
import { INVOICE_STATUS_CODES, type InvoiceStatus } from './invoice-statuses.ts'
import { writeInvoiceStatuses } from './invoice-status-document.ts'
import { STATUS_INFO_OF } from './status-info-codes.ts'
import { writeStatusInfo } from './status-info-document.ts'
import { STATUS_INFO_SCHEMA } from './status-info-schema.ts'
import type { LifeCycleDocument, ToldStatus } from './told-status.ts'
import { STATUT_SCHEMA } from './statut-schema.ts'

const STATUT = new Schema(STATUT_SCHEMA)
const STATUS_INFO = new Schema(STATUS_INFO_SCHEMA)
const OUTCOMES = 400
const STATES: readonly FlowState[] = [
  'IN_INTEGRE',
  'IN_INTEGRE_PARTIEL',
  'IN_REJETE',
  'IN_INCIDENTE',
  'IN_ERREUR_INTERNE',
]
const TEXTS = [
  '',
  'Facture nº 12',
  ']]>&<a b="c">\u0000\u0008\ufffe\ud800 é 𝄞;numeroDP=forged\r\n',
  'é'.repeat(400),
  '   ',
  '\ud83d',
]

/** Anything that a flow may come out as; the same with the same seed. */
function outcomes(seed: number): { report: CsoReport; entries: ReportEntry[] } {
  const random = seededRandom(seed)
  const below = (end: number): number => Math.floor(random() * end)
  const pick = <Value>(list: readonly Value[]): Value => list[below(list.length)]!
  const finding = (): Finding => ({
    ...motiveFinding(pick(Object.keys(MOTIVES) as MotiveCode[])),
    severity: pick(['fatal', 'fatal', 'warning', 'information']),
    rule: pick(TEXTS),
    ...(below(2) === 0 ? {} : { path: pick(TEXTS), line: below(1e6), column: below(1e6) }),
    ...(below(2) === 0 ? {} : { message: { en: pick(TEXTS), fr: pick(TEXTS) } }),
    ...(below(2) === 0 ? {} : { platformText: pick(TEXTS) }),
    ...(below(2) === 0 ? {} : { file: pick(TEXTS), invoice: pick(TEXTS) }),
  })
  const findings = (): Finding[] => Array.from({ length: below(4) }, finding)
  const entries = [
    { part: 0, findings: findings() },
    ...Array.from({ length: below(6) }, () => ({
      part: 1 + below(1e5),
      findings: findings(),
      ...(below(2) === 0 ? {} : { invoice: pick(TEXTS) }),
      ...(below(2) === 0 ? {} : { supplier: pick(TEXTS), recipient: pick(TEXTS) }),
    })),
  ]
  const total = below(1_000)
  const refused = below(total + 1)
  const report: CsoReport = {
    flowIdentifier: `SIM123${String(below(1e9)).padStart(19, '0')}`,
    receiver: 'SIM123',
    state: pick(STATES),
    integrated: below(total - refused + 1),
    refused,
    total,
    decidedAt: below(2 ** 41),
    producedAt: below(2 ** 41),
    mode: pick(['full', 'faithful']),
    language: pick(['fr', 'en']),
  }
  return { report, entries }
}

test('no outcome of a flow gives a report that breaks the structure of CPPStatut', async () => {
  for (let seed = 1; seed <= OUTCOMES; seed += 1) {
    const { report, entries } = outcomes(seed)
    const measured = await measureCsoReport(report, () => entries)
    const pieces = await Readable.from(writeCsoReport(report, () => entries, measured)).toArray()
    expect(documentIssues(Buffer.concat(pieces), STATUT), `seed ${seed}`).toEqual([])
  }
})

/** Statuses of any invoices; the same with the same seed. */
function lifeCycle(seed: number, codes: readonly InvoiceStatus[]): LifeCycleDocument {
  const random = seededRandom(seed)
  const below = (end: number): number => Math.floor(random() * end)
  const pick = <Value>(list: readonly Value[]): Value => list[below(list.length)]!
  const dates = [null, '', '2026-11-22', '2026-02-30', '0000-01-01', '20261122', '2026-13-01']
  const told = (): ToldStatus => ({
    status: pick(codes),
    at: below(2 ** 41),
    comment: pick([null, ...TEXTS]),
    invoiceId: `flw_${seed}.${below(1e6)}`,
    number: pick(TEXTS),
    issueDate: pick(dates),
    typeCode: pick([null, '380', '381', '384', 'x']),
    supplierType: String(1 + below(7)),
    supplierId: pick(TEXTS),
    supplierName: pick(TEXTS),
    recipientId: '00000000005734',
    recipientName: pick([null, ...TEXTS]),
    serviceCode: pick([null, ...TEXTS]),
    engagement: pick([null, ...TEXTS]),
    amountDue: pick([null, '12.30', 'x']),
    flowIdentifier: 'SIM1231110000000000000042',
    protocol: pick(['sftp', 'as2', 'pesit']),
    receivedAt: below(2 ** 41),
  })
  return {
    identifier: `CPP0011200${String(below(1e9)).padStart(15, '0')}`,
    receiver: 'SIM123',
    producedAt: below(2 ** 41),
    environment: pick(['qualification', 'production']),
    statuses: Array.from({ length: 1 + below(5) }, told),
  }
}

test('no life of an invoice gives a flow of statuses that breaks the structure of CPPStatut', () => {
  for (let seed = 1; seed <= OUTCOMES; seed += 1) {
    const xml = writeInvoiceStatuses(lifeCycle(seed, INVOICE_STATUS_CODES))
    expect(documentIssues(Buffer.from(xml), STATUT), `seed ${seed}`).toEqual([])
  }
})

test('no life of an invoice gives a flow that breaks the structure of AIFE_StatusInfo', () => {
  const codes = Object.keys(STATUS_INFO_OF) as InvoiceStatus[]
  for (let seed = 1; seed <= OUTCOMES; seed += 1) {
    const xml = writeStatusInfo(lifeCycle(seed, codes))
    expect(documentIssues(Buffer.from(xml), STATUS_INFO), `seed ${seed}`).toEqual([])
  }
})

test.each([
  ['an order that is not the schema’s', (xml: string) => moved(xml, 'IdFlux', 'Horodatage')],
  ['an element that is missing', (xml: string) => xml.replace(/<IdFlux>.*<\/IdFlux>/, '')],
  ['a status of one digit', (xml: string) => xml.replace(/(<IdStatut>).*(<)/, '$19$2')],
  ['a count that is none', (xml: string) => xml.replace('compteur="1"', 'compteur="x"')],
  ['another root', (xml: string) => xml.replaceAll('CPPStatut', 'CPPAutre')],
])('the table finds %s', async (_name, broken) => {
  const { report } = outcomes(1)
  const measured = await measureCsoReport(report, () => [])
  const pieces = await Readable.from(writeCsoReport(report, () => [], measured)).toArray()
  const xml = Buffer.concat(pieces).toString()
  expect(documentIssues(Buffer.from(xml), STATUT)).toEqual([])
  expect(documentIssues(Buffer.from(broken(xml)), STATUT)).not.toEqual([])
})

function moved(xml: string, name: string, before: string): string {
  const [element = ''] = new RegExp(`<${name}>.*</${name}>`).exec(xml) ?? []
  return xml.replace(element, '').replace(`<${before}>`, `${element}<${before}>`)
}
