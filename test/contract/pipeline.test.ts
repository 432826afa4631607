import { Readable } from 'node:stream'
import { describe, expect, onTestFinished, test } from 'vitest'
import { GatewayError } from '../../gateway/errors.ts'
import type { Finding, FlowId } from '../../gateway/flow.ts'
import { archiveBytes } from '../../processing/archives/write-archive.ts'
import { STAGES } from '../../processing/stages.ts'
import { at, cppStatutFaults, parseXml, type XmlElement } from '../support/cpp-statut.ts'
import {
  openPipelinePlace,
  type PipelinePlace,
  type PipelinePlaceOptions,
} from '../support/pipeline-place.ts'
import type { PlainInvoice } from '../support/plain-invoice-worker.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** An open place of the test that asks; its pipeline runs unless `isIdle`. */
async function place(
  options: Omit<PipelinePlaceOptions, 'folder'> & { readonly isIdle?: boolean } = {},
): Promise<PipelinePlace> {
  const opened = await openPipelinePlace({ folder: await temporaryFolder(), ...options })
  onTestFinished(() => opened.close())
  if (options.isIdle !== true) await opened.pipeline.start()
  return opened
}

let supplierCount = 0
/** So many good invoices of a supplier that no other test has. */
function invoices(count: number, supplier = `S${(supplierCount += 1)}`): PlainInvoice[] {
  return Array.from({ length: count }, (_, index) => ({ number: `F${index + 1}`, supplier }))
}

function withFault(
  batch: readonly PlainInvoice[],
  index: number,
  fault: NonNullable<PlainInvoice['fault']>,
): PlainInvoice[] {
  return batch.map((invoice, at) => (at === index ? { ...invoice, fault } : invoice))
}

const counts = (flow: { total: number; integrated: number; refused: number }) => [
  flow.total,
  flow.integrated,
  flow.refused,
]

async function readReport(here: PipelinePlace, id: FlowId): Promise<XmlElement> {
  const root = parseXml(await here.report(id))
  expect(cppStatutFaults(root)).toEqual([])
  return at(root, 'CPPFluxStatuts', 'CPPFluxStatutUnitaire', 'DonneesStatut')
}

const errorLines = (report: XmlElement): XmlElement[] =>
  report.children.find(({ name }) => name === 'Details')?.children ?? []

describe('a batch of 100 invoices with one bad', () => {
  const batch = () => withFault(invoices(100), 56, 'rule')

  test('is rejected in Complete mode: the bad one is named, the good ones are not integrated', async () => {
    const here = await place({ settings: { pipeline: { chunkInvoices: 30 } } })
    const id = await here.deposit({ content: batch(), mode: 'COMPLETE' })
    const flow = await here.finished(id)
    expect(flow.state).toBe('IN_REJETE')
    expect(counts(flow)).toEqual([100, 0, 1])
    const report = await readReport(here, id)
    expect(at(report, 'IdStatut').text).toBe('93')
    expect(errorLines(report).map((line) => line.attributes['IdLigne'])).toEqual(['57'])
  })

  test('is integrated but for that one in Partial mode', async () => {
    const here = await place({ settings: { pipeline: { chunkInvoices: 30 } } })
    const id = await here.deposit({ content: batch(), mode: 'PARTIAL' })
    const flow = await here.finished(id)
    expect(flow.state).toBe('IN_INTEGRE_PARTIEL')
    expect(counts(flow)).toEqual([100, 99, 1])
    const report = await readReport(here, id)
    expect(at(report, 'IdStatut').text).toBe('96')
    const [line] = errorLines(report)
    expect(at(line!, 'CodeErreur').text).toBe('ERR_FCT_008')
    expect(at(line!, 'DescriptionErreur').text).toContain('regle=BR-CO-10;numeroDP=F57;')
  })
})

describe('a flow', () => {
  test('whose invoices are all good is integrated, and has its report all the same', async () => {
    const here = await place()
    const id = await here.deposit({ content: invoices(3), mode: 'COMPLETE' })
    expect((await here.finished(id)).state).toBe('IN_INTEGRE')
    const report = await readReport(here, id)
    expect(at(report, 'IdStatut').text).toBe('90')
    expect(errorLines(report)).toEqual([])
  })

  test('leaves one line of its timeline a stage, in order', async () => {
    const here = await place()
    const id = await here.deposit({ content: invoices(3) })
    await here.finished(id)
    const events = await here.journal.read(
      here.journal.db.selectFrom('flow_events').selectAll().where('flow_id', '=', id).orderBy('id'),
    )
    expect(events.map(({ stage }) => stage)).toEqual(STAGES.map(({ name }) => name))
    expect(events.map(({ outcome }) => outcome)).toEqual([
      ...Array.from({ length: 5 }, () => 'passed'),
      'IN_INTEGRE',
      'passed',
      'passed',
    ])
  })

  test('leaves nothing in the store but itself and its report', async () => {
    const here = await place({ settings: { pipeline: { chunkInvoices: 2 } } })
    const id = await here.deposit({ content: invoices(5) })
    const flow = await here.finished(id)
    const [report] = await here.journal.read(here.journal.db.selectFrom('return_flows').selectAll())
    const stored = async () => {
      const contents = await Readable.from(here.payloads.list()).toArray()
      return new Set(contents.map(({ sha256 }) => sha256))
    }
    await expect.poll(stored).toEqual(new Set([flow.sha256, report!.sha256]))
  })

  test.each([
    ['a code that nobody knows', { interfaceCode: 'FSO9999A' }, 'ERR_ENV_002'],
    ['a code that is not built', { interfaceCode: 'FSO1102A' }, 'ERR_ENV_002'],
    ['a code that is not subscribed', { mode: 'NONE' }, 'ERR_ENV_004'],
    ['no archive at all', { content: Buffer.from('not a gzip') }, 'ERR_ARC_001'],
    ['no byte at all', { content: new Uint8Array() }, 'ERR_VOL_001'],
    ['too many invoices', { content: invoices(6) }, 'ERR_VOL_003'],
  ] as const)('with %s is rejected, and no invoice is examined', async (_, changes, code) => {
    const here = await place({ settings: { limits: { maxInvoicesPerFlow: 5 } } })
    const id = await here.deposit({ content: invoices(2), ...changes })
    const flow = await here.finished(id)
    expect(flow.state).toBe('IN_REJETE')
    const findings = JSON.parse(flow.findings_json) as Finding[]
    expect(findings.map((finding) => finding.code)).toEqual([code])
    const lines = errorLines(await readReport(here, id))
    expect(lines.map((line) => [line.attributes['IdLigne'], at(line, 'CodeErreur').text])).toEqual([
      ['0', code],
    ])
    expect(await here.journal.read(here.journal.db.selectFrom('invoices').selectAll())).toEqual([])
  })

  test.each([
    ['part', 'IN_INTEGRE_PARTIEL', 2],
    ['flow', 'IN_REJETE', 0],
  ] as const)(
    'with one ill-formed file is %s-wise %s, as pipeline.xsdFailure says',
    async (xsdFailure, state, integrated) => {
      const here = await place({ settings: { pipeline: { xsdFailure } } })
      const id = await here.deposit({ content: withFault(invoices(3), 0, 'xsd') })
      const flow = await here.finished(id)
      expect([flow.state, flow.integrated]).toEqual([state, integrated])
      expect(errorLines(await readReport(here, id))).toHaveLength(1)
    },
  )

  test('refused for its last file leaves nothing of the invoices that were checked meanwhile', async () => {
    const here = await place({ settings: { pipeline: { chunkInvoices: 1 } } })
    const files = invoices(30).map((invoice, index) => ({
      name: `F${index}.xml`,
      content: JSON.stringify(invoice),
    }))
    const content = await archiveBytes([...files, { name: 'last.exe', content: 'MZ' }])
    const id = await here.deposit({ content })
    const flow = await here.finished(id)
    expect([flow.state, ...counts(flow)]).toEqual(['IN_REJETE', 0, 0, 0])
    // Cleared up behind the decision.
    for (const table of ['invoices', 'chunks', 'invoice_numbers'] as const) {
      const rows = here.journal.db.selectFrom(table).selectAll()
      await expect.poll(() => here.journal.read(rows), { message: table }).toEqual([])
    }
    await expect.poll(() => Readable.from(here.payloads.list()).toArray()).toHaveLength(2)
  })

  test('is processed only when its delay has passed', async () => {
    const here = await place({ settings: { pipeline: { delay: 'slow' } } })
    const id = await here.deposit({ content: invoices(1) })
    await here.pipeline.reconcile()
    const jobs = await here.journal.read(here.journal.db.selectFrom('jobs').selectAll())
    expect(jobs.map((job) => job.id)).toEqual([`extract-${id}`])
    expect(jobs[0]!.run_at).toBeGreaterThan(Date.now() + 60_000)
  })
})

const neverAborted = new AbortController().signal

describe('an invoice number', () => {
  const one = (supplier: string, number = 'F1'): PlainInvoice => ({ number, supplier })

  test('twice in one flow is the first one’s, in archive order', async () => {
    const here = await place({ settings: { pipeline: { chunkInvoices: 1 } } })
    const content = [one('S'), one('S', 'F2'), one('S'), one('T')]
    const id = await here.deposit({ content })
    expect(counts(await here.finished(id))).toEqual([4, 3, 1])
    const [line] = errorLines(await readReport(here, id))
    expect(line!.attributes['IdLigne']).toBe('3')
    expect(at(line!, 'CodeErreur').text).toBe('ERR_FCT_009')
    expect(at(line!, 'LibelleErreur').text).toContain('comme partie 1 de ce flux')
  })

  test('of a first invoice that is refused for another reason is the second one’s', async () => {
    const here = await place()
    const id = await here.deposit({ content: withFault([one('S'), one('S')], 0, 'rule') })
    expect(counts(await here.finished(id))).toEqual([2, 1, 1])
  })

  test('that is integrated refuses every later one, and the partner learns with which flow', async () => {
    const here = await place()
    const first = await here.finished(await here.deposit({ content: [one('S')] }))
    const id = await here.deposit({ content: [one('S'), one('S', 'F2')] })
    expect(counts(await here.finished(id))).toEqual([2, 1, 1])
    const [line] = errorLines(await readReport(here, id))
    expect(at(line!, 'LibelleErreur').text).toContain(first.flow_identifier)
  })

  test('that another partner has is refused too, and nothing of that partner is said', async () => {
    const here = await place()
    const first = await here.finished(
      await here.deposit({ content: [one('S')], connectionId: 'cnx_2' }),
    )
    const id = await here.deposit({ content: [one('S')] })
    expect((await here.finished(id)).state).toBe('IN_REJETE')
    const [line] = errorLines(await readReport(here, id))
    expect(at(line!, 'LibelleErreur').text).toContain('par un autre partenaire')
    const [row] = await here.journal.read(
      here.journal.db.selectFrom('invoices').select('findings_json').where('flow_id', '=', id),
    )
    for (const text of [await here.report(id), row!.findings_json]) {
      for (const secret of [first.flow_identifier, first.id, first.file_name, 'cnx_2']) {
        expect(text).not.toContain(secret)
      }
    }
  })

  test('is free again when its flow is rejected, and stays taken by what is integrated in part', async () => {
    const here = await place()
    const batch = invoices(3)
    const faulty = withFault(batch, 2, 'rule')
    const rejected = await here.deposit({ content: faulty, mode: 'COMPLETE' })
    expect((await here.finished(rejected)).state).toBe('IN_REJETE')
    const partial = await here.deposit({ content: faulty, mode: 'PARTIAL' })
    expect(counts(await here.finished(partial))).toEqual([3, 2, 1])
    const corrected = await here.deposit({ content: batch.slice(2), mode: 'COMPLETE' })
    expect((await here.finished(corrected)).state).toBe('IN_INTEGRE')
    const again = await here.deposit({ content: batch, mode: 'PARTIAL' })
    expect(counts(await here.finished(again))).toEqual([3, 0, 3])
  })

  test('wanted by many flows at once, in any order of files, is integrated by exactly one', async () => {
    const here = await place({ settings: { pipeline: { concurrency: 8, threads: 1 } } })
    const batch = invoices(300)
    const orders = [batch, batch.toReversed(), [...batch.slice(150), ...batch.slice(0, 150)]]
    const own = orders.map((content) => [...content, ...invoices(1)])
    const ids = await Promise.all(
      [...own, ...own].map((content, index) =>
        here.deposit({ content, mode: index % 2 === 0 ? 'PARTIAL' : 'COMPLETE' }),
      ),
    )
    const flows = await Promise.all(ids.map((id) => here.finished(id)))
    const integrated = flows.reduce((sum, flow) => sum + flow.integrated, 0)
    const owners = await here.journal.read(
      here.journal.db.selectFrom('invoice_numbers').select(['key', 'flow_id']),
    )
    expect(owners).toHaveLength(integrated)
    expect(owners.filter(({ key }) => key.includes('F300'))).toHaveLength(1)
    for (const flow of flows) {
      const held = owners.filter(({ flow_id }) => flow_id === flow.id)
      expect(held).toHaveLength(flow.integrated)
    }
  })

  test('held by an undecided flow makes a later flow wait, not fail', async () => {
    const here = await place()
    const holder = await here.deposit({ content: [one('W')], mode: 'PARTIAL' })
    await here.finished(holder)
    const undecided = here.journal.db
      .updateTable('flows')
      .set({ state: 'IN_EN_ATTENTE_RETRAITEMENT_CPP' })
      .where('id', '=', holder)
    await here.journal.write([{ query: undecided, expectRows: 1 }])
    const id = await here.deposit({ content: [one('A'), one('W'), one('Z')] })
    const held = async () => {
      const rows = await here.journal.read(
        here.journal.db.selectFrom('invoice_numbers').select('key').where('flow_id', '=', id),
      )
      return rows.map(({ key }) => key)
    }
    // Only what comes before the number it waits for: nobody can wait for it in a circle.
    await expect.poll(held).toEqual(['1|A|F1'])
    const rejected = here.journal.db
      .updateTable('flows')
      .set({ state: 'IN_REJETE' })
      .where('id', '=', holder)
    await here.journal.write([{ query: rejected, expectRows: 1 }])
    expect(counts(await here.finished(id))).toEqual([3, 3, 0])
  })
})

describe('a job that runs twice', () => {
  test('counts once: every job of a flow, three times at once', async () => {
    const here = await place({ isIdle: true, settings: { pipeline: { chunkInvoices: 2 } } })
    await here.pipeline.start()
    await here.queue.stop(1_000)
    const id = await here.deposit({ content: withFault(invoices(5), 4, 'rule') })
    const thrice = async (kind: 'extract' | 'chunk' | 'decide', chunk?: number) => {
      const job = {
        id: `${kind}-${id}`,
        kind,
        flowId: id,
        ...(chunk === undefined ? {} : { chunk }),
      }
      await Promise.all(
        [1, 2, 3].map(() => here.pipeline.process(job, neverAborted).catch(() => {})),
      )
    }
    await thrice('extract')
    for (const chunk of [0, 1, 2]) await thrice('chunk', chunk)
    await thrice('decide')
    await thrice('chunk', 0)
    await thrice('decide')
    await thrice('extract')
    const flow = await here.finished(id)
    expect([flow.state, ...counts(flow)]).toEqual(['IN_INTEGRE_PARTIEL', 5, 4, 1])
    expect(errorLines(await readReport(here, id))).toHaveLength(1)
    const events = await here.journal.read(
      here.journal.db.selectFrom('flow_events').select('stage').where('flow_id', '=', id),
    )
    expect(events).toHaveLength(STAGES.length)
    const numbers = here.journal.db.selectFrom('invoice_numbers').selectAll()
    expect(await here.journal.read(numbers)).toHaveLength(4)
    const stored = await Readable.from(here.payloads.list()).toArray()
    expect(stored).toHaveLength(2)
  })
})

describe('what breaks on the way', () => {
  test('a queue wiped again and again loses no flow and decides none twice', async () => {
    const here = await place({ settings: { pipeline: { chunkInvoices: 2 } } })
    const ids: FlowId[] = []
    for (let flow = 0; flow < 40; flow += 1) {
      ids.push(await here.deposit({ content: invoices(5) }))
      if (flow % 5 === 0) await here.queue.wipe()
    }
    const flows = await Promise.all(ids.map((id) => here.finished(id)))
    expect(new Set(flows.map(({ state }) => state))).toEqual(new Set(['IN_INTEGRE']))
    for (const id of ids) await here.report(id)
  })

  test.each(['throw', 'exit', 'exhaust', 'hang'] as const)(
    'an invoice that makes its thread %s ends its flow as an incident, and no other flow',
    async (fault) => {
      const settings = {
        pipeline: { maxAttempts: 2, taskSeconds: 5, threadMemoryMib: 64, threads: 1 },
      }
      const here = await place({ settings })
      const poisoned = await here.deposit({ content: withFault(invoices(3), 1, fault) })
      const healthy = await here.deposit({ content: invoices(3) })
      const flow = await here.finished(poisoned)
      expect([flow.state, flow.attempts]).toEqual(['IN_INCIDENTE', 1])
      const report = await readReport(here, poisoned)
      expect(at(report, 'IdStatut').text).toBe('93')
      expect(errorLines(report).map((line) => at(line, 'CodeErreur').text)).toEqual(['ERR_INC_001'])
      expect((await here.finished(healthy)).state).toBe('IN_INTEGRE')
    },
  )

  test('a chunk that is lost is made again from the flow', async () => {
    const here = await place({ isIdle: true, settings: { pipeline: { chunkInvoices: 2 } } })
    const id = await here.deposit({ content: invoices(40) })
    await here.pipeline.start()
    await here.queue.stop(1_000)
    await here.pipeline.process({ id: `extract-${id}`, kind: 'extract', flowId: id }, neverAborted)
    const chunks = await here.journal.read(
      here.journal.db.selectFrom('chunks').select(['ordinal', 'state', 'sha256']),
    )
    expect(chunks).toHaveLength(20)
    const open = chunks.filter(({ state }) => state === 'READY')
    const lost = open[1]!
    await here.payloads.remove(lost.sha256)
    const chunk = async (ordinal: number) => {
      const job = { id: 'c', kind: 'chunk', flowId: id, chunk: ordinal } as const
      await here.pipeline.process(job, neverAborted)
    }
    await chunk(open[0]!.ordinal)
    await chunk(lost.ordinal)
    await here.pipeline.process({ id: `extract-${id}`, kind: 'extract', flowId: id }, neverAborted)
    for (const { ordinal } of chunks) await chunk(ordinal)
    await here.pipeline.process({ id: `decide-${id}`, kind: 'decide', flowId: id }, neverAborted)
    expect(counts(await here.finished(id))).toEqual([40, 40, 0])
  })

  test('a flow whose own content is lost is an incident at once', async () => {
    const here = await place({ isIdle: true })
    const id = await here.deposit({ content: invoices(1) })
    const [row] = await here.journal.read(here.journal.db.selectFrom('flows').select('sha256'))
    await here.payloads.remove(row!.sha256)
    await here.pipeline.start()
    expect((await here.finished(id)).state).toBe('IN_INCIDENTE')
    expect(at(await readReport(here, id), 'IdStatut').text).toBe('93')
  })

  test('two flows with the same batch do not take one another’s chunks away', async () => {
    const here = await place({ settings: { pipeline: { concurrency: 8 } } })
    const batch = invoices(5)
    const ids = await Promise.all(
      Array.from({ length: 12 }, () => here.deposit({ content: batch })),
    )
    const flows = await Promise.all(ids.map((id) => here.finished(id)))
    expect(flows.map(({ state }) => state).toSorted()).toEqual([
      'IN_INTEGRE',
      ...Array.from({ length: 11 }, () => 'IN_REJETE'),
    ])
  })

  test('a full disk counts as no attempt: the flow waits and then goes on', async () => {
    const settings = { pipeline: { maxAttempts: 1, chunkInvoices: 1 } }
    const here = await place({ isIdle: true, settings })
    const adopt = here.payloads.adopt.bind(here.payloads)
    let failures = 0
    here.payloads.adopt = async (...content) => {
      failures += 1
      if (failures < 4) throw new GatewayError('STORE_FULL', 'no room')
      return adopt(...content)
    }
    const id = await here.deposit({ content: invoices(40) })
    await here.pipeline.start()
    const flow = await here.finished(id)
    expect([flow.state, flow.attempts]).toEqual(['IN_INTEGRE', 0])
    expect(failures).toBeGreaterThanOrEqual(4)
  })

  test('a fault on demand fails an attempt, and the next one goes on', async () => {
    let met = 0
    const faults = {
      at: (point: string) =>
        point === 'stage:integration' && (met += 1) < 3 ? ({ kind: 'crash' } as const) : undefined,
    }
    const here = await place({ faults })
    const id = await here.deposit({ content: invoices(1) })
    expect((await here.finished(id)).state).toBe('IN_INTEGRE')
    expect(met).toBe(3)
  })
})
