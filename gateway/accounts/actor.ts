/** Roles that hold for every structure (design console §3). */
export type GlobalRole = 'operator' | 'auditor' | 'administrator'

/** What a person may do for one structure. */
export interface StructureRights {
  /** Main or secondary manager of the structure. */
  readonly isManager: boolean
  /** Accepted subscription to its area "EDI & API connections". */
  readonly mayShow: boolean
  readonly mayModify: boolean
  /** May run scenarios and use faults on its connections. */
  readonly mayTest: boolean
}

/** Who does something: what permissions are asked of, and what the audit names. */
export interface Actor {
  readonly kind: 'user' | 'token' | 'machine' | 'gateway'
  /** `usr_…` of the person (also behind a token); `machine` for the token of `run.json`; `gateway`. */
  readonly id: string
  readonly name: string
  /** Address of the peer; empty for the gateway itself. */
  readonly peer: string
  readonly globalRoles: ReadonlySet<GlobalRole>
  /** By SIRET. */
  readonly structures: ReadonlyMap<string, StructureRights>
  /** Scopes of a token: the permissions it is limited to; undefined = all its owner has. */
  readonly scopes?: ReadonlySet<string>
}

/** The gateway acting by itself: automatic processing, end dates, purges. */
export const GATEWAY_ACTOR: Actor = {
  kind: 'gateway',
  id: 'gateway',
  name: 'Raccord',
  peer: '',
  globalRoles: new Set(),
  structures: new Map(),
}
