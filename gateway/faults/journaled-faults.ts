import type { Selectable } from 'kysely'
import type { Actor } from '../accounts/actor.ts'
import { auditStatement } from '../accounts/audit.ts'
import type { Clock } from '../clock.ts'
import type { FaultAction, FaultContext, FaultPoint, Faults } from '../faults.ts'
import type { ConnectionId, FaultId, ProtocolName } from '../flow.ts'
import { newId } from '../ids.ts'
import type { FaultsTable } from '../journal/fault-tables.ts'
import type { Journal } from '../journal/journal.ts'
import type { Logger } from '../logger.ts'
import { ActiveFaults, type ActiveFault } from './active-faults.ts'
import { findFault, type FaultName, type FaultValues } from './fault-table.ts'

/** A fault to put; the values are those of its row (fault-values.ts). */
export interface FaultOrder {
  readonly name: FaultName
  readonly values: FaultValues
  readonly protocol?: ProtocolName
  readonly connectionId?: ConnectionId
  readonly interfaceCode?: string
  /** 0 < chance ≤ 1. */
  readonly chance: number
  /** Acts so many times, then ends. */
  readonly next?: number
  readonly seconds: number
}

/** A fault as lists show it. */
export interface FaultDocument {
  readonly id: FaultId
  readonly name: string
  readonly values: FaultValues
  readonly protocol: ProtocolName | null
  readonly connectionId: ConnectionId | null
  readonly interfaceCode: string | null
  readonly chance: number
  readonly remaining: number | null
  readonly hits: number
  readonly createdAt: string
  readonly endsAt: string
  readonly isActive: boolean
  readonly createdBy: string
}

/** Faults put on purpose, seen by every process of the gateway. */
export interface FaultControl extends Faults {
  /** Those that can act now. */
  readonly active: number
  add(order: FaultOrder, by: Actor): Promise<FaultDocument>
  /** Newest first; ended ones too when asked for. */
  list(criteria: { readonly ended: boolean; readonly limit: number }): Promise<FaultDocument[]>
  /** @returns false when there is no such fault, or it has ended */
  clear(id: FaultId, by: Actor): Promise<boolean>
  /** @returns how many were ended */
  clearAll(by: Actor): Promise<number>
  /** Resolves when the hits so far are in the journal. */
  flush(): Promise<void>
  close(): Promise<void>
}

export interface JournaledFaultsOptions {
  readonly journal: Journal
  readonly clock: Clock
  readonly log: Logger
}

/** Another process may have put one: as with connections, it is known within half a second. */
const POLL_MILLISECONDS = 500
/** Active at a time: each is looked at wherever its point is passed. */
export const MAX_ACTIVE_FAULTS = 100

export async function openFaults(options: JournaledFaultsOptions): Promise<FaultControl> {
  const faults = new JournaledFaults(options)
  await faults.refresh()
  faults.follow()
  return faults
}

class JournaledFaults implements FaultControl {
  readonly #options: JournaledFaultsOptions
  readonly #memory: ActiveFaults
  #writing: Promise<void> = Promise.resolve()
  #unfollow = (): void => {}

  constructor(options: JournaledFaultsOptions) {
    this.#options = options
    this.#memory = new ActiveFaults({
      hit: (fault, point, context) => this.#record(fault, point, context),
    })
  }

  get active(): number {
    return this.#memory.count
  }

  at(point: FaultPoint, context: FaultContext): FaultAction | undefined {
    return this.#memory.at(point, context)
  }

  follow(): void {
    const { journal, log } = this.#options
    const look = (): void => {
      this.refresh().catch((err: unknown) => log.warn({ err }, 'faults could not be read again'))
    }
    const unsubscribe = journal.subscribe('faults', look)
    const timer = journal.engine === 'sqlite' ? undefined : setInterval(look, POLL_MILLISECONDS)
    timer?.unref()
    this.#unfollow = () => {
      unsubscribe()
      clearInterval(timer)
    }
  }

  async refresh(): Promise<void> {
    const { journal } = this.#options
    const rows = await journal.read(
      journal.db
        .selectFrom('faults')
        .selectAll()
        .where('ended_at', 'is', null)
        .where('ends_at', '>', Date.now())
        .orderBy('created_at')
        .orderBy('id')
        .limit(MAX_ACTIVE_FAULTS),
    )
    this.#memory.replace(rows.flatMap(activeFaultOf))
  }

  async add(order: FaultOrder, by: Actor): Promise<FaultDocument> {
    const { journal, clock } = this.#options
    const now = Date.now()
    const row: FaultsTable = {
      id: newId('flt'),
      name: order.name,
      values_json: JSON.stringify(order.values),
      protocol: order.protocol ?? null,
      connection_id: order.connectionId ?? null,
      interface_code: order.interfaceCode ?? null,
      chance_ppm: Math.max(1, Math.round(order.chance * 1_000_000)),
      remaining: order.next ?? null,
      hits: 0,
      created_at: now,
      ends_at: now + order.seconds * 1_000,
      ended_at: null,
      created_by: by.name,
    }
    const document = documentOf(row)
    await journal.write([
      { query: journal.db.insertInto('faults').values(row), expectRows: 1, announce: 'faults' },
      auditStatement(journal, clock.now(), by, {
        action: 'fault.add',
        objectKind: 'fault',
        objectId: row.id,
        after: document,
      }),
    ])
    await this.refresh()
    return document
  }

  async list({
    ended,
    limit,
  }: {
    readonly ended: boolean
    readonly limit: number
  }): Promise<FaultDocument[]> {
    await this.flush()
    const { journal } = this.#options
    let query = journal.db.selectFrom('faults').selectAll().orderBy('id', 'desc').limit(limit)
    if (!ended) query = query.where('ended_at', 'is', null).where('ends_at', '>', Date.now())
    return (await journal.read(query)).map(documentOf)
  }

  async clear(id: FaultId, by: Actor): Promise<boolean> {
    const { journal, clock } = this.#options
    const result = await journal.write([
      {
        query: journal.db
          .updateTable('faults')
          .set({ ended_at: Date.now() })
          .where('id', '=', id)
          .where('ended_at', 'is', null)
          .where('ends_at', '>', Date.now()),
        expectRows: 1,
        announce: 'faults',
      },
      auditStatement(journal, clock.now(), by, {
        action: 'fault.clear',
        objectKind: 'fault',
        objectId: id,
      }),
    ])
    await this.refresh()
    return result.committed
  }

  async clearAll(by: Actor): Promise<number> {
    const active = await this.list({ ended: false, limit: MAX_ACTIVE_FAULTS })
    const cleared = await Promise.all(active.map(({ id }) => this.clear(id, by)))
    return cleared.filter(Boolean).length
  }

  flush(): Promise<void> {
    return this.#writing
  }

  async close(): Promise<void> {
    this.#unfollow()
    await this.flush()
  }

  /** One write after the other, never waited for by whoever met the fault. */
  #record(fault: ActiveFault, point: FaultPoint, context: FaultContext): void {
    const { log } = this.#options
    const { protocol = null, connectionId = null, sessionId = null, flowId = null } = context
    const { asker: _asker, ...known } = context
    log.warn({ fault: fault.name, faultId: fault.id, point, ...known }, 'fault on demand')
    this.#writing = this.#writing
      .then(() => this.#write(fault, { point, protocol, connectionId, sessionId, flowId }))
      .catch((err: unknown) => log.error({ err, faultId: fault.id }, 'a hit was not recorded'))
  }

  async #write(
    { id }: ActiveFault,
    hit: {
      readonly point: FaultPoint
      readonly protocol: ProtocolName | null
      readonly connectionId: ConnectionId | null
      readonly sessionId: FaultContext['sessionId'] | null
      readonly flowId: FaultContext['flowId'] | null
    },
  ): Promise<void> {
    const { journal, clock } = this.#options
    const { db } = journal
    await journal.write([
      {
        query: db.insertInto('fault_hits').values({
          id: newId('hit'),
          fault_id: id,
          at: clock.now(),
          point: hit.point,
          protocol: hit.protocol,
          connection_id: hit.connectionId,
          session_id: hit.sessionId ?? null,
          flow_id: hit.flowId ?? null,
        }),
      },
      {
        query: db
          .updateTable('faults')
          .set((row) => ({ hits: row('hits', '+', 1), remaining: row('remaining', '-', 1) }))
          .where('id', '=', id),
        announce: 'faults',
      },
      {
        query: db
          .updateTable('faults')
          .set({ ended_at: Date.now() })
          .where('id', '=', id)
          .where('remaining', '<=', 0)
          .where('ended_at', 'is', null),
      },
    ])
  }
}

/** None for a fault that this program does not know: another, newer one put it. */
function activeFaultOf(row: Selectable<FaultsTable>): ActiveFault[] {
  if (findFault(row.name) === undefined) return []
  return [
    {
      id: row.id,
      name: row.name as FaultName,
      values: JSON.parse(row.values_json) as FaultValues,
      protocol: row.protocol,
      connectionId: row.connection_id,
      interfaceCode: row.interface_code,
      chancePpm: row.chance_ppm,
      remaining: row.remaining,
      endsAt: row.ends_at,
    },
  ]
}

function documentOf(row: Selectable<FaultsTable>): FaultDocument {
  return {
    id: row.id,
    name: row.name,
    values: JSON.parse(row.values_json) as FaultValues,
    protocol: row.protocol,
    connectionId: row.connection_id,
    interfaceCode: row.interface_code,
    chance: row.chance_ppm / 1_000_000,
    remaining: row.remaining,
    hits: row.hits,
    createdAt: new Date(row.created_at).toISOString(),
    endsAt: new Date(row.ended_at ?? row.ends_at).toISOString(),
    isActive: row.ended_at === null && row.ends_at > Date.now(),
    createdBy: row.created_by,
  }
}
