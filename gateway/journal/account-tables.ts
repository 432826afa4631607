/** People, structures and what they did (gateway/accounts/). Times are integer ms UTC. */

export interface StructuresTable {
  /** 14 digits; the natural key. */
  siret: string
  siren: string
  name: string
  /** 1, or 0 once closed. */
  is_active: number
  created_at: number
  updated_at: number
}

export interface UsersTable {
  id: `usr_${string}`
  /** Unique, lower case: an e-mail address as a rule. */
  login: string
  first_name: string
  name: string
  email: string
  /** `scrypt$N$r$p$salt$hash`; null until a password is set. */
  password_hash: string | null
  password_set_at: number | null
  /** 1: signed in with it, one can only choose another. */
  must_change_password: number
  is_blocked: number
  /** `["operator"]` */
  global_roles_json: string
  language: 'en' | 'fr'
  created_at: number
  updated_at: number
}

/** A user of a structure. Unique (user_id, siret). */
export interface AttachmentsTable {
  user_id: `usr_${string}`
  siret: string
  role: 'MAIN_MANAGER' | 'SECONDARY_MANAGER' | 'MEMBER'
  state: 'REQUESTED' | 'ACCEPTED' | 'REFUSED'
  requested_at: number
  decided_at: number | null
  decided_by: string | null
}

/** The area "EDI & API connections" (*espace Raccordements EDI & API*), once opened. */
export interface AreasTable {
  siret: string
  opened_at: number
  opened_by: string
}

/** A user's right on the area of a structure. Unique (user_id, siret). */
export interface SubscriptionsTable {
  user_id: `usr_${string}`
  siret: string
  /** The rights in force; all 0 until a request is accepted. */
  may_show: number
  may_modify: number
  may_test: number
  /** Rights asked for and not decided yet: `{"mayShow":true,…}`; those in force stay meanwhile. */
  requested_json: string | null
  /** REQUESTED and REFUSED: nothing is in force. */
  state: 'REQUESTED' | 'ACCEPTED' | 'REFUSED'
  requested_at: number
  decided_at: number | null
  decided_by: string | null
}

export interface UserSessionsTable {
  /** SHA-256 of the cookie's value, hexadecimal. */
  token_sha256: string
  user_id: `usr_${string}`
  csrf_token: string
  created_at: number
  last_seen_at: number
  expires_at: number
  peer: string
}

export interface ApiTokensTable {
  id: `tok_${string}`
  user_id: `usr_${string}`
  name: string
  token_sha256: string
  /** Permissions it is limited to; `null` = all its owner has. */
  scopes_json: string | null
  created_at: number
  expires_at: number | null
  last_used_at: number | null
  revoked_at: number | null
}

/** Every write, by whom. Rows are never changed. */
export interface AuditTable {
  id: `aud_${string}`
  at: number
  actor_id: string
  actor_name: string
  actor_kind: 'user' | 'token' | 'machine' | 'gateway'
  peer: string
  action: string
  object_kind: string
  object_id: string
  siret: string | null
  before_json: string | null
  after_json: string | null
  reason: string | null
}
