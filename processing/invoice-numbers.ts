import { sentIdentifier } from '../config/flow-name.ts'
import { FLOW_STATES, type FlowState } from '../gateway/flow-states.ts'
import type { ConnectionId, Finding, FlowId } from '../gateway/flow.ts'
import type { Journal, WriteStatement } from '../gateway/journal/journal.ts'
import { JobDelayed } from '../gateway/queue/queue.ts'
import { invoiceNumberKey } from './invoice-number-key.ts'
import { duplicateFinding } from './rules/chorus-pro/duplicate.ts'

/**
 * Uniqueness of invoice numbers (reference chorus-pro-edi §4.5, §8.3; decisions B11). A row of
 * `invoice_numbers` names the flow that holds a number; what it is worth follows from the state of
 * that flow: RESERVED while it is undecided, TAKEN once it is integrated, free once it is refused.
 *
 * Only invoices that passed every other rule claim their number: one refused for another reason
 * leaves it free. A flow that is put through again finds what its first run integrated, and leaves the
 * numbers there: each is taken once. Claims are made in the order of the keys and a flow waits at the first number
 * that another undecided flow holds, holding none after it: so no two flows wait for one another.
 */

/** Numbers claimed by one message. */
const KEYS_PER_WRITE = 250
/** Duplicates marked by one message; each carries its findings. */
const MARKS_PER_WRITE = 100
const INVOICES_PER_READ = 5_000
/** Another flow was faster so many times: better come back later. */
const TRIES_PER_BATCH = 10
/** Time before a flow looks again at a number that an undecided flow holds. */
const WAIT_MILLISECONDS = 250
/** Looking again reads the whole flow: a flow of so many more invoices waits a millisecond more. */
const INVOICES_PER_MILLISECOND = 20

/** The flow that claims. */
interface ClaimingFlow {
  readonly id: FlowId
  readonly connection_id: ConnectionId
  /** The first flow with its content, of one that is replayed. */
  readonly replay_of: FlowId | null
}

interface Claim {
  readonly key: string
  readonly ordinal: number
}

interface Holder {
  readonly flowId: FlowId
  /** The first flow with its content: its own id unless it is a replay. */
  readonly first: FlowId
  readonly flowIdentifier: string
  readonly isSamePartner: boolean
  /** Null: no such flow. */
  readonly state: FlowState | null
}

/**
 * Claims the numbers of a flow's correct invoices and marks those that are duplicates: first inside
 * the flow, where the first in archive order is the valid one, then against integrated invoices.
 * Run again after a crash it goes on where it was.
 * @throws JobDelayed when another undecided flow holds a number
 */
export async function claimInvoiceNumbers(
  journal: Journal,
  flow: ClaimingFlow,
  options: { readonly withinYear: boolean },
): Promise<void> {
  const { claims, doubles } = await readClaims(journal, flow.id, options.withinYear)
  for (let start = 0; start < doubles.length; start += MARKS_PER_WRITE) {
    const slice = doubles.slice(start, start + MARKS_PER_WRITE)
    await journal.write(await markDuplicates(journal, flow.id, slice))
  }
  for (let start = 0; start < claims.length; start += KEYS_PER_WRITE) {
    if (await claimBatch(journal, flow, claims.slice(start, start + KEYS_PER_WRITE))) continue
    throw new JobDelayed(WAIT_MILLISECONDS + Math.floor(claims.length / INVOICES_PER_MILLISECOND))
  }
}

/** Gives back every number that a refused flow holds. Idempotent. */
export async function releaseInvoiceNumbers(journal: Journal, flowId: FlowId): Promise<void> {
  const { db } = journal
  const slice = 1_000
  let removed = slice
  while (removed === slice) {
    const result = await journal.write([
      {
        query: db
          .deleteFrom('invoice_numbers')
          .where(
            'key',
            'in',
            db
              .selectFrom('invoice_numbers')
              .select('key')
              .where('flow_id', '=', flowId)
              .limit(slice),
          ),
      },
    ])
    removed = result.committed ? result.results[0]!.changed : 0
  }
}

interface Duplicate {
  readonly ordinal: number
  readonly holder: NumberHolder
}

/** Who has the number: an earlier invoice of the same flow, or another flow. */
type NumberHolder = Pick<Parameters<typeof duplicateFinding>[0], 'holder' | 'holderPart'>

async function readClaims(
  journal: Journal,
  flowId: FlowId,
  withinYear: boolean,
): Promise<{ claims: Claim[]; doubles: Duplicate[] }> {
  const firstByKey = new Map<string, number>()
  const doubles: Duplicate[] = []
  let after = 0
  for (;;) {
    const rows = await journal.read(
      journal.db
        .selectFrom('invoices')
        .select(['ordinal', 'number', 'supplier_type', 'supplier_id', 'issue_date'])
        .where('flow_id', '=', flowId)
        .where('ordinal', '>', after)
        .where('is_correct', '=', 1)
        .orderBy('ordinal')
        .limit(INVOICES_PER_READ),
    )
    for (const row of rows) {
      const key = invoiceNumberKey(row, withinYear)
      if (key === undefined) continue
      const first = firstByKey.get(key)
      if (first === undefined) firstByKey.set(key, row.ordinal)
      else doubles.push({ ordinal: row.ordinal, holder: { holderPart: first } })
    }
    const last = rows.at(-1)
    if (last === undefined || rows.length < INVOICES_PER_READ) break
    after = last.ordinal
  }
  // The order of code units: the same in every process, unlike a locale's.
  const claims = [...firstByKey]
    .map(([key, ordinal]) => ({ key, ordinal }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
  return { claims, doubles }
}

const NOBODY: ReadonlyMap<string, Holder> = new Map()

/** @returns false when an undecided flow holds a number of the batch: what comes before it is claimed */
async function claimBatch(
  journal: Journal,
  flow: ClaimingFlow,
  batch: readonly Claim[],
): Promise<boolean> {
  // Nearly always nobody has any of them: who holds one is asked once the unique key has said so.
  if ((await writeClaims(journal, flow, batch, NOBODY)).committed) return true
  for (let tries = 0; tries < TRIES_PER_BATCH; tries += 1) {
    const holders = await readHolders(journal, flow, batch)
    const blocked = batch.findIndex(({ key }) => isReserved(holders.get(key), flow.id))
    const reachable = blocked === -1 ? batch : batch.slice(0, blocked)
    const { committed } = await writeClaims(journal, flow, reachable, holders)
    if (committed) return blocked === -1
  }
  return false
}

function isReserved(holder: Holder | undefined, flowId: FlowId): boolean {
  return (
    holder !== undefined &&
    holder.flowId !== flowId &&
    holder.state !== null &&
    !FLOW_STATES[holder.state].isFinal
  )
}

function isTaken({ state }: Holder): boolean {
  return state === 'IN_INTEGRE' || state === 'IN_INTEGRE_PARTIEL'
}

async function readHolders(
  journal: Journal,
  flow: ClaimingFlow,
  batch: readonly Claim[],
): Promise<ReadonlyMap<string, Holder>> {
  const rows = await journal.read(
    journal.db
      .selectFrom('invoice_numbers')
      .leftJoin('flows', 'flows.id', 'invoice_numbers.flow_id')
      .select([
        'invoice_numbers.key',
        'invoice_numbers.flow_id',
        'flows.flow_identifier',
        'flows.connection_id',
        'flows.state',
        'flows.replay_of',
      ])
      .where(
        'invoice_numbers.key',
        'in',
        batch.map(({ key }) => key),
      ),
  )
  return new Map(
    rows.map((row) => [
      row.key,
      {
        flowId: row.flow_id,
        first: row.replay_of ?? row.flow_id,
        flowIdentifier: sentIdentifier(row.flow_identifier ?? row.flow_id),
        isSamePartner: row.connection_id === flow.connection_id,
        state: row.state,
      },
    ]),
  )
}

/** One message for one batch; not committed when a number went to another flow meanwhile. */
async function writeClaims(
  journal: Journal,
  flow: ClaimingFlow,
  batch: readonly Claim[],
  holders: ReadonlyMap<string, Holder>,
): Promise<{ readonly committed: boolean }> {
  const { db } = journal
  const free: Claim[] = []
  const duplicates: Duplicate[] = []
  const takeOvers: WriteStatement[] = []
  for (const claim of batch) {
    const holder = holders.get(claim.key)
    if (holder === undefined) free.push(claim)
    else if (holder.flowId === flow.id) continue
    else if (isTaken(holder)) {
      // Put through again, it is the same invoice: it keeps its number where it has it.
      if (holder.first === (flow.replay_of ?? flow.id)) continue
      // A partner learns which flow of its own has the number, and nothing of another partner's.
      const name = holder.isSamePartner ? holder.flowIdentifier : null
      duplicates.push({ ordinal: claim.ordinal, holder: { holder: name } })
    } else {
      takeOvers.push({
        query: db
          .updateTable('invoice_numbers')
          .set({ flow_id: flow.id, ordinal: claim.ordinal })
          .where('key', '=', claim.key)
          .where('flow_id', '=', holder.flowId),
        expectRows: 1,
      })
    }
  }
  const inserts =
    free.length === 0
      ? []
      : [
          {
            query: db
              .insertInto('invoice_numbers')
              .values(free.map(({ key, ordinal }) => ({ key, flow_id: flow.id, ordinal }))),
          },
        ]
  const statements = [
    ...inserts,
    ...takeOvers,
    ...(await markDuplicates(journal, flow.id, duplicates)),
  ]
  return statements.length === 0 ? { committed: true } : await journal.write(statements)
}

/** Statements that turn correct invoices into duplicates; an invoice is marked once. */
async function markDuplicates(
  journal: Journal,
  flowId: FlowId,
  duplicates: readonly Duplicate[],
): Promise<WriteStatement[]> {
  if (duplicates.length === 0) return []
  const rows = await journal.read(
    journal.db
      .selectFrom('invoices')
      .select(['ordinal', 'file_name', 'number', 'findings_json'])
      .where('flow_id', '=', flowId)
      .where(
        'ordinal',
        'in',
        duplicates.map(({ ordinal }) => ordinal),
      ),
  )
  const holderByOrdinal = new Map(duplicates.map(({ ordinal, holder }) => [ordinal, holder]))
  return rows.map((row) => {
    const findings: Finding[] = [
      ...(JSON.parse(row.findings_json) as Finding[]),
      duplicateFinding({
        part: row.ordinal,
        file: row.file_name,
        invoice: row.number ?? '',
        ...holderByOrdinal.get(row.ordinal),
      }),
    ]
    return {
      query: journal.db
        .updateTable('invoices')
        .set({ is_correct: 0, findings_json: JSON.stringify(findings) })
        .where('flow_id', '=', flowId)
        .where('ordinal', '=', row.ordinal)
        .where('is_correct', '=', 1),
    }
  })
}
