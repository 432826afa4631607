import type { Actor } from '../accounts/actor.ts'
import { auditStatement } from '../accounts/audit.ts'
import type { Clock } from '../clock.ts'
import { GatewayError } from '../errors.ts'
import type { ConnectionId, Environment } from '../flow.ts'
import type { Journal, WriteResult, WriteStatement } from '../journal/journal.ts'
import { KeyedTurns } from '../keyed-turns.ts'
import type { Logger } from '../logger.ts'
import { changeStatements, type ConnectionChange } from './connection-changes.ts'
import { readRecord, type ConnectionRecord } from './connection-record.ts'

/** Times a change is tried again because another process changed the connection meanwhile. */
const MAX_TRIES = 20

export interface FormWriterOptions {
  readonly journal: Journal
  readonly clock: Clock
  readonly log: Logger
  readonly environment: Environment
}

/** What is to become of a connection, and what else stands in the same write. */
export interface PlannedChange {
  readonly change: ConnectionChange
  /** For the log and the audit: `connection.submit`. */
  readonly action: string
  readonly reason?: string
  /** In the same write: mails, guards. */
  readonly also?: readonly WriteStatement[]
}

export interface ChangeOrder {
  readonly id: ConnectionId
  readonly by: Actor
  /** What the writer saw; undefined: whatever it is now. */
  readonly revision?: number | undefined
}

/** Changes connections one write at a time, each with its audit row. */
export class FormWriter {
  readonly #options: FormWriterOptions
  readonly #turns = new KeyedTurns()

  constructor(options: FormWriterOptions) {
    this.#options = options
  }

  get journal(): Journal {
    return this.#options.journal
  }

  get environment(): Environment {
    return this.#options.environment
  }

  /** Business time, milliseconds UTC. */
  now(): number {
    return this.#options.clock.now()
  }

  /** @throws GatewayError CONNECTION_UNKNOWN */
  async read(id: ConnectionId): Promise<ConnectionRecord> {
    const record = await readRecord(this.journal, this.environment, id)
    if (record !== undefined) return record
    throw new GatewayError('CONNECTION_UNKNOWN', `There is no connection ${id}.`)
  }

  /**
   * Plans on what the connection is now and writes that; when somebody else was faster, plans
   * again on what they left, unless the writer named the revision it saw.
   * @throws GatewayError CONNECTION_UNKNOWN, CONNECTION_CHANGED, or what `plan` throws
   */
  change(
    order: ChangeOrder,
    plan: (record: ConnectionRecord) => Promise<PlannedChange> | PlannedChange,
  ): Promise<ConnectionRecord> {
    return this.#turns.take(order.id, () => this.#change(order, plan))
  }

  async #change(
    order: ChangeOrder,
    plan: (record: ConnectionRecord) => Promise<PlannedChange> | PlannedChange,
  ): Promise<ConnectionRecord> {
    for (let attempt = 0; attempt < MAX_TRIES; attempt += 1) {
      const record = await this.read(order.id)
      const { revision } = record.row
      if (order.revision !== undefined && order.revision !== revision) throw changed(order)
      const planned = await plan(record)
      const result = await this.#write(record, planned, order.by)
      if (result.committed) {
        const { action } = planned
        this.#options.log.info(
          { connectionId: order.id, action, by: order.by.id, state: planned.change.state },
          'connection changed',
        )
        return this.read(order.id)
      }
    }
    throw changed(order)
  }

  /** @returns whether it was written: not, when a unique key was taken or a guard failed */
  async insert(statements: readonly WriteStatement[], audit: WriteStatement): Promise<boolean> {
    const result = await this.journal.write([...statements, audit])
    return result.committed
  }

  #write(record: ConnectionRecord, planned: PlannedChange, by: Actor): Promise<WriteResult> {
    const { change, action, reason, also = [] } = planned
    const { id, siret } = record.row
    const now = this.now()
    const after = documentAfter(record, change)
    return this.journal.write([
      ...changeStatements(this.journal, record, change, now),
      ...also,
      auditStatement(this.journal, now, by, {
        action,
        objectKind: 'connection',
        objectId: id,
        ...(siret === null ? {} : { siret }),
        before: documentOf(record),
        after,
        ...(reason === undefined ? {} : { reason }),
      }),
    ])
  }
}

function documentOf({ row, form }: ConnectionRecord): object {
  const settings = JSON.parse(row.settings_json) as unknown
  return { applicationCode: row.application_code, state: row.state, form, settings }
}

function documentAfter(record: ConnectionRecord, change: ConnectionChange): object {
  return {
    ...documentOf(record),
    ...(change.state === undefined ? {} : { state: change.state }),
    ...(change.form === undefined ? {} : { form: change.form }),
    ...(change.settings === undefined ? {} : { settings: change.settings }),
  }
}

function changed({ id, revision }: ChangeOrder): GatewayError {
  const seen = revision === undefined ? '' : ` since revision ${revision}`
  return new GatewayError('CONNECTION_CHANGED', `Connection ${id} was changed${seen}.`)
}
