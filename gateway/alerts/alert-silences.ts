import type { Selectable } from 'kysely'
import type { AlertSilencesTable } from '../journal/alert-tables.ts'
import type { Journal, Readable } from '../journal/journal.ts'
import type { AlertReading } from './alert-reading.ts'

/** Silences that hold at `now` (business time), newest first. */
export function selectSilences(
  { db }: Pick<Journal, 'db'>,
  now: number,
): Readable<Selectable<AlertSilencesTable>> {
  return db
    .selectFrom('alert_silences')
    .selectAll()
    .where('ended_at', 'is', null)
    .where('until', '>', now)
    .orderBy('id', 'desc')
}

/** Whether nobody is to be told of it now. */
export const isSilenced = (
  { rule, connectionId }: Pick<AlertReading, 'rule' | 'connectionId'>,
  silences: readonly Pick<AlertSilencesTable, 'rule' | 'connection_id'>[],
): boolean =>
  silences.some(
    (silence) =>
      (silence.rule === null || silence.rule === rule) &&
      (silence.connection_id === null || silence.connection_id === connectionId),
  )
