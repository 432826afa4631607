import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { describe, expect, onTestFinished, test } from 'vitest'
import { configSchema } from '../../config/schema.ts'
import { recommendedName } from '../../config/flow-name.ts'
import { ApiClient } from '../../gateway/cli/api-client.ts'
import { FLOW_STATES } from '../../gateway/flow-states.ts'
import type { FlowDocument } from '../../gateway/flow.ts'
import type { InvoiceDocument } from '../../gateway/life-cycle/life-cycle.ts'
import { startGateway } from '../../gateway/main.ts'
import type { ReturnTranscripts } from '../../gateway/sessions/return-transcripts.ts'
import { archiveBytes } from '../../processing/archives/write-archive.ts'
import { documentIssues } from '../../processing/formats/structure/check-document.ts'
import { Schema } from '../../processing/formats/structure/schema.ts'
import { makeUblInvoice } from '../../processing/formats/ubl/sample.ts'
import { STATUS_INFO_SCHEMA } from '../../processing/returns/status-info-schema.ts'
import { STATUT_SCHEMA } from '../../processing/returns/statut-schema.ts'
import type { ExchangePartner } from '../support/exchange/exchange-way.ts'
import { EXCHANGE_WAYS } from '../support/exchange/exchange-ways.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const STATUT = new Schema(STATUT_SCHEMA)
const STATUS_INFO = new Schema(STATUS_INFO_SCHEMA)
const INVOICES = 100
const BAD = 57
const SUBSCRIBED = { FEN1200A: 'PARTIAL', FEN1201A: 'PARTIAL' } as const
const numberOf = (part: number): string => `LOT-${String(part).padStart(4, '0')}`

/** The same flow in both modes: one hundred invoices, of which one has a wrong total. */
function batch(): Promise<Buffer> {
  return archiveBytes(
    Array.from({ length: INVOICES }, (_, index) => ({
      name: `${numberOf(index + 1)}.xml`,
      content: invoice(index + 1),
    })),
  )
}

const invoice = (part: number): string =>
  makeUblInvoice({
    number: numberOf(part),
    issueDate: '2026-11-20',
    supplierSiret: '00000000005719',
    recipientSiret: '00000000005734',
    ...(part === BAD ? { fault: 'wrong-total' as const } : {}),
  })

/** Line of the bad invoice on which a text stands, from 1. */
function lineOf(text: string): string {
  const before = invoice(BAD).split(text)[0] ?? ''
  return String(before.split('\n').length)
}

const field = (line: string, name: string): string | undefined =>
  new RegExp(`[>;]${name}=([^;]*)`).exec(line)?.[1]

/** Statuses in a life-cycle flow, by the invoice's number. */
function told(xml: string): ReadonlyMap<string, string> {
  const statuses = xml.matchAll(/<IdStatut>(\d\d)<\/IdStatut>.*?<IdFacture>([^<]*)<\/IdFacture>/gs)
  return new Map([...statuses].map(([, status = '', number = '']) => [number, status]))
}

/** How many invoices have each status. */
function counts(statuses: Iterable<string>): Readonly<Record<string, number>> {
  const groups = Map.groupBy(statuses, (status) => status)
  return Object.fromEntries([...groups].map(([status, { length }]) => [status, length]))
}

/** The document in a `.tar.gz` of one. */
function unpacked(content: Buffer): string {
  const tar = gunzipSync(content)
  const bytes = Number.parseInt(tar.subarray(124, 135).toString(), 8)
  return tar.subarray(512, 512 + bytes).toString()
}

/** The return flow whose name begins so, fetched as soon as it is there. */
async function fetched(partner: ExchangePartner, start: string): Promise<string> {
  for (;;) {
    const taken = await partner.take(start)
    if (taken !== undefined) return unpacked(taken.content)
    await sleep(50)
  }
}

/** Every status that came, once all invoices have one. */
async function allTold(partner: ExchangePartner): Promise<ReadonlyMap<string, string>> {
  const all = new Map<string, string>()
  while (all.size < INVOICES) {
    const xml = await fetched(partner, 'FEN1200A_')
    expect(documentIssues(Buffer.from(xml), STATUT)).toEqual([])
    for (const [number, status] of told(xml)) all.set(number, status)
  }
  return all
}

const EXPECTED = [
  {
    mode: 'COMPLETE',
    state: 'IN_REJETE',
    integrated: 0,
    status: '93',
    comment: '0 facture intégrée, 1 rejetée, 99 conformes non intégrées',
    statuses: { '22': 99, '37': 1 },
  },
  {
    mode: 'PARTIAL',
    state: 'IN_INTEGRE_PARTIEL',
    integrated: 99,
    status: '96',
    comment: '99 factures intégrées, 1 rejetée',
    statuses: { '01': 99, '37': 1 },
  },
] as const

describe.each(EXCHANGE_WAYS)('over $name', (way) => {
  test.skipIf(!way.isHere)(
    'the same flow of 100 invoices with one bad one is refused whole in Complete mode, and taken but for that one in Partial mode',
    async () => {
      const folder = await temporaryFolder()
      const gateway = await startGateway(
        configSchema.parse({
          data: folder,
          sftp: { port: 0 },
          as2: { port: 0, https: false },
          pesit: { port: 0 },
          api: { port: 0 },
          log: { level: 'silent' },
          lifeCycle: { batchSeconds: 0 },
        }),
      )
      onTestFinished(() => gateway.stop())
      const client = ApiClient.ofRun(gateway.run)
      const content = await batch()
      // First the one that integrates nothing: its invoice numbers are free again.
      for (const [index, expected] of EXPECTED.entries()) {
        const partner = await way.join(gateway, {
          folder,
          applicationCode: `TST00${index + 1}`,
          modes: { FSO1110A: expected.mode, ...SUBSCRIBED },
        })
        onTestFinished(() => partner.leave())
        const name = recommendedName('FSO1110A', partner.applicationCode, 1, 'tar.gz')
        const number = name.split('_')[2]!.slice(0, 25)
        await partner.put(name, content)

        const report = await fetched(partner, `C${name.slice(1)}`)
        expect(documentIssues(Buffer.from(report), STATUT)).toEqual([])
        expect(report).toContain(`<IdStatut>${expected.status}</IdStatut>`)
        expect(report).toContain(`<Commentaire>${expected.comment}</Commentaire>`)
        const lines = [
          ...report.matchAll(/<LigneErreurDetail IdLigne="(\d+)">.*?<\/LigneErreurDetail>/gs),
        ]
        expect(new Set(lines.map(([, part]) => part))).toEqual(new Set([String(BAD)]))
        for (const [line] of lines) expect(line).toContain(`numeroDP=${numberOf(BAD)};`)
        // Every rule that the wrong total breaks, and the line of what it is about.
        const rules = lines.map(([line]) => [field(line, 'regle'), field(line, 'ligne')])
        expect(rules).toEqual([
          ['BR-CO-15', lineOf('<Invoice ')],
          ['BR-CO-13', lineOf('<cac:LegalMonetaryTotal>')],
          ['BR-CO-16', lineOf('<cac:LegalMonetaryTotal>')],
        ])

        await expect
          .poll(async () => (await client.flow(number)).returns, { timeout: 60_000 })
          .toMatchObject([{ state: 'DELIVERED', retrieved: true }])
        const flow: FlowDocument = await client.flow(number)
        expect(flow.state).toBe(expected.state)
        expect(FLOW_STATES[flow.state].isFinal).toBe(true)
        expect(flow.invoices).toMatchObject({
          total: INVOICES,
          integrated: expected.integrated,
          incorrect: 1,
        })

        // How it was handed over is told as well, once that session is over.
        const path = `/returns/${flow.returns[0]?.id}/transcript`
        const transcripts = () => client.json<ReturnTranscripts>({ path })
        await expect
          .poll(async () => (await transcripts()).attempts.length, { timeout: 60_000 })
          .toBe(1)
        const [attempt] = (await transcripts()).attempts
        expect(attempt).toMatchObject({ attempt: 1, session: { protocol: flow.protocol } })
        expect(attempt?.entries.length).toBeGreaterThan(0)
        expect(attempt?.verdicts).toEqual([])

        const statuses = await allTold(partner)
        expect(counts(statuses.values())).toEqual(expected.statuses)
        expect(statuses.get(numberOf(BAD))).toBe('37')
        const older = await fetched(partner, 'FEN1201A_')
        expect(documentIssues(Buffer.from(older), STATUS_INFO)).toEqual([])
        const { items } = await client.json<{ items: readonly InvoiceDocument[] }>({
          path: '/invoices',
          query: { flow: number, limit: '500' },
        })
        expect(counts(items.map(({ status }) => status))).toEqual(expected.statuses)
      }
    },
  )
})
