import { sql, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** The columns and the table of delivery-tables.ts that pushing needs, and what finds due rows. */
export const delivery: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    const { schema } = db
    await schema
      .alterTable('return_flows')
      .addColumn('failures', 'integer', (column) => column.notNull().defaultTo(0))
      .execute()
    await schema
      .alterTable('return_flows')
      .addColumn('emission', 'integer', (column) => column.notNull().defaultTo(1))
      .execute()
    await schema.alterTable('return_flows').addColumn('lease_until', 'bigint').execute()
    await schema.alterTable('return_flows').addColumn('token', 'text').execute()
    await schema.alterTable('deliveries').addColumn('ended_at', 'bigint').execute()
    await schema.alterTable('deliveries').addColumn('failure_json', 'text').execute()
    await schema
      .createTable('delivery_pauses')
      .addColumn('connection_id', 'text', (column) => column.primaryKey().notNull())
      .addColumn('until', 'bigint', (column) => column.notNull())
      .addColumn('reason', 'text', (column) => column.notNull())
      .addColumn('set_at', 'bigint', (column) => column.notNull())
      .execute()
    // By partner, then in the order of their issue: ids grow with time.
    await sql`create index return_flows_push on return_flows (connection_id, id)
      where state = 'OFFERED' and next_attempt_at is not null`.execute(db)
    await sql`create index return_flows_sending on return_flows (lease_until)
      where state = 'SENDING'`.execute(db)
  },
}
