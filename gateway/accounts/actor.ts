/** Roles that hold for every structure (design console §3). */
export type GlobalRole = 'operator' | 'auditor' | 'administrator'

/**
 * What a person may do for one structure. Being in an actor's map at all is an accepted attachment
 * to a structure that is not closed.
 */
export interface StructureRights {
  /** Main or secondary manager of the structure. */
  readonly isManager: boolean
  /** Its area "EDI & API connections" is opened: without it nobody of the structure has rights on connections. */
  readonly isAreaOpen: boolean
  /** Accepted subscription to that area; false while it is not opened. */
  readonly mayShow: boolean
  readonly mayModify: boolean
  /** May run scenarios and use faults on its connections. */
  readonly mayTest: boolean
}

/** Who does something: what permissions are asked of, and what the audit names. */
export interface Actor {
  readonly kind: 'user' | 'token' | 'machine' | 'gateway'
  /**
   * `usr_…` of the person (also behind a token); `machine` for the token of `run.json`; `gateway`;
   * empty before any sign-in.
   */
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

/** Who holds the token of `run.json`: the local owner of this machine. */
export function machineActor(peer: string): Actor {
  return {
    kind: 'machine',
    id: 'machine',
    name: 'Local owner',
    peer,
    globalRoles: new Set<GlobalRole>(['administrator', 'operator']),
    structures: new Map(),
  }
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
