import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { OffsetClock } from '../../gateway/clock.ts'
import { offerReturnFlow } from '../../gateway/delivery/outbox.ts'
import { createLogger } from '../../gateway/logger.ts'
import { archiveBytes } from '../../processing/archives/write-archive.ts'
import { checkInvoices, type CheckPolicy } from '../../processing/check-invoices.ts'
import { makeCppDocument } from '../../processing/formats/cpp/sample.ts'
import { readFacturX } from '../../processing/formats/facturx/facturx.ts'
import { PIVOT_SCHEMA } from '../../processing/formats/pivot/pivot-schema.ts'
import { documentIssues } from '../../processing/formats/structure/check-document.ts'
import { Schema } from '../../processing/formats/structure/schema.ts'
import { makeUblInvoice } from '../../processing/formats/ubl/sample.ts'
import { startInvoiceThreads } from '../../processing/invoice-threads.ts'
import { giveFirstStatuses } from '../../processing/life-cycle/first-statuses.ts'
import { sendRecipientFlows } from '../../processing/life-cycle/recipient-flows.ts'
import { archiveFiles } from '../support/archive-files.ts'
import { insertConnection } from '../support/connection-rows.ts'
import { openPipelinePlace, type PipelinePlace } from '../support/pipeline-place.ts'
import { describeWithShared, shared } from '../support/shared.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const PIVOT = new Schema(PIVOT_SCHEMA)
const PARTIES = {
  issueDate: '2026-11-20',
  supplierSiret: '00000000005719',
  recipientSiret: '00000000005734',
}

const UBL_RULES: CheckPolicy = {
  ruleSets: ['structure', 'en16931'],
  format: 'ubl',
  settings: {
    environment: 'qualification',
    utf8Only: true,
    family: null,
    requirePdf: false,
    strictFacturX: false,
    unknownRecipient: 'warn',
  },
}

interface Ground extends PipelinePlace {
  /** Sends what waits, twice at a time, and once more. @returns how many flows, and what is in each */
  send(packing?: 'tar.gz' | 'xml'): Promise<{
    readonly issued: number
    readonly flows: readonly { readonly name: string; readonly files: Map<string, Buffer> }[]
  }>
}

async function open(): Promise<Ground> {
  const folder = await temporaryFolder()
  const place = await openPipelinePlace({ folder, isPlain: false })
  onTestFinished(() => place.close())
  await place.pipeline.start()
  const { journal, payloads } = place
  const threads = startInvoiceThreads({ threads: 1, memoryMib: 256, taskSeconds: 60 })
  onTestFinished(() => threads.destroy())
  return {
    ...place,
    async send(packing = 'tar.gz') {
      await giveFirstStatuses({ journal, profile: 'none', seed: 1 })
      const options = {
        journal,
        payloads,
        clock: new OffsetClock(),
        report: { packing, availableSeconds: 60 },
        packingOf: () => undefined,
        offerReturnFlow: (returnFlow: Parameters<typeof offerReturnFlow>[1]) =>
          offerReturnFlow(journal, returnFlow),
        threads,
        limits: { maxFileBytes: 1e8, maxExtractedBytes: 1e9 },
        workFolder: join(folder, 'out'),
        log: createLogger('silent'),
      } as const
      const issued = await Promise.all([sendRecipientFlows(options), sendRecipientFlows(options)])
      await sendRecipientFlows(options)
      const rows = await journal.read(
        journal.db
          .selectFrom('return_flows')
          .selectAll()
          .where('connection_id', '=', 'cnx_recipient')
          .orderBy('file_name'),
      )
      const flows = await Promise.all(
        rows.map(async (row) => {
          const bytes = Buffer.concat(await payloads.read(row).toArray())
          const name = row.file_name
          const files = name.endsWith('.xml') ? new Map([[name, bytes]]) : archiveFiles(bytes)
          return { name, files }
        }),
      )
      return { issued: issued[0] + issued[1], flows }
    },
  }
}

const recipient = (
  place: PipelinePlace,
  codes: readonly string[],
  siret = PARTIES.recipientSiret,
) =>
  insertConnection(place.journal, 'cnx_recipient', {
    application_code: 'REC001',
    siret,
    running: { codes: Object.fromEntries(codes.map((code) => [code, 'PARTIAL'])) },
  })

const invoiceFiles = (...numbers: readonly string[]) =>
  numbers.map((number) => ({
    name: `${number}.xml`,
    content: makeUblInvoice({
      ...PARTIES,
      number,
      ...(number === 'U-2' ? { fault: 'wrong-total' as const } : {}),
      ...(number === 'U-3' ? { credit: true } : {}),
    }),
  }))

const depositCpp = (place: PipelinePlace) =>
  place.deposit({
    content: Buffer.from(makeCppDocument(['C-1', 'C-2'].map((number) => ({ ...PARTIES, number })))),
    interfaceCode: 'FSO1113A',
    extension: 'xml',
  })

/** The only invoice of a flow, as CII or Factur-X, integrated; its recipient is connected. */
async function integratedOne(
  place: PipelinePlace,
  content: Buffer,
  interfaceCode: string,
  codes: readonly string[],
): Promise<void> {
  const name = interfaceCode === 'FSO1117A' ? 'F.pdf' : 'F.xml'
  const id = await place.deposit({
    content: await archiveBytes([{ name, content }]),
    interfaceCode,
  })
  expect((await place.finished(id)).state).toBe('IN_INTEGRE')
  const [row] = await place.journal.read(
    place.journal.db.selectFrom('invoices').select('recipient_id').where('flow_id', '=', id),
  )
  await recipient(place, codes, row?.recipient_id ?? '')
}

const fatalIn = (bytes: Buffer): string[] =>
  checkInvoices({ part: 1, file: '', bytes }, UBL_RULES)
    .invoices.flatMap(({ findings }) => findings)
    .filter(({ severity }) => severity === 'fatal')
    .map(({ rule }) => rule)

test('integrated invoices of any format go to their connected recipient once, as CPPFacturePivot', async () => {
  const place = await open()
  await recipient(place, ['FEN9100A'])
  const files = invoiceFiles('U-1', 'U-2', 'U-3')
  await place.finished(await place.deposit({ content: await archiveBytes(files) }))
  await place.finished(await depositCpp(place))
  const { issued, flows } = await place.send()
  expect(issued).toBe(2)
  expect(flows.map(({ name }) => name.slice(0, 25))).toEqual([
    'FEN9100A_REC001_CPP001910',
    'FEN9100A_REC001_CPP001910',
  ])
  const documents = flows.flatMap((flow) => [...flow.files.values()])
  for (const document of documents) expect(documentIssues(document, PIVOT)).toEqual([])
  const numbers = documents.flatMap((document) =>
    [...document.toString().matchAll(/<Id>([UC]-\d)<\/Id>/g)].map(([, number = '']) => number),
  )
  expect(numbers.toSorted()).toEqual(['C-1', 'C-2', 'U-1', 'U-3'])
  const all = documents.map(String).join('')
  expect(all).toContain('<Type>381</Type>')
  expect(all).toContain('<IdFactureOrigine>U-3-0</IdFactureOrigine>')
  expect(all).toContain(`<NomPJ>U-1.xml</NomPJ>`)
  const [, content = ''] = /<Contenu>([^<]*)<\/Contenu><NomPJ>U-1/.exec(all) ?? []
  expect(Buffer.from(content, 'base64').toString()).toBe(files[0]!.content)
})

test('and as UBL of EN 16931, a document each: as it came where it is that, else written anew', async () => {
  const place = await open()
  await recipient(place, ['FEN0105A'])
  const files = invoiceFiles('U-1', 'U-3')
  await place.finished(await place.deposit({ content: await archiveBytes(files) }))
  await place.finished(await depositCpp(place))
  const { issued, flows } = await place.send()
  expect(issued).toBe(2)
  const documents = flows.flatMap((flow) => {
    const base = flow.name.replace('.tar.gz', '')
    expect([...flow.files.keys()]).toEqual([`${base}_1.xml`, `${base}_2.xml`])
    return [...flow.files.values()]
  })
  expect(documents.flatMap(fatalIn)).toEqual([])
  const texts = documents.map(String)
  expect(texts).toEqual(expect.arrayContaining(files.map(({ content }) => content)))
  const numbers = texts.map((text) => /<cbc:ID>([UC]-\d)<\/cbc:ID>/.exec(text)?.[1] ?? '')
  expect(numbers.toSorted()).toEqual(['C-1', 'C-2', 'U-1', 'U-3'])
})

test('a recipient that wants bare documents is sent a flow of UBL for each invoice', async () => {
  const place = await open()
  await recipient(place, ['FEN0205A'])
  const files = invoiceFiles('U-1', 'U-3')
  await place.finished(await place.deposit({ content: await archiveBytes(files) }))
  const { flows } = await place.send('xml')
  expect(flows).toHaveLength(2)
  // Whoever comes second when two look at the same time leaves a gap in the numbers.
  for (const { name } of flows) expect(name).toMatch(/^FEN0205A_REC001_CPP0010205\d{15}\.xml$/)
  expect(flows.flatMap(({ files: inside }) => [...inside.values()].map(String)).toSorted()).toEqual(
    files.map(({ content }) => content).toSorted(),
  )
})

describeWithShared('an invoice of CII', () => {
  const pdf = readFileSync(shared('data/invoices/facturx/fx-18-relData.pdf'))

  test.each([
    ['inside Factur-X', 'FSO1117A', 'F.pdf'],
    ['alone', 'FSO1116A', 'F.xml'],
  ])(
    '%s goes out as the pivot and as UBL, under its own dates and amounts',
    async (_, code, name) => {
      const inside = readFacturX(pdf)
      if (inside.outcome !== 'read') throw new Error('no invoice in the sample')
      const place = await open()
      const content = code === 'FSO1117A' ? pdf : inside.xml
      await integratedOne(place, content, code, ['FEN9100A', 'FEN0105A'])
      const { issued, flows } = await place.send()
      expect(issued).toBe(2)
      const [ubl, pivot] = flows.map(({ files }) => [...files.values()][0] ?? Buffer.of())
      if (ubl === undefined || pivot === undefined) throw new Error('a flow is missing')
      expect(documentIssues(pivot, PIVOT)).toEqual([])
      expect(fatalIn(ubl)).toEqual([])
      const xml = inside.xml.toString()
      const said = (pattern: RegExp): string => pattern.exec(xml)?.[1] ?? 'not said'
      const number = said(/<rsm:ExchangedDocument>\s*<ram:ID>([^<]*)/)
      const date = said(/<udt:DateTimeString format="102">(\d+)/)
      const day = `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}`
      const due = said(/<ram:DuePayableAmount>([^<]*)/)
      expect(pivot.toString()).toContain(`<Id>${number}</Id>`)
      expect(pivot.toString()).toContain(`<DateEmissionFacture>${day}</DateEmissionFacture>`)
      expect(pivot.toString()).toContain(`<MontantNetAPayer>${due}</MontantNetAPayer>`)
      expect(ubl.toString()).toContain(`<cbc:IssueDate>${day}</cbc:IssueDate>`)
      expect(ubl.toString()).toMatch(new RegExp(`<cbc:PayableAmount [^>]*>${due}<`))
      const [, carried = ''] = /<Contenu>([^<]*)<\/Contenu>/.exec(pivot.toString()) ?? []
      expect(Buffer.from(carried, 'base64').equals(content)).toBe(true)
      expect(pivot.toString()).toContain(`<NomPJ>${name}</NomPJ>`)
      // The readable invoice goes along in UBL, where there is one.
      const [, embedded = ''] =
        /EmbeddedDocumentBinaryObject[^>]*>([^<]*)/.exec(ubl.toString()) ?? []
      expect(Buffer.from(embedded, 'base64').equals(code === 'FSO1117A' ? pdf : Buffer.of())).toBe(
        true,
      )
    },
  )
})

describe('the report of a recipient on a flow of invoices', () => {
  /** The recipient's own document, written by hand. */
  const report = (
    status: string,
    errors: readonly (readonly [number: string, text: string])[] = [],
  ) => {
    const lines = errors.map(
      ([number, text], index) =>
        `<LigneErreurDetail IdLigne="${index + 1}"><NatureErreur>X</NatureErreur><CodeErreur>X1</CodeErreur><LibelleErreur>${text}</LibelleErreur><DescriptionErreur>regle=X;numeroDP=${number}</DescriptionErreur></LigneErreurDetail>`,
    )
    const details =
      errors.length === 0
        ? ''
        : `<Details NbLignesErreur="${errors.length}">${lines.join('')}</Details>`
    return Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>
<CPPStatut Version="V1_19"><Enveloppe><EnveloppeUnitaire NumOrdre="1"><Parametres>
<ParametreIndiv NumOrdre="0001"><Code>DtPrd</Code><Valeurparametre>1</Valeurparametre></ParametreIndiv>
<ParametreIndiv NumOrdre="0002"><Code>IdFlx</Code><Valeurparametre>1</Valeurparametre></ParametreIndiv></Parametres>
<Partenaires><Recepteur><Id>CPP001</Id></Recepteur><Emetteur><Id>REC001</Id></Emetteur></Partenaires>
</EnveloppeUnitaire></Enveloppe><CPPFluxStatuts compteur="1"><CPPFluxStatutUnitaire NumOrdre="1"><DonneesStatut>
<IdStatut>${status}</IdStatut><Horodatage>2026-11-22T10:00:00Z</Horodatage><IdFlux>1</IdFlux>${details}
</DonneesStatut></CPPFluxStatutUnitaire></CPPFluxStatuts></CPPStatut>`)
  }

  /** Sends two invoices, has their recipient report on the flow, and says what became of all. */
  async function reported(content: Buffer, code: 'FEN9100A' | 'FEN0105A' = 'FEN9100A') {
    const place = await open()
    await recipient(place, [code])
    const files = invoiceFiles('U-1', 'U-3')
    await place.finished(await place.deposit({ content: await archiveBytes(files) }))
    const { flows } = await place.send()
    const id = await place.deposit({
      content,
      interfaceCode: `C${code.slice(1)}`,
      fileName: `C${flows[0]!.name.slice(1).replace('.tar.gz', '.xml')}`,
      connectionId: 'cnx_recipient',
    })
    const { state, findings_json } = await place.finished(id)
    const rows = await place.journal.read(
      place.journal.db
        .selectFrom('invoice_statuses')
        .innerJoin('invoices', (join) =>
          join
            .onRef('invoices.flow_id', '=', 'invoice_statuses.flow_id')
            .onRef('invoices.ordinal', '=', 'invoice_statuses.ordinal'),
        )
        .select(['number', 'invoice_statuses.status', 'comment'])
        .orderBy('sequence'),
    )
    const ofNumber = (number: string): string =>
      rows.flatMap((row) => (row.number === number ? [row.status] : [])).join(' ')
    const own = await place.journal.read(
      place.journal.db.selectFrom('return_flows').select('id').where('flow_id', '=', id),
    )
    // Nothing is reported on a report.
    expect(own).toEqual([])
    return {
      state,
      rules: (JSON.parse(findings_json) as { rule: string }[]).map(({ rule }) => rule),
      statuses: [ofNumber('U-1'), ofNumber('U-3')],
      comments: rows.flatMap(({ comment }) => (comment === null ? [] : [comment])),
    }
  }

  test('that it is received makes its invoices available to it', async () => {
    expect(await reported(report('90'))).toMatchObject({
      state: 'IN_INTEGRE',
      statuses: ['01 02 03', '01 02 03'],
    })
    expect(await reported(report('91'), 'FEN0105A')).toMatchObject({ statuses: ['01 02', '01 02'] })
  })

  test('that refuses an invoice by its number sends that one back to be recycled', async () => {
    expect(await reported(report('96', [['U-3', 'Service inconnu']]))).toEqual({
      state: 'IN_INTEGRE',
      rules: [],
      statuses: ['01 02 03', '01 02 03 04'],
      comments: ['Service inconnu'],
    })
  })

  test('that it did not arrive moves none, and one on an invoice it did not carry is refused so', async () => {
    expect(await reported(report('93'))).toMatchObject({
      state: 'IN_INTEGRE',
      statuses: ['01', '01'],
    })
    expect(await reported(report('96', [['OTHER', 'Inconnue']]))).toMatchObject({
      state: 'IN_INTEGRE_PARTIEL',
      rules: ['CDV-INVOICE'],
      statuses: ['01 02 03', '01 02 03'],
    })
  })
})
