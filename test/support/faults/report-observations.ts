import { gunzipSync } from 'node:zlib'
import { expect } from 'vitest'
import { reportBaseName } from '../../../config/flow-name.ts'
import type { ApiClient } from '../../../gateway/cli/api-client.ts'
import type { FaultName } from '../../../gateway/faults/fault-table.ts'
import type { FlowDocument } from '../../../gateway/flow.ts'
import { archiveBytes } from '../../../processing/archives/write-archive.ts'
import { makeUblInvoice } from '../../../processing/formats/ubl/sample.ts'
import type { ExchangePartner, TakenFlow } from '../exchange/exchange-way.ts'

/** What an observation of processing has at hand. */
export interface ReportPlace {
  readonly partner: ExchangePartner
  readonly client: ApiClient
  readonly newName: () => string
  /** Puts the fault, on the next flow unless said. @returns its id */
  put(
    values?: Readonly<Record<string, number | string>>,
    order?: Readonly<Record<string, unknown>>,
  ): Promise<string>
  clear(id: string): Promise<unknown>
}

const PATIENCE = { timeout: 60_000 }

/** A flow that was sent, and what can be seen of it. */
interface SentFlow {
  readonly number: string
  readonly name: string
  readonly sentAt: number
}

async function send({ partner, newName }: ReportPlace, invoices = 1): Promise<SentFlow> {
  const name = newName()
  const number = name.split('_')[2]!.slice(0, 25)
  const files = Array.from({ length: invoices }, (_, n) => ({
    name: `invoice-${n + 1}.xml`,
    content: makeUblInvoice({
      number: `${number.slice(-9)}-${n + 1}`,
      issueDate: '2026-11-20',
      supplierSiret: '00000000005719',
      recipientSiret: '00000000005734',
    }),
  }))
  const sentAt = performance.now()
  await partner.put(name, await archiveBytes(files))
  return { number, name, sentAt }
}

async function decided({ client }: ReportPlace, { number }: SentFlow): Promise<FlowDocument> {
  await expect.poll(async () => (await client.flow(number)).finishedAt, PATIENCE).not.toBeNull()
  return client.flow(number)
}

/** The report on a flow, if it is there for the partner by now. */
const look = ({ partner }: ReportPlace, { name }: SentFlow): Promise<TakenFlow | undefined> =>
  partner.take(reportBaseName(name))

async function taken(place: ReportPlace, flow: SentFlow): Promise<TakenFlow> {
  const found: { report?: TakenFlow | undefined } = {}
  await expect.poll(async () => (found.report ??= await look(place, flow)), PATIENCE).toBeDefined()
  return found.report!
}

/** The document in a `.tar.gz` of one. */
function unpacked({ content }: TakenFlow): string {
  const tar = gunzipSync(content)
  const bytes = Number.parseInt(tar.subarray(124, 135).toString(), 8)
  return tar.subarray(512, 512 + bytes).toString()
}

const numberOf = ({ number }: SentFlow): string => `${number.slice(-9)}-1`

/** Statuses that the next life-cycle flow with the invoice tells of it; those of others go by. */
async function toldOf({ partner }: ReportPlace, flow: SentFlow): Promise<readonly string[]> {
  const told: string[] = []
  const look = async (): Promise<number> => {
    const taken = await partner.take('FEN1200A_')
    const xml = taken === undefined ? '' : unpacked(taken)
    for (const [unit] of xml.matchAll(/<DonneesStatut>.*?<\/DonneesStatut>/gs)) {
      if (!unit.includes(`<IdFacture>${numberOf(flow)}</IdFacture>`)) continue
      told.push(/<IdStatut>(.*?)<\/IdStatut>/.exec(unit)?.[1] ?? '')
    }
    return told.length
  }
  await expect.poll(look, PATIENCE).toBeGreaterThan(0)
  return told
}

const advance = ({ client }: ReportPlace, { number }: SentFlow, to: string): Promise<unknown> =>
  client.json({ path: '/invoices/moves', body: { to, where: { flow: number } } })

const outcomes = ({ timeline }: FlowDocument, stage: string): readonly string[] =>
  timeline.filter((event) => event.stage === stage).map(({ outcome }) => outcome)

/** One report, after that time at least. */
const reportedAfter =
  (fault: FaultName) =>
  async (place: ReportPlace): Promise<void> => {
    await place.put({ seconds: 1 })
    const flow = await send(place)
    await taken(place, flow)
    expect(performance.now() - flow.sentAt).toBeGreaterThan(950)
    const document = await decided(place, flow)
    expect(document.state).toBe('IN_INTEGRE')
    expect(outcomes(document, 'fault')).toEqual([`injected: ${fault}`])
  }

/** What a partner reads, or does not, when processing misbehaves; the report is all it has. */
export const REPORT_OBSERVATIONS: Readonly<
  Partial<Record<FaultName, (place: ReportPlace) => Promise<void>>>
> = {
  'taken-late': reportedAfter('taken-late'),

  async blocked(place) {
    await reportedAfter('blocked')(place)
    await place.put({ seconds: 3_600 })
    const flow = await send(place)
    await expect
      .poll(async () => (await place.client.flow(flow.number)).state, PATIENCE)
      .toBe('IN_EN_ATTENTE_RETRAITEMENT_CPP')
    expect(await look(place, flow)).toBeUndefined()
  },

  async incident(place) {
    const id = await place.put({}, {})
    const flow = await send(place)
    expect((await decided(place, flow)).state).toBe('IN_INCIDENTE')
    await place.clear(id)
    expect(unpacked(await taken(place, flow))).toContain('ERR_INC_001')
  },

  async 'stage-crash'(place) {
    await place.put()
    const flow = await send(place)
    const document = await decided(place, flow)
    expect(document.state).toBe('IN_INTEGRE')
    expect(document.timeline.map(({ outcome }) => outcome)).toContain('failed')
    expect(outcomes(document, 'fault')).toEqual(['injected: stage-crash'])
    await taken(place, flow)
    expect(await look(place, flow)).toBeUndefined()
  },

  async 'seen-twice'(place) {
    await place.put()
    const flow = await send(place)
    const document = await decided(place, flow)
    expect(document).toMatchObject({ state: 'IN_INTEGRE', invoices: { total: 1, integrated: 1 } })
    expect(outcomes(document, 'fault')).toEqual(['injected: seen-twice'])
    expect(outcomes(document, 'decision')).toEqual(['IN_INTEGRE'])
    await taken(place, flow)
    expect(await look(place, flow)).toBeUndefined()
    expect((await place.client.flow(flow.number)).returns).toHaveLength(1)
  },

  async 'invoice-error'(place) {
    await place.put({ invoice: 2, code: 'ERR_FCT_003' })
    const flow = await send(place, 3)
    const document = await decided(place, flow)
    expect(document).toMatchObject({ state: 'IN_INTEGRE_PARTIEL', invoices: { integrated: 2 } })
    const report = unpacked(await taken(place, flow))
    expect(report).toContain('<CodeErreur>ERR_FCT_003</CodeErreur>')
    expect([...report.matchAll(/IdLigne="(\d+)"/g)].map(([, line]) => line)).toEqual(['2'])
  },

  async 'report-late'(place) {
    await place.put({ seconds: 1 })
    const flow = await send(place)
    await taken(place, flow)
    expect(performance.now() - flow.sentAt).toBeGreaterThan(950)
  },

  async 'report-never'(place) {
    await place.put()
    const flow = await send(place)
    expect((await decided(place, flow)).returns).toMatchObject([{ state: 'HELD' }])
    // The one on the next flow comes.
    await taken(place, await send(place))
    expect(await look(place, flow)).toBeUndefined()
  },

  async 'report-duplicate'(place) {
    await place.put()
    const flow = await send(place)
    const first = await taken(place, flow)
    expect(await taken(place, flow)).toEqual(first)
    await expect
      .poll(async () => (await place.client.flow(flow.number)).returns, PATIENCE)
      .toMatchObject([{ state: 'DELIVERED', attempts: 2 }])
  },

  async 'report-out-of-order'(place) {
    await place.put({ seconds: 3_600 })
    const behind = await send(place)
    await decided(place, behind)
    expect(await look(place, behind)).toBeUndefined()
    await taken(place, await send(place))
    await taken(place, behind)
  },

  async 'report-wrong-reference'(place) {
    const other = await send(place)
    await taken(place, other)
    await place.put()
    const flow = await send(place)
    const report = unpacked(await taken(place, flow))
    expect(report).toContain(other.number)
    expect(report).not.toContain(flow.number)
  },

  async 'report-unknown-status'(place) {
    await place.put({ status: '99' })
    const flow = await send(place)
    expect(unpacked(await taken(place, flow))).toContain('<IdStatut>99</IdStatut>')
    expect((await decided(place, flow)).state).toBe('IN_INTEGRE')
    const next = await send(place)
    expect(unpacked(await taken(place, next))).toContain('<IdStatut>90</IdStatut>')
  },

  async 'life-cycle-unknown-status'(place) {
    const flow = await send(place)
    expect(await toldOf(place, flow)).toEqual(['01'])
    await place.put({ status: '99' })
    await advance(place, flow, '02')
    expect(await toldOf(place, flow)).toEqual(['99'])
    await advance(place, flow, '03')
    expect(await toldOf(place, flow)).toEqual(['03'])
    const { timeline } = await decided(place, flow)
    expect(timeline.map(({ outcome }) => outcome)).toContain('injected: life-cycle-unknown-status')
  },
}
