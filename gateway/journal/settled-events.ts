import { sql, type RawBuilder } from 'kysely'
import type { Journal, Readable } from './journal.ts'

/**
 * Number of the last event that streams may pass: none below it is still to appear. With one writer
 * that is the last there is. Where several write, numbers are given before commits are made, so that
 * an event may appear after later ones: a message that adds events holds a shared advisory lock
 * from before its first number until it has committed, whose key is the last number given before
 * (postgres/message.ts). What is visible here was so before the locks are looked at, so that an event
 * that is not, and has a lower number, is above the lowest key.
 */
export function settledEvents(
  journal: Pick<Journal, 'db' | 'engine'>,
): Readable<{ id: number | null }> {
  const last = sql<number | null>`(select max(id) from flow_events)`
  const query: RawBuilder<{ id: number | null }> =
    journal.engine === 'sqlite'
      ? sql`select ${last} as id`
      : sql`with last as materialized (select ${last} as id)
          select least(last.id, locks.lowest) as id
          from last left join lateral (
            select min((classid::bigint << 32) | objid::bigint) as lowest from pg_locks
            where last.id is not null and locktype = 'advisory' and objsubid = 1
              and mode = 'ShareLock' and granted
              and database = (select oid from pg_database where datname = current_database())
          ) as locks on true`
  return { compile: () => query.compile(journal.db) }
}
