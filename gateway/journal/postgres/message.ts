import type { CompiledQuery, RootOperationNode } from 'kysely'
import { GatewayError } from '../../errors.ts'
import { MAX_ROWS_PER_WRITE, type WriteStatement } from '../journal.ts'
import type { JournalSchema } from '../schema.ts'
import { bindable, type Bindable } from './bindable.ts'
import type { StatementNames } from './statement-names.ts'

export interface Statement {
  readonly text: string
  readonly values: Bindable[]
  readonly name?: string
}

/** What one write asks for, as the server is told it. */
export interface Message {
  readonly statements: readonly Statement[]
  readonly expectRows: readonly (number | undefined)[]
  /** Locks taken before anything is read. */
  readonly locks: readonly Statement[]
  /**
   * Nothing can go wrong that the server does not find by itself: only rows are added, and as many
   * as expected or none. It is committed in the same round trip.
   */
  readonly isPlainInsert: boolean
  /** No other message of this kind runs beside it, in any process. */
  readonly isAlone: boolean
}

/**
 * Tables whose messages rest on unique keys and on rows that they change themselves, so that they
 * run side by side. Any other message runs alone among its kind, as every one does on SQLite: it
 * may rest on what it only reads (ADR 11).
 */
const SIDE_BY_SIDE = new Set<string>([
  'flows',
  'flow_events',
  'chunks',
  'invoices',
  'invoice_numbers',
  'invoice_statuses',
  'invoice_plans',
  'invoice_documents',
  'return_items',
  'return_flows',
  'deliveries',
  'delivery_pauses',
  'hook_calls',
  'hook_items',
  'jobs',
  'processes',
  'sessions',
  'refusals',
  'protocol_memory',
  'staged_parts',
  'landed_payloads',
  'payload_uploads',
] satisfies readonly (keyof JournalSchema)[])

/** First part of the two-part keys of our advisory locks: the text RCRD. */
export const LOCK_CLASS = 0x52_43_52_44
export const MIGRATION_LOCK = 1
const SERIAL_LOCK = 2

const TAKE_SERIAL_LOCK: Statement = {
  name: 'raccord_serial',
  text: `select pg_advisory_xact_lock(${LOCK_CLASS}, ${SERIAL_LOCK})`,
  values: [],
}
/** See settled-events.ts: says below which number this message adds no event. */
const TAKE_EVENT_LOCK: Statement = {
  name: 'raccord_events',
  text: `select pg_advisory_xact_lock_shared(case when is_called then last_value else last_value - 1 end)
    from flow_events_id_seq`,
  values: [],
}

/** @throws GatewayError INTERNAL for too many statements, or a value that no engine stores */
export function asMessage(writes: readonly WriteStatement[], names: StatementNames): Message {
  if (writes.length > MAX_ROWS_PER_WRITE) {
    throw new GatewayError('INTERNAL', `A write of more than ${MAX_ROWS_PER_WRITE} statements`)
  }
  const queries = writes.map(({ query }) => query.compile())
  const roots = queries.map(({ query }) => query)
  const tables = new Set(roots.flatMap(tableWritten))
  const rowsAdded = writes.map(({ expectRows }, index) => rowsOfInsert(roots[index]!, expectRows))
  const rows = rowsAdded.reduce<number>((sum, added) => sum + (added ?? Number.NaN), 0)
  const isAlone = [...tables].some((table) => !SIDE_BY_SIDE.has(table))
  return {
    statements: queries.map((query) => asStatement(query, names)),
    expectRows: writes.map(({ expectRows }) => expectRows),
    locks: [
      ...(isAlone ? [TAKE_SERIAL_LOCK] : []),
      ...(tables.has('flow_events') ? [TAKE_EVENT_LOCK] : []),
    ],
    isPlainInsert: rows <= MAX_ROWS_PER_WRITE && !isAlone,
    isAlone,
  }
}

/** @throws GatewayError INTERNAL for a value that no engine stores */
export function asStatement(
  { sql, parameters }: Pick<CompiledQuery, 'sql' | 'parameters'>,
  names: StatementNames,
): Statement {
  const name = names.nameOf(sql, parameters.length)
  const statement = { text: sql, values: bindable(parameters) }
  return name === undefined ? statement : { ...statement, name }
}

/** The table that a statement changes; `?` when it cannot be told. */
function tableWritten(node: RootOperationNode): readonly string[] {
  switch (node.kind) {
    case 'SelectQueryNode':
      return []
    case 'InsertQueryNode':
      return [nameOf(node.into)]
    case 'UpdateQueryNode':
      return [nameOf(node.table)]
    case 'DeleteQueryNode': {
      const [from, ...others] = node.from.froms
      return others.length === 0 ? [nameOf(from)] : ['?']
    }
    default:
      return ['?']
  }
}

function nameOf(node: object | undefined): string {
  const table = node as { readonly table?: { readonly identifier?: { readonly name?: string } } }
  return table?.table?.identifier?.name ?? '?'
}

/** How many rows a statement adds if it does not fail; undefined when that is not sure. */
function rowsOfInsert(node: RootOperationNode, expectRows: number | undefined): number | undefined {
  if (node.kind !== 'InsertQueryNode' || node.values?.kind !== 'ValuesNode') return undefined
  const { values } = node.values as unknown as { readonly values: readonly unknown[] }
  const mayAddLess = node.onConflict !== undefined && expectRows !== undefined
  return mayAddLess || (expectRows ?? values.length) !== values.length ? undefined : values.length
}
