import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { ConnectionId, FlowId, ProcessingMode } from '../../gateway/flow.ts'
import { archiveBytes } from '../../processing/archives/write-archive.ts'
import { makeUblInvoice } from '../../processing/formats/ubl/sample.ts'
import { giveFirstStatuses } from '../../processing/life-cycle/first-statuses.ts'
import { insertConnection } from '../support/connection-rows.ts'
import { openPipelinePlace, type PipelinePlace } from '../support/pipeline-place.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const SUPPLIER = '00000000005719'
const RECIPIENT = '00000000005734'

interface Told {
  readonly number: string
  readonly status: string
  readonly comment?: string
}

/** A recipient's own document, written by hand. */
function statut(told: readonly Told[], recipient = RECIPIENT): Buffer {
  const units = told.map(
    ({ number, status, comment }, index) => `<CPPFactureStatutUnitaire NumOrdre="${index + 1}">
      <Fournisseur><TypeIdentifiant>1</TypeIdentifiant><Identifiant>${SUPPLIER}</Identifiant><RaisonSociale>X</RaisonSociale></Fournisseur>
      <Debiteur><TypeIdentifiant>1</TypeIdentifiant><Identifiant>${recipient}</Identifiant></Debiteur>
      <DonneesStatut><IdStatut>${status}</IdStatut>${comment === undefined ? '' : `<Commentaire>${comment}</Commentaire>`}<Horodatage>2026-11-22T10:00:00Z</Horodatage><IdFacture>${number}</IdFacture></DonneesStatut>
    </CPPFactureStatutUnitaire>`,
  )
  return Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>
<CPPStatut Version="V1_19"><Enveloppe><EnveloppeUnitaire NumOrdre="1"><Parametres>
<ParametreIndiv><Code>DtPrd</Code><Valeurparametre>1</Valeurparametre></ParametreIndiv>
<ParametreIndiv><Code>IdFlx</Code><Valeurparametre>1</Valeurparametre></ParametreIndiv></Parametres>
<Partenaires><Recepteur><Id>CPP001</Id></Recepteur><Emetteur><Id>SIM123</Id></Emetteur></Partenaires>
</EnveloppeUnitaire></Enveloppe><CPPFactureStatuts compteur="${told.length}">${units.join('')}</CPPFactureStatuts></CPPStatut>`)
}

const statusInfo = (number: string, code: string): Buffer =>
  Buffer.from(`<AIFE_StatusInfo version="0.8" timestamp="2026-11-22T10:00:00Z"><DocumentStatus>
<Document><ID Type="NUMERO DE DOCUMENT">${number}</ID><TypeOfDocument Code="380">F</TypeOfDocument>
<PartnershipType>EDI</PartnershipType><FileOrigin>x</FileOrigin><Date>2026-11-22</Date>
<Sender><VAT_ID/><SIRET>${SUPPLIER}</SIRET><Name>X</Name></Sender>
<AdditionalInfo><Index Name="ORIGINATOR">x</Index></AdditionalInfo></Document>
<Status Code="${code}" Date="2026-11-22T10:00:00Z">x</Status></DocumentStatus></AIFE_StatusInfo>`)

interface Ground extends PipelinePlace {
  tell(
    content: Buffer,
    more?: { code?: string; mode?: ProcessingMode; from?: ConnectionId },
  ): Promise<{ readonly id: FlowId; readonly state: string; readonly report: string }>
  histories(): Promise<Readonly<Record<string, string>>>
}

async function open(numbers: readonly string[]): Promise<Ground> {
  const place = await openPipelinePlace({ folder: await temporaryFolder(), isPlain: false })
  onTestFinished(() => place.close())
  await place.pipeline.start()
  const { journal } = place
  await insertConnection(journal, 'cnx_recipient', { application_code: 'REC001', siret: RECIPIENT })
  const other = { application_code: 'REC002', siret: '00000000010017' }
  await insertConnection(journal, 'cnx_other', other)
  const files = numbers.map((number) => ({
    name: `${number}.xml`,
    content: makeUblInvoice({
      number,
      issueDate: '2026-11-20',
      supplierSiret: SUPPLIER,
      recipientSiret: RECIPIENT,
    }),
  }))
  const id = await place.deposit({ content: await archiveBytes(files) })
  expect((await place.finished(id)).state).toBe('IN_INTEGRE')
  await giveFirstStatuses({ journal, profile: 'none', seed: 1 })
  return {
    ...place,
    async tell(content, { code = 'FSO9200A', mode = 'PARTIAL', from = 'cnx_recipient' } = {}) {
      const id = await place.deposit({
        content,
        extension: 'xml',
        interfaceCode: code,
        mode,
        connectionId: from,
      })
      const { state } = await place.finished(id)
      await sleep(0)
      return { id, state, report: await place.report(id) }
    },
    async histories() {
      const rows = await journal.read(
        journal.db
          .selectFrom('invoice_statuses')
          .innerJoin('invoices', (join) =>
            join
              .onRef('invoices.flow_id', '=', 'invoice_statuses.flow_id')
              .onRef('invoices.ordinal', '=', 'invoice_statuses.ordinal'),
          )
          .select(['number', 'invoice_statuses.status'])
          .orderBy('sequence'),
      )
      const groups = Map.groupBy(rows, ({ number }) => number ?? '')
      return Object.fromEntries(
        [...groups].map(([number, group]) => [number, group.map((one) => one.status).join(' ')]),
      )
    },
  }
}

describe('a life-cycle flow of a recipient', () => {
  test('moves its invoices, several statuses of one in their order, and is reported on', async () => {
    const place = await open(['A-1', 'A-2'])
    const told = await place.tell(
      statut([
        { number: 'A-1', status: '07' },
        { number: 'A-2', status: '06', comment: 'Bon de livraison manquant' },
        { number: 'A-1', status: '11' },
      ]),
    )
    expect(told.state).toBe('IN_INTEGRE')
    expect(told.report).toContain('<IdStatut>90</IdStatut>')
    expect(await place.histories()).toEqual({ 'A-1': '01 02 03 07 11', 'A-2': '01 02 03 06' })
    const older = await place.tell(statusInfo('A-1', 'COMPTABILISE'), { code: 'FSO0032A' })
    expect(older.state).toBe('IN_REJETE')
    expect(older.report).toContain('CDV-MOVE')
  })

  test('of whom one cannot be taken is refused but for that one, or whole, as the mode says', async () => {
    const place = await open(['A-1'])
    const both = statut([
      { number: 'A-1', status: '07' },
      { number: 'NONE', status: '07' },
    ])
    const complete = await place.tell(both, { mode: 'COMPLETE', code: 'FSO0030A' })
    expect(complete.state).toBe('IN_REJETE')
    expect(await place.histories()).toEqual({ 'A-1': '01' })
    const partial = await place.tell(both)
    expect(partial.state).toBe('IN_INTEGRE_PARTIEL')
    expect(partial.report).toMatch(/IdLigne="1000001".*numeroDP=NONE/s)
    expect(await place.histories()).toEqual({ 'A-1': '01 02 03 07' })
  })

  test('moves no invoice of another recipient, and none that it cannot name', async () => {
    const place = await open(['A-1'])
    const foreign = await place.tell(statut([{ number: 'A-1', status: '05' }]), {
      from: 'cnx_other',
    })
    expect(foreign.state).toBe('IN_REJETE')
    expect(foreign.report).toContain('CDV-INVOICE')
    const broken = await place.tell(Buffer.from('<CPPStatut><X/></CPPStatut>'))
    expect(broken.state).toBe('IN_REJETE')
    expect(broken.report).toContain('CDV-STRUCTURE')
    const unknown = await place.tell(statusInfo('A-1', 'CARTE ACHAT'), { code: 'FSO0032A' })
    expect(unknown.report).toContain('CDV-STATUS')
    expect(await place.histories()).toEqual({ 'A-1': '01' })
  })
})
