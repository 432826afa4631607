import { reportedNames } from '../../config/flow-name.ts'
import type { Journal } from '../../gateway/journal/journal.ts'
import { FURTHER_INVOICES } from '../check-invoices.ts'
import { motiveFinding } from '../motives.ts'
import type { JournaledFlow } from '../pipeline-context.ts'
import type { InvoiceStatus } from '../returns/invoice-statuses.ts'
import { isFluxStatus, type FluxStatus } from '../returns/flux-status-codes.ts'
import type { ReceivedReport, ReceivedStatus } from './read-statuses.ts'

/**
 * What the report of a recipient makes of the invoices that the flow carried [simulated]: received,
 * they are in its space (03 certifies that, reference chorus-pro-edi §10.2); still on the way, they
 * are 02; of a flow that did not arrive none moves.
 */
const STATUS_OF_FLOW: Readonly<Record<FluxStatus, InvoiceStatus | undefined>> = {
  '90': '03',
  '91': '02',
  '92': '03',
  '93': undefined,
  '94': undefined,
  '95': undefined,
  '96': '03',
}
/** An invoice that the report names in an error goes back to be recycled. */
const REFUSED: InvoiceStatus = '04'
/** Where an invoice stands before its recipient has it. */
const ON_THE_WAY: ReadonlySet<string> = new Set(['01', '02'])

/** Statuses that reports stand for; `total` = invoices that they are about, one at least. */
export interface ReportedInvoices {
  readonly statuses: readonly ReceivedStatus[]
  readonly total: number
}

/**
 * Statuses that a recipient's reports give to the invoices of the flow they are on. An invoice that is
 * further by now is left where it is. A flow that carried none, of the life cycle, moves none.
 */
export async function reportedInvoices(
  journal: Journal,
  flow: Pick<JournaledFlow, 'connection_id' | 'file_name'>,
  reports: readonly ReceivedReport[],
): Promise<ReportedInvoices> {
  if (reports.length === 0) return { statuses: [], total: 0 }
  const carried = await readCarried(journal, flow)
  const statuses = reports.flatMap((report) => statusesOf(report, carried))
  return { statuses, total: Math.max(carried.length, 1) }
}

type Carried = Awaited<ReturnType<typeof readCarried>>[number]

function statusesOf(report: ReceivedReport, carried: readonly Carried[]): ReceivedStatus[] {
  const { part, file, errors } = report
  const status = isFluxStatus(report.status) ? STATUS_OF_FLOW[report.status] : undefined
  const unitOf = (index: number, number: string): Omit<ReceivedStatus, 'status' | 'comment'> => ({
    part: part + index * FURTHER_INVOICES,
    file,
    number,
    supplierId: carried[index]?.supplier_id ?? '',
    recipientId: carried[index]?.recipient_id ?? '',
    findings: [],
  })
  const moved = carried.flatMap((invoice, index): ReceivedStatus[] => {
    const unit = unitOf(index, invoice.number ?? '')
    const named = errors.filter(({ number }) => number !== '' && number === invoice.number)
    const comment = named.map(({ text }) => text).join(' | ')
    if (named.length > 0) return [{ ...unit, status: REFUSED, comment }]
    const isFurther = !ON_THE_WAY.has(invoice.status ?? '') || invoice.status === status
    return status === undefined || isFurther ? [] : [{ ...unit, status, comment: '' }]
  })
  const numbers = new Set(carried.map(({ number }) => number))
  const strangers = errors
    .filter(({ number }) => number !== '' && !numbers.has(number))
    .map((error, index) => ({
      ...unitOf(carried.length + index, error.number),
      status: REFUSED,
      comment: error.text,
      findings: [NOT_CARRIED],
    }))
  return [...moved, ...strangers]
}

const NOT_CARRIED = motiveFinding('ERR_FCT_007', {
  rule: 'CDV-INVOICE',
  message: {
    en: 'The flow that the report is on carried no invoice of this number.',
    fr: 'Le flux sur lequel porte le compte rendu ne comportait aucune facture de ce numéro.',
  },
  remedy: {
    en: 'Name the invoices as numeroDP=NUMBER, with their numbers in that flow.',
    fr: 'Désignez les factures par numeroDP=NUMÉRO, avec leurs numéros dans ce flux.',
  },
})

function readCarried(
  journal: Journal,
  { connection_id, file_name }: Pick<JournaledFlow, 'connection_id' | 'file_name'>,
) {
  return journal.read(
    journal.db
      .selectFrom('return_flows')
      .innerJoin('return_items', 'return_items.return_flow_id', 'return_flows.id')
      .innerJoin('invoices', (join) =>
        join
          .onRef('invoices.flow_id', '=', 'return_items.flow_id')
          .onRef('invoices.ordinal', '=', 'return_items.ordinal'),
      )
      .select(['invoices.number', 'supplier_id', 'recipient_id', 'invoices.status'])
      .where('return_flows.connection_id', '=', connection_id)
      .where('return_flows.file_name', 'in', reportedNames(file_name))
      .where('return_flows.kind', '=', 'invoices')
      .orderBy('return_items.ordinal')
      .orderBy('return_items.sequence'),
  )
}
