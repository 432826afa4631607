import { sql, type ColumnDefinitionBuilder, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

const required = (column: ColumnDefinitionBuilder): ColumnDefinitionBuilder => column.notNull()

/** The tables of fault-tables.ts. */
export const faults: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('faults')
      .addColumn('id', 'text', (column) => column.primaryKey().notNull())
      .addColumn('name', 'text', required)
      .addColumn('values_json', 'text', required)
      .addColumn('protocol', 'text')
      .addColumn('connection_id', 'text')
      .addColumn('interface_code', 'text')
      .addColumn('chance_ppm', 'integer', required)
      .addColumn('remaining', 'integer')
      .addColumn('hits', 'integer', required)
      .addColumn('created_at', 'bigint', required)
      .addColumn('ends_at', 'bigint', required)
      .addColumn('ended_at', 'bigint')
      .addColumn('created_by', 'text', required)
      .execute()
    await sql`create index faults_active on faults (ends_at) where ended_at is null`.execute(db)
    await db.schema
      .createTable('fault_hits')
      .addColumn('id', 'text', (column) => column.primaryKey().notNull())
      .addColumn('fault_id', 'text', required)
      .addColumn('at', 'bigint', required)
      .addColumn('point', 'text', required)
      .addColumn('protocol', 'text')
      .addColumn('connection_id', 'text')
      .addColumn('session_id', 'text')
      .addColumn('flow_id', 'text')
      .execute()
    await sql`create index fault_hits_fault on fault_hits (fault_id, at)`.execute(db)
    await sql`create index fault_hits_session on fault_hits (session_id)
      where session_id is not null`.execute(db)
    await sql`create index fault_hits_flow on fault_hits (flow_id)
      where flow_id is not null`.execute(db)
  },
}
