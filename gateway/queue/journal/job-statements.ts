import { sql, type Kysely, type RawBuilder } from 'kysely'
import type { WriteStatement } from '../../journal/journal.ts'
import type { JobsTable, JournalSchema } from '../../journal/schema.ts'
import type { Job } from '../queue.ts'

/**
 * The statements of the lease-claim queue, on the table `jobs`. States stand as literals, so that
 * the partial indexes serve them. A job that another one names as its parent is never READY.
 */

type Db = Kysely<JournalSchema>

/** A row as a claim gives it. */
export type ClaimedRow = Pick<
  JobsTable,
  'id' | 'kind' | 'flow_id' | 'chunk' | 'attempts' | 'parent'
>

/** Who holds a job: both must fit, or the lease went to somebody else. */
export interface Lease {
  readonly id: string
  readonly token: string
}

const READY = sql.lit('READY' as const)
const ACTIVE = sql.lit('ACTIVE' as const)
const WAITING = sql.lit('WAITING' as const)

const hasChildren = sql<boolean>`exists (select 1 from jobs as child where child.parent = jobs.id)`
const readyOrWaiting: RawBuilder<JobsTable['state']> =
  sql`case when ${hasChildren} then ${WAITING} else ${READY} end`

const FREED = { state: readyOrWaiting, lease_until: null, token: null }

/** Adds what is not alive yet, then settles who waits for whom. */
export function addJobs(db: Db, jobs: readonly Job[], now: number): WriteStatement[] {
  const rows = jobs.map((job) => ({
    id: job.id,
    kind: job.kind,
    flow_id: job.flowId,
    chunk: job.chunk ?? null,
    state: job.waitsForChildren === true ? ('WAITING' as const) : ('READY' as const),
    run_at: job.runAt ?? now,
    lease_until: null,
    token: null,
    attempts: 0,
    parent: job.parent ?? null,
  }))
  const statements: WriteStatement[] = [
    {
      query: db
        .insertInto('jobs')
        .values(rows)
        .onConflict((conflict) => conflict.column('id').doNothing()),
      announce: 'jobs',
    },
  ]
  const parents = new Set(jobs.flatMap(({ parent }) => (parent === undefined ? [] : [parent])))
  if (parents.size > 0) {
    statements.push({
      query: db
        .updateTable('jobs')
        .set({ state: 'WAITING' })
        .where('id', 'in', [...parents])
        .where('state', '=', READY)
        .where(hasChildren),
    })
  }
  const waiting = jobs.filter((job) => job.waitsForChildren === true).map(({ id }) => id)
  if (waiting.length > 0) statements.push(freeParents(db, waiting))
  return statements
}

/** Parents that have no alive child left may run. */
function freeParents(db: Db, ids: readonly string[]): WriteStatement {
  return {
    query: db
      .updateTable('jobs')
      .set({ state: 'READY' })
      .where('id', 'in', [...ids])
      .where('state', '=', WAITING)
      .where(sql<boolean>`not ${hasChildren}`),
    announce: 'jobs',
  }
}

/**
 * Takes back what ran out of its lease, claims up to `limit` jobs, and says when the next one is
 * due: rows of the second and third result.
 */
export function claimJobs(
  db: Db,
  claim: {
    readonly limit: number
    readonly token: string
    readonly now: number
    readonly leaseUntil: number
  },
): WriteStatement[] {
  return [
    {
      query: db
        .updateTable('jobs')
        .set(FREED)
        .where('state', '=', ACTIVE)
        .where('lease_until', '<=', claim.now),
    },
    {
      query: db
        .updateTable('jobs')
        .set({ state: 'ACTIVE', lease_until: claim.leaseUntil, token: claim.token })
        .where('id', 'in', (query) =>
          query
            .selectFrom('jobs')
            .select('id')
            .where('state', '=', READY)
            .where('run_at', '<=', claim.now)
            .orderBy('run_at')
            .limit(claim.limit),
        )
        .returning(['id', 'kind', 'flow_id', 'chunk', 'attempts', 'parent']),
    },
    {
      query: db
        .selectFrom('jobs')
        .select((query) => query.fn.min('run_at').as('due'))
        .where('state', '=', READY),
    },
  ]
}

/** Ends a job; the first statement fails when the lease is somebody else's. */
export function endJob(db: Db, lease: Lease, parent: string | null): WriteStatement[] {
  const end: WriteStatement = {
    query: db.deleteFrom('jobs').where('id', '=', lease.id).where('token', '=', lease.token),
    expectRows: 1,
  }
  return parent === null ? [end] : [end, freeParents(db, [parent])]
}

/** Brings a job back at `runAt`, with the attempts it has failed so far. */
export function returnJob(
  db: Db,
  lease: Lease,
  back: { readonly runAt: number; readonly attempts: number },
): WriteStatement[] {
  return [
    {
      query: db
        .updateTable('jobs')
        .set({ ...FREED, run_at: back.runAt, attempts: back.attempts })
        .where('id', '=', lease.id)
        .where('token', '=', lease.token),
      expectRows: 1,
    },
  ]
}

/** Gives jobs up at once, whoever takes them next. */
export function releaseJobs(db: Db, leases: readonly Lease[]): WriteStatement[] {
  return leases.map(({ id, token }) => ({
    query: db.updateTable('jobs').set(FREED).where('id', '=', id).where('token', '=', token),
    announce: 'jobs',
  }))
}

/** Prolongs leases; a statement that changes nothing means that its lease is lost. */
export function renewLeases(
  db: Db,
  leases: readonly Lease[],
  leaseUntil: number,
): WriteStatement[] {
  return leases.map(({ id, token }) => ({
    query: db
      .updateTable('jobs')
      .set({ lease_until: leaseUntil })
      .where('id', '=', id)
      .where('token', '=', token),
  }))
}
