import type { Selectable } from 'kysely'
import type { Clock } from '../clock.ts'
import { newId } from '../ids.ts'
import type { AlertsTable } from '../journal/alert-tables.ts'
import type { Journal, WriteStatement } from '../journal/journal.ts'
import type { Logger } from '../logger.ts'
import { alertDocument, type AlertDocument } from './alert-document.ts'
import type { AlertEvent, AlertNotices } from './alert-notices.ts'
import type { AlertReading } from './alert-reading.ts'
import { isSilenced, selectSilences } from './alert-silences.ts'

export interface AlertBookOptions {
  readonly journal: Journal
  readonly clock: Clock
  readonly notices: AlertNotices
  readonly log: Logger
}

type Row = Selectable<AlertsTable>

/** One change of the journal, and what is told with it. */
interface Change {
  readonly statement: WriteStatement
  readonly after: Row
  /** Undefined: it changes, and nobody is told. */
  readonly event: AlertEvent | undefined
}

/**
 * Brings the alerts of the journal to what is wrong now. Each change and what is told of it are one
 * guarded write: whoever else does the same at once, a thing is opened, told and resolved once.
 */
export class AlertBook {
  readonly #options: AlertBookOptions

  constructor(options: AlertBookOptions) {
    this.#options = options
  }

  /**
   * @param readings what is wrong now
   * @param covers whether an open alert that no reading speaks of is over: somebody looked
   * @returns how many alerts were opened, changed or resolved
   */
  async settle(
    readings: readonly AlertReading[],
    covers: (alert: Pick<Row, 'rule' | 'subject'>) => boolean,
  ): Promise<number> {
    const { journal, clock } = this.#options
    const now = clock.now()
    const [open, silences] = await Promise.all([
      journal.read(journal.db.selectFrom('alerts').selectAll().where('state', '=', 'OPEN')),
      journal.read(selectSilences(journal, now)),
    ])
    const found = new Map(open.map((row) => [keyOf(row), row]))
    const changes = readings.map((reading) => {
      const row = found.get(keyOf(reading))
      found.delete(keyOf(reading))
      const isTold = !isSilenced(reading, silences)
      return row === undefined
        ? this.#opened(reading, now, isTold)
        : this.#changed(row, reading, isTold)
    })
    const over = [...found.values()].filter(covers).map((row) => {
      const isTold = !isSilenced({ rule: row.rule, connectionId: row.connection_id }, silences)
      return this.#resolved(row, now, isTold)
    })
    let count = 0
    for (const change of [...changes, ...over]) {
      if (change !== undefined && (await this.#write(change))) count += 1
    }
    return count
  }

  #opened(reading: AlertReading, now: number, isTold: boolean): Change {
    const after: Row = {
      id: newId('alr'),
      subject: reading.subject,
      rule: reading.rule,
      connection_id: reading.connectionId,
      state: 'OPEN',
      opened_at: now,
      resolved_at: null,
      told_level: isTold ? reading.level : null,
      ack_json: null,
      ...columnsOf(reading),
    }
    return {
      statement: {
        query: this.#options.journal.db
          .insertInto('alerts')
          .values(after)
          // Another process has opened it meanwhile (alerts_open).
          .onConflict((conflict) => conflict.doNothing()),
        expectRows: 1,
      },
      after,
      event: isTold ? 'opened' : undefined,
    }
  }

  /** A milder level is noted and told to nobody; the same again changes nothing. */
  #changed(row: Row, reading: AlertReading, isTold: boolean): Change | undefined {
    const isNews = isTold && (row.told_level === null || reading.level > row.told_level)
    const columns = columnsOf(reading)
    const isSame = row.text_json === columns.text_json && row.level === columns.level
    if (isSame && !isNews) return undefined
    const set = { ...columns, ...(isNews ? { told_level: reading.level } : {}) }
    const event = row.told_level === null ? 'opened' : 'worsened'
    return {
      statement: this.#update(row, set),
      after: { ...row, ...set },
      event: isNews ? event : undefined,
    }
  }

  /** Who was told that it began is told that it is over. */
  #resolved(row: Row, now: number, isTold: boolean): Change {
    const set = { state: 'RESOLVED', resolved_at: now, changed_at: Date.now() } as const
    return {
      statement: this.#update(row, set),
      after: { ...row, ...set },
      event: isTold && row.told_level !== null ? 'resolved' : undefined,
    }
  }

  /** Guarded by what was read: who is slower changes nothing and tells nothing. */
  #update(row: Row, set: Partial<Row>): WriteStatement {
    const { db } = this.#options.journal
    return {
      query: db
        .updateTable('alerts')
        .set(set)
        .where('id', '=', row.id)
        .where('state', '=', 'OPEN')
        .where('changed_at', '=', row.changed_at),
      expectRows: 1,
    }
  }

  async #write({ statement, after, event }: Change): Promise<boolean> {
    const { journal, notices, log } = this.#options
    const alert = alertDocument(after)
    const told =
      event === undefined
        ? []
        : notices.statements({ event, key: `${alert.id} ${alert.level}`, alert })
    const result = await journal.write([{ ...statement, announce: 'alerts' }, ...told])
    if (result.committed && event !== undefined) this.#log(event, alert, log)
    return result.committed
  }

  #log(event: AlertEvent, alert: AlertDocument, log: Logger): void {
    const { id, rule, subject, severity, level, title, facts } = alert
    const fields = { alertId: id, rule, subject, severity, level, facts, title: title.en, event }
    if (event === 'resolved') log.info(fields, 'alert resolved')
    else if (severity === 'critical') log.error(fields, 'alert')
    else log.warn(fields, 'alert')
  }
}

const keyOf = ({ rule, subject }: Pick<Row, 'rule' | 'subject'>): string => `${rule} ${subject}`

const columnsOf = ({ severity, level, facts, text }: AlertReading) => ({
  severity,
  level,
  facts_json: JSON.stringify(facts),
  text_json: JSON.stringify(text),
  changed_at: Date.now(),
})
