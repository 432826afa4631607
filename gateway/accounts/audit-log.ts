import type { Page } from './accounts.ts'
import type { Actor } from './actor.ts'

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
