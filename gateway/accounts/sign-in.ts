import type { UserDocument } from './users.ts'

/** Sign-in of people: a cookie session. Scripts use tokens. */
export interface SignIn {
  /**
   * The same answer, after the same work, for an unknown login, a wrong password, a blocked user
   * and a temporary password that is too old.
   */
  start(order: SignInOrder): Promise<SignInAnswer>
  /**
   * @param value the cookie's value. An unknown one is no error, and leaves no audit row.
   * @param peer address it is asked from
   */
  end(value: string, peer: string): Promise<void>
  readonly demo: DemoSignIn
}

export interface SignInOrder {
  readonly login: string
  readonly password: string
  readonly peer: string
}

export type SignInAnswer =
  | { readonly outcome: 'signed-in'; readonly session: OpenedSession }
  | { readonly outcome: 'refused' }
  /** From this address, or for this login; nothing was looked at. */
  | { readonly outcome: 'too-many-tries'; readonly retryAfterSeconds: number }

export interface OpenedSession {
  /** Value of the cookie: 256 bits, known to the browser only. */
  readonly value: string
  readonly csrfToken: string
  /** ISO 8601 UTC: the end whatever happens; an idle session ends sooner. */
  readonly expiresAt: string
  readonly user: UserDocument
}

/** The demo's people, one a role (design console §3). */
export type DemoRole =
  | 'manager'
  | 'area-show'
  | 'area-modify'
  | 'tester'
  | 'operator'
  | 'auditor'
  | 'administrator'

/** Where a request came in, as the server sees it and as it says itself. */
export interface RequestOrigin {
  /** Local address and port of the socket. */
  readonly localAddress: string
  readonly localPort: number
  readonly peer: string
  /** Headers. */
  readonly host: string | undefined
  readonly origin: string | undefined
}

export interface DemoOrder {
  readonly role: DemoRole
  /** The structure whose manager, subscriber or tester one becomes. */
  readonly siret: string
  /** Of the one-time link. */
  readonly secret?: string
  /** Value of the present session's cookie. */
  readonly session?: string
}

/**
 * Sign-in without a password, for the demo only (decisions F2): nobody elsewhere, nor another web
 * page in the same browser, may use it.
 */
export interface DemoSignIn {
  /** Off: everything below is refused. */
  readonly isEnabled: boolean
  /**
   * Where the request is not local, it takes the secret of a one-time link, or the session of
   * one of the demo's people, who changes his role.
   */
  start(order: DemoOrder, request: RequestOrigin): Promise<SignInAnswer>
  /** The secret of a one-time link, for a demo that listens beyond loopback; the one before ends. */
  newLink(): string
}
