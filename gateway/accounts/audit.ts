import { newId } from '../ids.ts'
import type { Journal, WriteStatement } from '../journal/journal.ts'
import type { Actor } from './actor.ts'

/** What was done, to what. `before` and `after` are documents without secrets. */
export interface AuditEntry {
  /** `connection.submit`, `user.create`… */
  readonly action: string
  readonly objectKind: string
  readonly objectId: string
  /** The structure concerned, for who may read the row. */
  readonly siret?: string
  readonly before?: unknown
  readonly after?: unknown
  readonly reason?: string
}

/**
 * The row of an act, to be written in the same message as the act itself (design console §3).
 * @param at milliseconds UTC, business time
 */
export function auditStatement(
  journal: Pick<Journal, 'db'>,
  at: number,
  actor: Actor,
  entry: AuditEntry,
): WriteStatement {
  return {
    query: journal.db.insertInto('audit').values({
      id: newId('aud'),
      at,
      actor_id: actor.id,
      actor_name: actor.name,
      actor_kind: actor.kind,
      peer: actor.peer,
      action: entry.action,
      object_kind: entry.objectKind,
      object_id: entry.objectId,
      siret: entry.siret ?? null,
      before_json: entry.before === undefined ? null : JSON.stringify(entry.before),
      after_json: entry.after === undefined ? null : JSON.stringify(entry.after),
      reason: entry.reason ?? null,
    }),
  }
}
