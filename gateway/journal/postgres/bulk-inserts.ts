import {
  InsertQueryNode,
  PrimitiveValueListNode,
  RawNode,
  ValueNode,
  ValuesNode,
  type KyselyPlugin,
  type OperationNode,
  type PluginTransformQueryArgs,
  type PluginTransformResultArgs,
  type QueryResult,
  type RootOperationNode,
  type UnknownRow,
} from 'kysely'
import { arrayLiteral } from './array-literal.ts'
import { bindable } from './bindable.ts'

/** Type of every column by table, as the server names it: `text`, `int8`. */
export type ColumnTypes = ReadonlyMap<string, ReadonlyMap<string, string>>

/** Fewer rows go as they are. */
const MIN_ROWS = 8
/** What `unnest` is given: an array of these is written as it is read. */
const PLAIN_TYPES = new Set(['text', 'int4', 'int8'])

/**
 * Turns an insert of many rows into one of `unnest`ed columns: as many parameters as columns,
 * whatever the number of rows, and one statement that the server plans once.
 */
export class BulkInserts implements KyselyPlugin {
  readonly #types: ColumnTypes

  constructor(types: ColumnTypes) {
    this.#types = types
  }

  transformQuery({ node }: PluginTransformQueryArgs): RootOperationNode {
    if (node.kind !== 'InsertQueryNode' || node.values === undefined) return node
    const rows = plainRows(node.values)
    const types = this.#typesOf(node)
    if (rows === undefined || types === undefined || rows.length < MIN_ROWS) return node
    return InsertQueryNode.cloneWith(node, { values: unnest(rows, types) })
  }

  async transformResult({ result }: PluginTransformResultArgs): Promise<QueryResult<UnknownRow>> {
    return result
  }

  /** Undefined when a column is not of a plain type. */
  #typesOf({ into, columns = [] }: InsertQueryNode): readonly string[] | undefined {
    const known = this.#types.get(into?.table.identifier.name ?? '')
    const types = columns.map(({ column }) => known?.get(column.name) ?? '')
    return types.length > 0 && types.every((type) => PLAIN_TYPES.has(type)) ? types : undefined
  }
}

/** Undefined when a row has an expression, or lacks a column. */
function plainRows(values: OperationNode): readonly (readonly unknown[])[] | undefined {
  if (!ValuesNode.is(values) || !values.values.every((row) => PrimitiveValueListNode.is(row))) {
    return undefined
  }
  return values.values.map((row) => row.values)
}

function unnest(rows: readonly (readonly unknown[])[], types: readonly string[]): OperationNode {
  const arrays = types.map((_, column) =>
    ValueNode.create(arrayLiteral(bindable(rows.map((row) => row[column])))),
  )
  const between = types.slice(0, -1).map((type) => `::${type}[], `)
  return RawNode.create(['select * from unnest(', ...between, `::${types.at(-1)}[])`], arrays)
}
