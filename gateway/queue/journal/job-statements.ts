import { sql, type Kysely, type RawBuilder } from 'kysely'
import type { Journal, WriteStatement } from '../../journal/journal.ts'
import type { JobsTable, JournalSchema } from '../../journal/schema.ts'
import type { Job } from '../queue.ts'

/**
 * The statements of the lease-claim queue, on the table `jobs`. States stand as literals, so that
 * the partial indexes serve them. A job that another one names as its parent is never READY.
 */

type Db = Kysely<JournalSchema>
/** Where several processes write, a claim passes over what another one claims, and parents are locked. */
type JobJournal = Pick<Journal, 'db' | 'engine'>

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

/** First part of the two-part keys under which parents are locked: the text JOBS. */
const PARENT_LOCKS = 0x4a_4f_42_53

/**
 * Who waits for whom is settled by one message at a time for each parent: else of two that end its
 * last two children each would see the other's, and nobody would free it.
 */
function lockParents({ db, engine }: JobJournal, ids: Iterable<string>): WriteStatement[] {
  if (engine === 'sqlite') return []
  return [...new Set(ids)].sort().map((id) => ({
    query: db.selectNoFrom(
      sql`pg_advisory_xact_lock(${sql.lit(PARENT_LOCKS)}, hashtext(${id}))`.as('locked'),
    ),
  }))
}

/** Adds what is not alive yet, then settles who waits for whom. */
export function addJobs(journal: JobJournal, jobs: readonly Job[], now: number): WriteStatement[] {
  const { db } = journal
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
  const parents = new Set(jobs.flatMap(({ parent }) => (parent === undefined ? [] : [parent])))
  const waiting = jobs.filter((job) => job.waitsForChildren === true).map(({ id }) => id)
  const statements: WriteStatement[] = [
    ...lockParents(journal, [...parents, ...waiting]),
    {
      query: db
        .insertInto('jobs')
        .values(rows)
        .onConflict((conflict) => conflict.column('id').doNothing()),
      announce: 'jobs',
    },
  ]
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
  { db, engine }: JobJournal,
  claim: {
    readonly limit: number
    readonly token: string
    readonly now: number
    readonly leaseUntil: number
  },
): WriteStatement[] {
  const ready = db
    .selectFrom('jobs')
    .select('id')
    .where('state', '=', READY)
    .where('run_at', '<=', claim.now)
    .orderBy('run_at')
    .limit(claim.limit)
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
        .where(
          engine === 'sqlite'
            ? (row) => row('id', 'in', ready)
            : // An array is made once: a join might make the choice again for every row.
              sql<boolean>`id = any(array(${ready.forUpdate().skipLocked()}))`,
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

/** Ends a job; a guard fails when the lease is somebody else's. */
export function endJob(journal: JobJournal, lease: Lease, parent: string | null): WriteStatement[] {
  const { db } = journal
  const end: WriteStatement = {
    query: db.deleteFrom('jobs').where('id', '=', lease.id).where('token', '=', lease.token),
    expectRows: 1,
  }
  if (parent === null) return [end]
  return [...lockParents(journal, [parent]), end, freeParents(db, [parent])]
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
      announce: 'jobs',
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
