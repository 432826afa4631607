import { sql, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** What faults ask of a return flow: from when it is offered, behind which, how often (delivery-tables.ts). */
export const offerTerms: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    const { schema } = db
    await schema.alterTable('return_flows').addColumn('offered_from', 'bigint').execute()
    await schema
      .alterTable('return_flows')
      .addColumn('yields', 'integer', (column) => column.notNull().defaultTo(0))
      .execute()
    await schema
      .alterTable('return_flows')
      .addColumn('repeats', 'integer', (column) => column.notNull().defaultTo(0))
      .execute()
    await sql`create index return_flows_yielding on return_flows (connection_id, id)
      where yields = 1`.execute(db)
  },
}
