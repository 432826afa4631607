import {
  DummyDriver,
  Kysely,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type CompiledQuery,
  type DatabaseConnection,
} from 'kysely'
import { GatewayError } from '../../errors.ts'
import type { JournalSchema } from '../schema.ts'
import { bindable } from './bindable.ts'
import type { StatementMessage } from './thread-messages.ts'

/** Executing a query here would bypass the writer and block the main thread. */
class CompileOnlyDriver extends DummyDriver {
  override async acquireConnection(): Promise<DatabaseConnection> {
    throw new GatewayError('INTERNAL', 'Hand the query to journal.read or journal.write')
  }
}

/** Builds and compiles queries for SQLite; executing one is an error. */
export function createQueryBuilder(): Kysely<JournalSchema> {
  return new Kysely<JournalSchema>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new CompileOnlyDriver(),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  })
}

/** @throws GatewayError INTERNAL when a value cannot be stored */
export function asMessage({ sql, parameters }: CompiledQuery): StatementMessage {
  return { sql, parameters: bindable(parameters) }
}
