import {
  CompiledQuery,
  Kysely,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type DatabaseConnection,
  type Driver,
  type QueryResult,
} from 'kysely'
import { GatewayError } from '../../errors.ts'
import { asMessage } from './query-builder.ts'
import type { Writer } from './writer.ts'

/**
 * Kysely that executes on the writer thread, one statement a message: for migrations only, before
 * anything else is written. (Loading Kysely in the writer itself would cost it 24 MB.)
 */
export function migrationDatabase(writer: Writer): Kysely<unknown> {
  return new Kysely<unknown>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new WriterThreadDriver(writer),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  })
}

class WriterThreadConnection implements DatabaseConnection {
  readonly #writer: Writer

  constructor(writer: Writer) {
    this.#writer = writer
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    const result = await this.#writer.write({ statements: [asMessage(query)], isScript: true })
    const [first] = result.committed ? result.results : []
    return {
      rows: (first?.rows ?? []) as Row[],
      numAffectedRows: BigInt(first?.changed ?? 0),
    }
  }

  streamQuery(): AsyncIterableIterator<never> {
    throw new GatewayError('INTERNAL', 'A migration streams nothing')
  }
}

class WriterThreadDriver implements Driver {
  readonly #connection: WriterThreadConnection

  constructor(writer: Writer) {
    this.#connection = new WriterThreadConnection(writer)
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection
  }

  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'))
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('commit'))
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('rollback'))
  }

  async releaseConnection(): Promise<void> {}

  async destroy(): Promise<void> {}
}
