import type { Page, TokenDocument } from './accounts.ts'
import type { Actor, GlobalRole } from './actor.ts'

export type Language = 'en' | 'fr'

/** The public document of a user: never a password, nor its hash. */
export interface UserDocument {
  readonly id: string
  readonly login: string
  readonly firstName: string
  readonly name: string
  readonly email: string
  readonly language: Language
  readonly globalRoles: readonly GlobalRole[]
  readonly isBlocked: boolean
  readonly mustChangePassword: boolean
  readonly createdAt: string
  readonly revision: number
}

export interface NewUser {
  /** 3 to 120 characters, without spaces; compared in lower case. */
  readonly login: string
  readonly firstName: string
  readonly name: string
  readonly email: string
  readonly language?: Language
  readonly globalRoles?: readonly GlobalRole[]
}

/** What an administrator may change; what is absent stays. */
export interface UserChange {
  readonly firstName?: string
  readonly name?: string
  readonly email?: string
  readonly language?: Language
  readonly globalRoles?: readonly GlobalRole[]
  /** True ends all sessions at once; tokens are refused meanwhile. */
  readonly isBlocked?: boolean
  readonly revision?: number
}

/** A user and the password made for him, shown this once: he must change it. */
export interface UserWithPassword {
  readonly user: UserDocument
  readonly temporaryPassword: string
}

export interface Users {
  find(id: string): Promise<UserDocument | undefined>
  findByLogin(login: string): Promise<UserDocument | undefined>
  /** By login. `text`: part of a login, name or e-mail address. */
  list(
    criteria: { readonly text?: string; readonly after?: string; readonly limit: number },
    by: Actor,
  ): Promise<Page<UserDocument>>
  /** @throws GatewayError ACCOUNT_CONFLICT when the login is taken */
  create(order: NewUser, by: Actor): Promise<UserWithPassword>
  /** Nobody blocks himself, nor takes the administrator's role from himself. */
  change(id: string, change: UserChange, by: Actor): Promise<UserDocument>
  /** A temporary password; all sessions of the user end, and all his tokens are revoked. */
  resetPassword(
    id: string,
    by: Actor,
  ): Promise<UserWithPassword & { readonly revokedTokens: readonly TokenDocument[] }>
  /** One's own language and names. */
  changeSelf(
    change: Pick<UserChange, 'firstName' | 'name' | 'email' | 'language' | 'revision'>,
    by: Actor,
  ): Promise<UserDocument>
  /**
   * One's own password; every session ends, the present one too.
   * @throws GatewayError SIGN_IN_REFUSED for a wrong present password, TOO_MANY_TRIES after several,
   *   PASSWORD_REFUSED for one that is too weak
   */
  changePassword(
    order: { readonly current: string; readonly next: string },
    by: Actor,
  ): Promise<void>
  /**
   * The secret of the one-time link for the first administrator, and until when it holds; undefined
   * once there is an administrator. A new one takes the place of the one before.
   */
  prepareSetup(): Promise<{ readonly secret: string; readonly expiresAt: string } | undefined>
  /**
   * The first administrator, by that secret, with the password he chose.
   * @throws GatewayError SETUP_REFUSED when the secret is wrong, used or too old
   */
  setUp(
    order: NewUser & { readonly secret: string; readonly password: string; readonly peer: string },
  ): Promise<UserDocument>
}
