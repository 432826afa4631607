import { archiveBytes } from '../../processing/archives/write-archive.ts'
import { makeUblInvoice, type SampleFault } from '../../processing/formats/ubl/sample.ts'
import type { FlowState } from '../flow-states.ts'
import type { BilingualText, RefusalCode } from '../flow.ts'
import { SAMPLE_RECIPIENT_SIRET, SAMPLE_SUPPLIER_SIRET } from './sample-invoice.ts'

/** What the demo's partner sends in one case. */
export interface DemoFlow {
  readonly content: Buffer
  /** Name under which it is put, built from this run's flow names. */
  readonly fileName: string
}

export interface DemoCase {
  readonly id: string
  readonly title: BilingualText
  readonly expected: { readonly state: FlowState } | { readonly refusal: RefusalCode }
  make(run: DemoRun): Promise<DemoFlow>
}

/** What the cases of one run share. */
export interface DemoRun {
  /** A new flow name of the partner, never given before. */
  newName(interfaceCode: string, extension: 'tar.gz' | 'xml'): Promise<string>
  /** Invoice numbers of this run start with it; at most 12 characters. */
  readonly numberPrefix: string
  /** `2026-11-22` */
  readonly today: string
  /** Flows of the cases that ran before, by case id. */
  readonly earlier: ReadonlyMap<string, DemoFlow>
}

/** What `raccord demo` pushes, in this order, and what must come of it. */
export const DEMO_CASES: readonly DemoCase[] = [
  {
    id: 'single',
    title: { en: 'one valid invoice', fr: 'une facture valide' },
    expected: { state: 'IN_INTEGRE' },
    make: async (run) => ({
      fileName: await run.newName('FSO1110A', 'tar.gz'),
      content: await batch(run, 'S', 1),
    }),
  },
  {
    id: 'complete-one-bad',
    title: { en: '100 invoices, one bad, Complete', fr: '100 factures dont une fausse, Complet' },
    expected: { state: 'IN_REJETE' },
    make: async (run) => ({
      fileName: await run.newName('FSO1100A', 'tar.gz'),
      content: await batch(run, 'C', 100, 57, 'wrong-total'),
    }),
  },
  {
    id: 'partial-one-bad',
    title: { en: '100 invoices, one bad, Partial', fr: '100 factures dont une fausse, Partiel' },
    expected: { state: 'IN_INTEGRE_PARTIEL' },
    make: async (run) => ({
      fileName: await run.newName('FSO1110A', 'tar.gz'),
      content: await batch(run, 'P', 100, 57, 'wrong-total'),
    }),
  },
  {
    id: 'identical-resend',
    title: { en: 'the first flow again, identical', fr: 'le premier flux renvoyé à l’identique' },
    expected: { state: 'IN_INTEGRE' },
    make: async (run) => earlier(run, 'single'),
  },
  {
    id: 'identifier-taken',
    title: {
      en: 'the first identifier, other content',
      fr: 'le premier identifiant, autre contenu',
    },
    expected: { refusal: 'IDENTIFIER_TAKEN' },
    make: async (run) => ({
      fileName: earlier(run, 'single').fileName,
      content: await batch(run, 'X', 1),
    }),
  },
  {
    id: 'number-integrated',
    title: {
      en: 'an invoice number already integrated',
      fr: 'un numéro de facture déjà intégré',
    },
    expected: { state: 'IN_REJETE' },
    make: async (run) => ({
      fileName: await run.newName('FSO1110A', 'tar.gz'),
      content: await batch(run, 'S', 1),
    }),
  },
  {
    id: 'bad-name',
    title: { en: 'a name that breaks the rule', fr: 'un nom hors grammaire' },
    expected: { refusal: 'NAME_MALFORMED' },
    make: async (run) => ({
      fileName: (await run.newName('FSO1110A', 'tar.gz')).toLowerCase(),
      content: await batch(run, 'N', 1),
    }),
  },
  {
    id: 'truncated',
    title: { en: 'an archive cut in the middle', fr: 'une archive coupée au milieu' },
    expected: { refusal: 'CONTENT_INCOMPLETE' },
    make: async (run) => {
      const content = await batch(run, 'T', 10)
      return {
        fileName: await run.newName('FSO1110A', 'tar.gz'),
        content: content.subarray(0, Math.floor(content.length / 2)),
      }
    },
  },
]

/** What each of the partners sends that the gateway brings the report to. */
export const CALLED_CASES: readonly DemoCase[] = [
  {
    id: 'batch',
    title: {
      en: '20 invoices, the report brought back',
      fr: '20 factures, le compte rendu apporté',
    },
    expected: { state: 'IN_INTEGRE' },
    make: async (run) => ({
      fileName: await run.newName('FSO1110A', 'tar.gz'),
      content: await batch(run, 'B', 20),
    }),
  },
]

function earlier(run: DemoRun, caseId: string): DemoFlow {
  const flow = run.earlier.get(caseId)
  if (flow === undefined) throw new Error(`the demo case ${caseId} has not run`)
  return flow
}

/** An archive of `count` invoices, the one at `badAt` (from 1) with a fault. */
function batch(
  run: DemoRun,
  series: string,
  count: number,
  badAt?: number,
  fault?: SampleFault,
): Promise<Buffer> {
  return archiveBytes(
    Array.from({ length: count }, (_, index) => {
      const number = `${run.numberPrefix}-${series}${String(index + 1).padStart(4, '0')}`
      return {
        name: `${number}.xml`,
        content: makeUblInvoice({
          number,
          issueDate: run.today,
          supplierSiret: SAMPLE_SUPPLIER_SIRET,
          recipientSiret: SAMPLE_RECIPIENT_SIRET,
          lines: 1 + (index % 3),
          ...(index + 1 === badAt && fault !== undefined ? { fault } : {}),
        }),
      }
    }),
  )
}
