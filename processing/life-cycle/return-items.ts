import { expressionBuilder, sql } from 'kysely'
import type { FlowId } from '../../gateway/flow.ts'
import type { Journal, WriteStatement } from '../../gateway/journal/journal.ts'
import type { JournalSchema } from '../../gateway/journal/schema.ts'
import type { InvoiceStatus } from '../returns/invoice-statuses.ts'
import { STATUS_INFO_OF } from '../returns/status-info-codes.ts'
import { CARRIERS } from './carriers.ts'

/**
 * Invoices of one flow, by their ordinals. Two bounds and no list, so that the statements are always
 * the same: PostgreSQL then parses and plans each of them once.
 */
export interface InvoicesOfFlow {
  readonly flowId: FlowId
  readonly first: number
  readonly last: number
}

/** Statuses by which an invoice is handed to a recipient: the first time, recycled, completed. */
export const HANDED_OVER: ReadonlySet<InvoiceStatus> = new Set(['01', '12'])

/** Life-cycle flows, and which statuses they can tell. */
const TELLING = [
  { code: 'FEN1200A', statuses: undefined },
  { code: 'FEN1201A', statuses: Object.keys(STATUS_INFO_OF) },
] as const

/**
 * Statements that make the status that some invoices were just given wait for the return flows that
 * tell it: those that the connection of their flow has subscribed to, and when it hands them over,
 * those of the recipient's own connection; and for the hooks of the connection of their flow. An invoice that names no supplier, number or SIRET of a
 * recipient cannot be told of: its report has said so.
 */
export function addReturnItems(
  journal: Journal,
  invoices: InvoicesOfFlow,
  given: readonly InvoiceStatus[],
): WriteStatement[] {
  return [
    ...TELLING.flatMap(({ code, statuses }) => {
      const told = given.filter((status) => statuses?.includes(status) ?? true)
      return told.length === 0 ? [] : [tell(journal, invoices, code, told)]
    }),
    ...given
      .filter((status) => HANDED_OVER.has(status))
      .flatMap((status) => CARRIERS.map(({ code }) => carry(journal, invoices, code, status))),
    callHooks(journal, invoices, given),
  ]
}

/** Those of a connection with hooks on statuses: which ones, who makes the calls finds out. */
function callHooks(
  journal: Journal,
  { flowId, first, last }: InvoicesOfFlow,
  statuses: readonly string[],
): WriteStatement {
  const { db } = journal
  const hooked = db
    .selectFrom('invoices')
    .innerJoin('flows', 'flows.id', 'invoices.flow_id')
    .innerJoin('connections', 'connections.id', 'flows.connection_id')
    .select([
      'invoices.flow_id',
      'invoices.ordinal',
      'invoices.status_sequence as sequence',
      'flows.connection_id',
    ])
    .where(hasHooks(journal, flowId))
    .where('invoices.flow_id', '=', flowId)
    .where('invoices.ordinal', '>=', first)
    .where('invoices.ordinal', '<=', last)
    .where('invoices.status', 'in', statuses)
  const columns = ['flow_id', 'ordinal', 'sequence', 'connection_id'] as const
  return { query: db.insertInto('hook_items').columns(columns).expression(hooked) }
}

function tell(
  journal: Journal,
  { flowId, first, last }: InvoicesOfFlow,
  code: string,
  statuses: readonly string[],
): WriteStatement {
  const { db } = journal
  const told = db
    .selectFrom('invoices')
    .innerJoin('flows', 'flows.id', 'invoices.flow_id')
    .innerJoin('connection_codes', 'connection_codes.connection_id', 'flows.connection_id')
    .select((row) => [
      row.val(code).as('code'),
      'flows.connection_id',
      'invoices.flow_id',
      'invoices.ordinal',
      'invoices.status_sequence as sequence',
      sql<number>`coalesce(invoices.status_at, 0)`.as('at'),
    ])
    .where(subscribed(journal, code))
    .where('connection_codes.interface_code', '=', code)
    .where('connection_codes.mode', '<>', 'NONE')
    .where('invoices.flow_id', '=', flowId)
    .where('invoices.ordinal', '>=', first)
    .where('invoices.ordinal', '<=', last)
    .where('invoices.status', 'in', statuses)
    .where('invoices.number', 'is not', null)
    .where('invoices.supplier_type', 'is not', null)
    .where('invoices.supplier_id', 'is not', null)
    .where(sql`length(invoices.recipient_id)`, '=', SIRET_CHARACTERS)
  return { query: db.insertInto('return_items').columns(COLUMNS).expression(told) }
}

function carry(
  journal: Journal,
  { flowId, first, last }: InvoicesOfFlow,
  code: string,
  status: InvoiceStatus,
): WriteStatement {
  const { db } = journal
  const carried = db
    .selectFrom('invoices')
    .innerJoin('connections', 'connections.siret', 'invoices.recipient_id')
    .innerJoin('connection_codes', 'connection_codes.connection_id', 'connections.id')
    // One connection gets it: the eldest of the recipient's.
    .select((row) => [
      row.val(code).as('code'),
      row.fn.min('connections.id').as('connection_id'),
      'invoices.flow_id',
      'invoices.ordinal',
      'invoices.status_sequence as sequence',
      sql<number>`coalesce(invoices.status_at, 0)`.as('at'),
    ])
    .groupBy([
      'invoices.flow_id',
      'invoices.ordinal',
      'invoices.status_sequence',
      'invoices.status_at',
    ])
    .where(subscribed(journal, code))
    .where('connection_codes.interface_code', '=', code)
    .where('connection_codes.mode', '<>', 'NONE')
    .where('connections.state', 'in', ['ACTIVATED', 'SENT_UPDATED'])
    .where('invoices.flow_id', '=', flowId)
    .where('invoices.ordinal', '>=', first)
    .where('invoices.ordinal', '<=', last)
    .where('invoices.status', '=', status)
  return { query: db.insertInto('return_items').columns(COLUMNS).expression(carried) }
}

/**
 * That anybody has the code at all. Looked at before any invoice is: mostly nobody has, and the
 * engine then reads none of them.
 */
function subscribed({ db }: Journal, code: string) {
  return expressionBuilder<JournalSchema>().exists(
    db
      .selectFrom('connection_codes')
      .select('connection_codes.connection_id')
      .where('connection_codes.interface_code', '=', code)
      .where('connection_codes.mode', '<>', 'NONE'),
  )
}

/** The same of hooks: that the connection of the flow has one on a status of invoices. */
function hasHooks({ db }: Journal, flowId: FlowId) {
  return expressionBuilder<JournalSchema>().exists(
    db
      .selectFrom('flows')
      .innerJoin('connections', 'connections.id', 'flows.connection_id')
      .select('connections.id')
      .where('flows.id', '=', flowId)
      .where('connections.settings_json', 'like', '%"INVOICE_%'),
  )
}

const SIRET_CHARACTERS = 14
const COLUMNS = ['code', 'connection_id', 'flow_id', 'ordinal', 'sequence', 'at'] as const
