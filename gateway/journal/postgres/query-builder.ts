import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type DatabaseConnection,
} from 'kysely'
import { GatewayError } from '../../errors.ts'
import type { JournalSchema } from '../schema.ts'
import { BulkInserts, type ColumnTypes } from './bulk-inserts.ts'

/** Executing a query here would bypass the pools and their answers to failures. */
class CompileOnlyDriver extends DummyDriver {
  override async acquireConnection(): Promise<DatabaseConnection> {
    throw new GatewayError('INTERNAL', 'Hand the query to journal.read or journal.write')
  }
}

/** Builds and compiles queries for PostgreSQL; executing one is an error. */
export function createQueryBuilder(types: ColumnTypes): Kysely<JournalSchema> {
  return new Kysely<JournalSchema>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new CompileOnlyDriver(),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
    plugins: [new BulkInserts(types)],
  })
}
