import type { BilingualText } from '../flow.ts'
import type { Actor } from './actor.ts'
import type { AuditLog } from './audit-log.ts'
import type { SignIn } from './sign-in.ts'
import type { Users } from './users.ts'

/**
 * People and their rights (design console §3, reference chorus-pro-edi §7.1). Every write asks
 * permissions.ts itself, and leaves its audit row in the same message. Errors common to all:
 * PERMISSION_DENIED, API_NOT_FOUND for what is not there, API_REQUEST_INVALID for a value that
 * cannot be, ACCOUNT_CONFLICT when the present state does not allow it, ACCOUNT_CHANGED when a
 * named `revision` is no longer the present one. Times in documents are ISO 8601 UTC.
 */
export interface Accounts {
  readonly structures: Structures
  readonly dataSet: DataSet
  readonly users: Users
  readonly attachments: Attachments
  readonly areas: Areas
  readonly subscriptions: Subscriptions
  readonly tokens: Tokens
  readonly signIn: SignIn
  readonly audit: AuditLog
  /**
   * Who a request comes from, with his rights of this moment; undefined for a credential that is
   * unknown, expired, revoked, or of a blocked user.
   */
  authenticate(credential: Credential): Promise<Authenticated | undefined>
  /** Removes sessions that are over. Resolves to how many. */
  purge(): Promise<number>
  /** Stops following the journal. */
  close(): void
}

export interface Credential {
  /** `session`: the value of the cookie. `token`: what follows `Bearer `. */
  readonly kind: 'session' | 'token'
  readonly value: string
  readonly peer: string
}

export interface Authenticated {
  readonly actor: Actor
  /** Of a cookie session. */
  readonly session?: {
    /** What a request that writes has to carry. */
    readonly csrfToken: string
    readonly expiresAt: string
    /** Only what `BEFORE_NEW_PASSWORD` names is allowed until it is changed. */
    readonly mustChangePassword: boolean
  }
}

/** A page of a list, and where the next one starts. */
export interface Page<Item> {
  readonly items: readonly Item[]
  /** `after` of the next page; null at the end. */
  readonly next: string | null
}

export interface StructureDocument {
  readonly siret: string
  readonly siren: string
  readonly name: string
  readonly isActive: boolean
  readonly isAreaOpen: boolean
  readonly revision: number
}

export interface Structures {
  find(siret: string): Promise<StructureDocument | undefined>
  /** By SIRET; only those `by` may see. `text`: the beginning of a SIRET, or part of a name. */
  list(
    criteria: { readonly text?: string; readonly after?: string; readonly limit: number },
    by: Actor,
  ): Promise<Page<StructureDocument>>
  /**
   * Makes a structure or changes its name. In qualification structures come from the data set only.
   * @throws GatewayError STRUCTURE_READ_ONLY there
   */
  write(order: StructureOrder, by: Actor): Promise<StructureDocument>
}

export interface StructureOrder {
  readonly siret: string
  readonly name: string
  /** False closes it: nobody of it has rights any more. */
  readonly isActive?: boolean
  readonly revision?: number
}

/** Fictional structures and their managers (*matelas de données*), in qualification only. */
export interface DataSet {
  /**
   * The set of this seed: always the same structures and logins. What is there already is left as
   * it is; its password is not known any more.
   * @param seed 1 to 40 letters, digits or hyphens
   * @param count structures, 3 to `MAX_DATA_SET`
   */
  generate(
    order: { readonly seed: string; readonly count: number },
    by: Actor,
  ): Promise<DataSetAnswer>
}

export interface DataSetAnswer {
  readonly seed: string
  readonly structures: readonly DataSetStructure[]
}

export interface DataSetStructure {
  readonly siret: string
  readonly name: string
  readonly kind: 'SUPPLIER' | 'PUBLIC_RECIPIENT'
  /** Main manager of the structure. */
  readonly manager: {
    readonly id: string
    readonly login: string
    /** Shown this once; null when the account was there already. */
    readonly password: string | null
  }
}

export type AttachmentRole = 'MAIN_MANAGER' | 'SECONDARY_MANAGER' | 'MEMBER'
export type DecisionState = 'REQUESTED' | 'ACCEPTED' | 'REFUSED'

/** A person as others of his structure see him. */
export interface Person {
  readonly id: string
  readonly login: string
  readonly firstName: string
  readonly name: string
  readonly email: string
}

export interface AttachmentDocument {
  readonly user: Person
  readonly structure: { readonly siret: string; readonly name: string }
  readonly role: AttachmentRole
  readonly state: DecisionState
  readonly requestedAt: string
  readonly decidedAt: string | null
}

/** Which rows of attachments or subscriptions; without `siret` and `userId`, all one may see. */
export interface RightsCriteria {
  readonly siret?: string
  readonly userId?: string
  /** True: only what waits for a decision. */
  readonly isPending?: boolean
  readonly after?: string
  readonly limit: number
}

/** One request among those decided together. */
export interface RequestKey {
  readonly userId: string
  readonly siret: string
}

/** Belonging to a structure (*rattachement*). */
export interface Attachments {
  list(criteria: RightsCriteria, by: Actor): Promise<Page<AttachmentDocument>>
  /** A person asks to belong to a structure; MAIN_MANAGER is not asked for but assigned. */
  request(
    order: { readonly siret: string; readonly role: 'SECONDARY_MANAGER' | 'MEMBER' },
    by: Actor,
  ): Promise<AttachmentDocument>
  /** Several at once, all or none; none at all is API_REQUEST_INVALID. */
  decide(keys: readonly RequestKey[], decision: 'accept' | 'refuse', by: Actor): Promise<void>
  /**
   * Gives a role without a request. Only an administrator names a MAIN_MANAGER; the one before
   * becomes secondary.
   */
  assign(
    order: RequestKey & { readonly role: AttachmentRole },
    by: Actor,
  ): Promise<AttachmentDocument>
  /** Ends it, and the subscription with it: by a manager, or by the person himself. */
  revoke(key: RequestKey, by: Actor): Promise<void>
}

/** The area "EDI & API connections" of a structure (*espace Raccordements EDI & API*). */
export interface Areas {
  /** @throws GatewayError ACCOUNT_CONFLICT when it is open already */
  open(siret: string, by: Actor): Promise<{ readonly siret: string; readonly openedAt: string }>
  /** "Why can I not see the area?" `userId`: another person, for who may see users. */
  why(order: { readonly siret: string; readonly userId?: string }, by: Actor): Promise<AreaAnswer>
}

export interface AreaAnswer {
  readonly siret: string
  readonly maySee: boolean
  readonly mayModify: boolean
  /** In the order one has to take them; the first that is not done is what to do now. */
  readonly steps: readonly AreaStep[]
}

export interface AreaStep {
  readonly step: 'account' | 'structure' | 'attachment' | 'area' | 'subscription'
  readonly isDone: boolean
  readonly message: BilingualText
  /** Who can do it, when it is not done; empty = an administrator of the gateway. */
  readonly ask: readonly Person[]
}

/** Rights asked for; modify and test include show. */
export interface AskedRights {
  readonly mayShow: boolean
  readonly mayModify: boolean
  readonly mayTest: boolean
}

export interface SubscriptionDocument {
  readonly user: Person
  readonly structure: { readonly siret: string; readonly name: string }
  /** In force. */
  readonly rights: AskedRights
  /** Waiting for a decision; null when nothing is. */
  readonly requested: AskedRights | null
  readonly state: DecisionState
  readonly requestedAt: string
  readonly decidedAt: string | null
}

export interface Subscriptions {
  list(criteria: RightsCriteria, by: Actor): Promise<Page<SubscriptionDocument>>
  /** Needs an accepted attachment and an open area. Rights in force stay until the decision. */
  request(order: AskedRights & { readonly siret: string }, by: Actor): Promise<SubscriptionDocument>
  /** Several at once, all or none. */
  decide(
    keys: readonly RequestKey[],
    decision: 'accept' | 'refuse',
    by: Actor,
  ): Promise<SubscriptionAnswer>
  /** Gives these rights without a request. */
  grant(order: AskedRights & RequestKey, by: Actor): Promise<SubscriptionAnswer>
  /** By a manager, or by the person himself. */
  revoke(key: RequestKey, by: Actor): Promise<void>
}

export interface SubscriptionAnswer {
  /** Advice of the platform: few people with *modify* (decisions F3). */
  readonly warnings: readonly BilingualText[]
}

/** A token for scripts, without its secret. */
export interface TokenDocument {
  readonly id: string
  readonly userId: string
  readonly name: string
  /** Permission names; null = all its owner has. */
  readonly scopes: readonly string[] | null
  readonly createdAt: string
  readonly expiresAt: string | null
  readonly lastUsedAt: string | null
  readonly revokedAt: string | null
}

export interface Tokens {
  /** A person for himself; the local owner of the machine for any user (`userId`). */
  create(
    order: TokenOrder,
    by: Actor,
  ): Promise<{ readonly token: TokenDocument; readonly secret: string }>
  /** One's own, newest first; `everyone` for who has `token.list-all`. */
  list(
    criteria: { readonly everyone?: boolean; readonly after?: string; readonly limit: number },
    by: Actor,
  ): Promise<Page<TokenDocument>>
  /** One's own, or anyone's with `token.list-all`. */
  revoke(id: string, by: Actor): Promise<void>
}

export interface TokenOrder {
  readonly name: string
  readonly userId?: string
  readonly scopes?: readonly string[]
  /** Milliseconds UTC; absent: after `signIn.tokenSeconds`; null: never. */
  readonly expiresAt?: number | null
}
