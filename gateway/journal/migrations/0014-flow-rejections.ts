import {
  sql,
  SqliteAdapter,
  type ColumnDefinitionBuilder,
  type Kysely,
  type RawBuilder,
} from 'kysely'
import type { Migration } from 'kysely/migration'

const required = (column: ColumnDefinitionBuilder): ColumnDefinitionBuilder => column.notNull()

/** The table of rejection-table.ts, with what was decided before it was there. */
export const flowRejections: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('flow_rejections')
      .addColumn('flow_id', 'text', required)
      .addColumn('dimension', 'text', required)
      .addColumn('value', 'text', required)
      .addColumn('code', 'text', required)
      .addColumn('connection_id', 'text', required)
      .addColumn('interface_code', 'text', required)
      .addColumn('at', 'bigint', required)
      .addColumn('invoices', 'integer', required)
      .addColumn('lost', 'integer', required)
      .addPrimaryKeyConstraint('flow_rejections_key', ['flow_id', 'dimension', 'value'])
      .execute()
    await sql`create index flow_rejections_dimension_at on flow_rejections (dimension, at)`.execute(
      db,
    )
    // Failed attempts by the time they were made, for the health of partners.
    await sql`create index deliveries_failed on deliveries (at) where outcome = 'failed'`.execute(
      db,
    )
    await summaryOfDecided(db).execute(db)
  },
}

/** The statement that fills the table from the flows that are decided already. */
export function summaryOfDecided(db: Pick<Kysely<unknown>, 'getExecutor'>): RawBuilder<unknown> {
  const isSqlite = db.getExecutor().adapter instanceof SqliteAdapter
  const found = isSqlite
    ? sql`
      select f.id as flow_id, i.ordinal as ordinal, json_extract(e.value, '$.rule') as rule,
        json_extract(e.value, '$.code') as code
      from flows f join invoices i on i.flow_id = f.id and i.is_correct = 0
      join json_each(i.findings_json) e
      where f.finished_at is not null and f.refused > 0
        and json_extract(e.value, '$.severity') = 'fatal'
      union all
      select f.id, null, json_extract(e.value, '$.rule'), json_extract(e.value, '$.code')
      from flows f join json_each(f.findings_json) e
      where f.finished_at is not null and json_extract(e.value, '$.severity') = 'fatal'`
    : sql`
      select f.id as flow_id, i.ordinal as ordinal, e.value ->> 'rule' as rule,
        e.value ->> 'code' as code
      from flows f join invoices i on i.flow_id = f.id and i.is_correct = 0
      cross join lateral json_array_elements(i.findings_json::json) as e(value)
      where f.finished_at is not null and f.refused > 0 and e.value ->> 'severity' = 'fatal'
      union all
      select f.id, null, e.value ->> 'rule', e.value ->> 'code'
      from flows f cross join lateral json_array_elements(f.findings_json::json) as e(value)
      where f.finished_at is not null and e.value ->> 'severity' = 'fatal'`
  return sql`
    insert into flow_rejections
      (flow_id, dimension, value, code, connection_id, interface_code, at, invoices, lost)
    with found as (${found}),
    counted as (
      select flow_id, 'rule' as dimension, rule as value, max(code) as code,
        count(distinct ordinal) as invoices
      from found group by flow_id, rule
      union all
      select flow_id, 'code', code, code, count(distinct ordinal) from found group by flow_id, code
      union all
      select f.id, 'flow', '', '', f.refused from flows f
      where f.id in (select flow_id from found)
    )
    select c.flow_id, c.dimension, c.value, c.code, f.connection_id, f.interface_code,
      f.received_at, c.invoices,
      case when f.mode = 'COMPLETE' and f.state = 'IN_REJETE' and f.refused > 0
        then f.total - f.refused else 0 end
    from counted c join flows f on f.id = c.flow_id`
}
