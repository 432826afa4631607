import { mkdtemp, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { findInterfaceCode } from '../../config/interface-codes.ts'
import type { ConnectionId, FlowId } from '../../gateway/flow.ts'
import type { Journal } from '../../gateway/journal/journal.ts'
import type { Logger } from '../../gateway/logger.ts'
import type { PayloadStore } from '../../gateway/payloads/payloads.ts'
import { pivotDocument } from '../formats/pivot/pivot-document.ts'
import type { InvoiceThreads } from '../invoice-threads.ts'
import { parisDateTime } from '../paris-time.ts'
import {
  issueReturnFlow,
  packingFor,
  smallDocument,
  wholeDocument,
  type IssueContext,
  type IssueOrder,
} from '../returns/issue-return-flow.ts'
import { fileExtensions } from '../stages/extraction.ts'
import { invoiceId } from './invoice-row.ts'
import type { CarriedInvoice, RecipientFormat } from './recipient-task.ts'
import { CARRIERS, type Carrier } from './carriers.ts'
import { carriedBy, readWaiting, type WaitingItem } from './waiting-items.ts'

export interface RecipientFlowsOptions extends IssueContext {
  readonly payloads: Pick<PayloadStore, 'put' | 'localFile'>
  readonly threads: Pick<InvoiceThreads, 'carry'>
  /** Settings `limits.*`: the flow was taken in under them. */
  readonly limits: {
    readonly maxFileBytes: number
    readonly maxExtractedBytes: number
  }
  /** A folder of this process alone. */
  readonly workFolder: string
  readonly log: Logger
}

/** Invoices of one flow: of one flow received, and few enough to be held. */
const INVOICES_PER_FLOW = 50
const MORE_THAN_ANY_FLOW = 1_000_000

/**
 * Sends integrated invoices to their recipients that are connected and have subscribed. One return
 * flow carries invoices of one flow received; each is carried once. One that the format cannot carry
 * is left out, and the log says which.
 * @returns how many return flows were issued
 */
export async function sendRecipientFlows(options: RecipientFlowsOptions): Promise<number> {
  let issued = 0
  for (const carrier of CARRIERS) issued += await sendAll(options, carrier)
  return issued
}

async function sendAll(options: RecipientFlowsOptions, carrier: Carrier): Promise<number> {
  const { journal } = options
  const { code, format } = carrier
  const receivers = await journal.read(
    journal.db
      .selectFrom('return_items')
      .select('connection_id')
      .distinct()
      .where('code', '=', code)
      .where('return_flow_id', 'is', null),
  )
  let issued = 0
  for (const { connection_id } of receivers) {
    // One UBL document is one invoice, and a bare document is a whole flow.
    const isBare = format === 'ubl' && packingFor(options, connection_id) === 'xml'
    const limit = isBare ? 1 : INVOICES_PER_FLOW
    for (;;) {
      const wanted = { code, connectionId: connection_id, limit }
      const waiting = await readWaiting(journal, wanted)
      const [first] = waiting
      if (first === undefined) break
      const items = waiting.filter(({ flow_id }) => flow_id === first.flow_id)
      if (!(await sendItems(options, carrier, connection_id, first.flow_id, items))) break
      issued += 1
    }
  }
  return issued
}

async function sendItems(
  options: RecipientFlowsOptions,
  { code, format }: Carrier,
  connectionId: ConnectionId,
  flowId: FlowId,
  items: readonly WaitingItem[],
): Promise<boolean> {
  const { journal, log } = options
  const units = await writeUnits(options, format, flowId, items)
  const fit = units.flatMap(({ unit }) => (unit === null ? [] : [unit]))
  if (fit.length < items.length) {
    const carried = new Set(units.filter(({ unit }) => unit !== null).map((one) => one.ordinal))
    const unfit = items.map(({ ordinal }) => ordinal).filter((one) => !carried.has(one))
    log.warn({ flowId, code, unfit }, 'invoices that the format of the recipient cannot carry')
  }
  if (fit.length === 0) {
    // Nothing to send: they wait no longer.
    const none = { id: 'ret_none' } as const
    const { committed } = await journal.write(carriedBy(journal, code, items, none))
    return committed
  }
  const returnFlow = await issueReturnFlow(options, {
    connectionId,
    interfaceCode: code,
    kind: 'invoices',
    write: async (flow) => DOCUMENTS[format](flow, fit),
    statements: (issuing) => carriedBy(journal, code, items, issuing),
  })
  return returnFlow !== undefined
}

type Documents = (
  flow: Parameters<IssueOrder['write']>[0],
  units: readonly string[],
) => ReturnType<typeof wholeDocument>

/** How units become the documents of a flow. */
const DOCUMENTS: Readonly<Record<RecipientFormat, Documents>> = {
  pivot: (flow, units) => wholeDocument(pivotDocument(flow, units)),
  ubl: (_flow, units) =>
    units.map((unit, index) =>
      units.length === 1 ? smallDocument(unit) : smallDocument(unit, `_${index + 1}`),
    ),
}

async function writeUnits(
  options: RecipientFlowsOptions,
  format: RecipientFormat,
  flowId: FlowId,
  items: readonly WaitingItem[],
): Promise<readonly CarriedInvoice[]> {
  const { journal, payloads, threads, limits, workFolder } = options
  const rows = await readInvoices(journal, flowId, items)
  const [flow] = await journal.read(
    journal.db.selectFrom('flows').selectAll().where('id', '=', flowId),
  )
  const code = findInterfaceCode(flow?.interface_code ?? '')
  if (flow === undefined || code === undefined) return []
  // Its content was past its time: what an invoice became later is not told to its recipient.
  if (flow.payload_removed_at !== null) return []
  await mkdir(workFolder, { recursive: true })
  const outputFolder = await mkdtemp(join(workFolder, 'recipient-'))
  const content = await payloads.localFile({ sha256: flow.sha256, bytes: flow.bytes })
  try {
    return await threads.carry(
      {
        format,
        flow: {
          path: content.path,
          extension: flow.file_name.endsWith('.xml') ? 'xml' : 'tar.gz',
          bareFileName: flow.file_name,
          code: { hasStylesheet: code.hasStylesheet, fileExtensions: fileExtensions(code) },
          limits: { ...limits, maxInvoices: MORE_THAN_ANY_FLOW },
          chunk: { invoices: 2_000, bytes: limits.maxExtractedBytes },
          outputFolder,
        },
        invoices: rows.map((row) => ({ ...row, receivedOn: dayOf(flow.received_at) })),
      },
      new AbortController().signal,
    )
  } finally {
    await content.release()
    await rm(outputFolder, { recursive: true, force: true })
  }
}

const dayOf = (instant: number): string => parisDateTime(instant).slice(0, 10)

async function readInvoices(journal: Journal, flowId: FlowId, items: readonly WaitingItem[]) {
  const rows = await journal.read(
    journal.db
      .selectFrom('invoices')
      .selectAll()
      .where('flow_id', '=', flowId)
      .where(
        'ordinal',
        'in',
        items.map(({ ordinal }) => ordinal),
      ),
  )
  const sequences = new Map(items.map(({ ordinal, sequence }) => [ordinal, sequence]))
  return rows.map((row) => {
    const isFirst = sequences.get(row.ordinal) === 1
    const again = isFirst ? 'Non' : row.status === '12' ? 'Complétée' : 'Recyclée'
    return {
      ordinal: row.ordinal,
      invoiceId: invoiceId({ flowId, ordinal: row.ordinal }),
      number: row.number ?? '',
      supplierType: row.supplier_type ?? '1',
      supplierId: row.supplier_id ?? '',
      supplierName: row.supplier_name ?? '',
      recipientId: row.recipient_id ?? '',
      recipientName: row.recipient_name,
      serviceCode: row.service_code,
      engagement: row.engagement,
      again,
    } as const
  })
}
