import type { Selectable } from 'kysely'
import type { AuditTable } from '../journal/account-tables.ts'
import type { Journal } from '../journal/journal.ts'
import { isOneOf } from '../journal/text-list.ts'
import type { Page } from './accounts.ts'
import type { Actor } from './actor.ts'
import { pageOf } from './page.ts'
import { visibleSirets } from './permissions.ts'

/** A row of the audit as it is shown. */
export interface AuditDocument {
  readonly id: string
  /** ISO 8601 UTC. */
  readonly at: string
  readonly actor: {
    readonly kind: Actor['kind']
    readonly id: string
    readonly name: string
    readonly peer: string
  }
  readonly action: string
  readonly object: { readonly kind: string; readonly id: string }
  readonly siret: string | null
  readonly before: unknown
  readonly after: unknown
  readonly reason: string | null
}

/** Every criterion given must hold. */
export interface AuditCriteria {
  readonly siret?: string
  readonly objectId?: string
  readonly actorId?: string
  readonly action?: string
  /** Milliseconds UTC: `since` ≤ at < `until`. */
  readonly since?: number
  readonly until?: number
  /** Id where the last page ended; newest first. */
  readonly after?: string
  readonly limit: number
}

export interface AuditLog {
  /** Those `by` may read: of his structures, or all. */
  list(criteria: AuditCriteria, by: Actor): Promise<Page<AuditDocument>>
}

/** The audit in the journal: rows are only ever added. */
export class JournaledAuditLog implements AuditLog {
  readonly #journal: Journal

  constructor(journal: Journal) {
    this.#journal = journal
  }

  async list(criteria: AuditCriteria, by: Actor): Promise<Page<AuditDocument>> {
    const visible = visibleSirets(by, 'audit.read')
    if (visible !== 'all' && visible.length === 0) return { items: [], next: null }
    const { siret, objectId, actorId, action, since, until, after, limit } = criteria
    let query = this.#journal.db
      .selectFrom('audit')
      .selectAll()
      .orderBy('id', 'desc')
      .limit(limit + 1)
    if (visible !== 'all') {
      query = query.where((where) => isOneOf(this.#journal, where.ref('siret'), visible))
    }
    if (siret !== undefined) query = query.where('siret', '=', siret)
    if (objectId !== undefined) query = query.where('object_id', '=', objectId)
    if (actorId !== undefined) query = query.where('actor_id', '=', actorId)
    if (action !== undefined) query = query.where('action', '=', action)
    if (since !== undefined) query = query.where('at', '>=', since)
    if (until !== undefined) query = query.where('at', '<', until)
    if (after !== undefined) query = query.where('id', '<', after as `aud_${string}`)
    return pageOf(await this.#journal.read(query), limit, auditDocument, ({ id }) => id)
  }
}

function auditDocument(row: Selectable<AuditTable>): AuditDocument {
  return {
    id: row.id,
    at: new Date(row.at).toISOString(),
    actor: { kind: row.actor_kind, id: row.actor_id, name: row.actor_name, peer: row.peer },
    action: row.action,
    object: { kind: row.object_kind, id: row.object_id },
    siret: row.siret,
    before: parsed(row.before_json),
    after: parsed(row.after_json),
    reason: row.reason,
  }
}

const parsed = (json: string | null): unknown => (json === null ? null : JSON.parse(json))
