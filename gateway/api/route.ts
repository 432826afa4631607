import type { Response } from 'express'
import type { z } from 'zod'
import type { Authenticated } from '../accounts/accounts.ts'
import type { Actor } from '../accounts/actor.ts'
import { PERMISSIONS, type Permission } from '../accounts/permission-table.ts'
import type { ErrorCode } from '../errors.ts'
import type { ApiServices } from './api-services.ts'

/** Methods the API uses, as Express and OpenAPI name them. */
export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete'

/** What a route needs of whoever asks: a row of the permission table, or nothing at all. */
export type Access = Permission | 'public'

/** It needs nobody signed in. */
export function isPublic(access: Access): access is 'public' | 'session.start' {
  return access === 'public' || PERMISSIONS[access].scope === 'none'
}

/**
 * One route, declared once: from this come its place in Express, the validation, the permission
 * check, and its operation in the OpenAPI document.
 */
export interface RouteDeclaration<Params, Query, Body> {
  readonly method: Method
  /** Below `/api/v1`, as OpenAPI writes it: `/connections/{id}`. */
  readonly path: string
  /** Unique; what generated clients call it. */
  readonly operationId: string
  readonly tag: Tag
  readonly summary: string
  readonly description?: string
  readonly permission: Access
  /**
   * Structures the permission is asked for. `none`: it is not about a structure. `visible`: the
   * answer is narrowed to those the actor may see (`context.visible`). A function: the one it
   * concerns, see `StructureOf`.
   */
  readonly structure: 'none' | 'visible' | StructureOf<Params, Query, Body>
  readonly params?: z.ZodType<Params>
  readonly query?: z.ZodType<Query>
  readonly body?: JsonBody<Body> | BytesBody<Body>
  /** How the write is guarded against a lost update; see docs/api.md. */
  readonly ifMatch?: 'required' | 'optional'
  /** By status: what a success answers. */
  readonly responses: Readonly<Record<number, ResponseDeclaration>>
  /** Codes this route may answer with besides those any route can. */
  readonly errors?: readonly ErrorCode[]
  handler(input: RouteInput<Params, Query, Body>, context: RouteContext): Promise<Answer>
}

/**
 * The SIRET a request concerns. `null`: it concerns none (a connection made from the command
 * line), only a right on all structures will do. `undefined`: there is no such thing; who has a
 * right on all structures is told so by the handler, anybody else gets the answer for something
 * that is not theirs, so that nobody learns what exists.
 */
export type StructureOf<Params, Query, Body> = (
  input: RouteInput<Params, Query, Body>,
  context: Pick<RouteContext, 'services' | 'visible'>,
) => Promise<string | null | undefined>

export const TAGS = {
  session: 'Signing in and out, and who one is.',
  people: 'Users, tokens, structures, areas and subscriptions.',
  connections: 'The connection form (*raccordement*), its certificates and its states.',
  flows: 'What was received, and what was refused at the door.',
  invoices: 'The life cycle of integrated invoices (*cycle de vie*).',
  returns: 'What goes back to partners, and how it gets there (*flux retour*).',
  gateway: 'What the gateway is known by, and its catalogues.',
  directory: 'Public structures that invoices may be sent to (*annuaire*).',
  qualification: 'Scenarios, and runs of them on connections.',
  alerts: 'What is wrong, who deals with it, and how it is told.',
  simulation: 'Trouble on purpose, and the gateway’s clock.',
  events: 'What happens, as it happens.',
} as const

export type Tag = keyof typeof TAGS

/** A document of JSON, or of YAML where `isYamlToo`. */
export interface JsonBody<Body> {
  readonly kind: 'json'
  readonly schema: z.ZodType<Body>
  /** 256 KiB unless said. */
  readonly maxBytes?: number
  readonly isYamlToo?: boolean
  /** No body at all reads as `{}`. */
  readonly isOptional?: boolean
}

/** A file: the body itself, or the part `file` of a form (multipart). */
export interface BytesBody<Body> {
  readonly kind: 'bytes'
  readonly mediaTypes: readonly string[]
  readonly maxBytes: number
  /** Only says the type; always `Uint8Array`. */
  readonly schema: z.ZodType<Body>
}

export interface ResponseDeclaration {
  readonly description: string
  /** Of the JSON body; absent = no body, or one of `mediaTypes`. */
  readonly schema?: z.ZodType
  /** Other representations: `text/csv`… */
  readonly mediaTypes?: readonly string[]
  /** It carries an ETag. */
  readonly hasEtag?: boolean
  /** Response headers worth documenting, with what they say. */
  readonly headers?: Readonly<Record<string, string>>
}

export interface RouteInput<Params, Query, Body> {
  readonly params: Params
  readonly query: Query
  readonly body: Body
  /** Of If-Match; undefined = whatever the document is now. */
  readonly revision: number | undefined
}

/** Who asks, and what there is to answer with. */
export interface RouteContext {
  readonly actor: Actor
  /** Of one who signed in by cookie. */
  readonly session: Authenticated['session'] | undefined
  readonly services: ApiServices
  /** Of Accept-Language. */
  readonly language: 'en' | 'fr'
  /**
   * Structures for which the actor has the permission of the route; undefined = all. Without
   * those of no structure when it is a list.
   */
  readonly visible: readonly string[] | undefined
  readonly request: RequestFacts
}

/** What of the bare request some handlers need. */
export interface RequestFacts {
  readonly peer: string
  readonly localAddress: string
  readonly localPort: number
  /** `https://host:port` as the client sees the gateway. */
  readonly origin: string
  readonly isSecure: boolean
  readonly header: (name: string) => string | undefined
  /** The value of the session cookie, when there is one. */
  readonly sessionCookie: string | undefined
  /** Who asks, looked at anew: undefined once session or token no longer hold. */
  readonly again: () => Promise<Actor | undefined>
  /** Aborted when the API stops or the reader is gone. */
  readonly signal: AbortSignal
}

/** What a handler answers. */
export interface Answer {
  readonly status: number
  /** JSON. */
  readonly body?: unknown
  /** The revision of the document: becomes its ETag. */
  readonly revision?: number
  readonly headers?: Readonly<Record<string, string>>
  /** Instead of a body: writes it itself, with this media type. */
  readonly stream?: {
    readonly mediaType: string
    readonly write: (response: Response) => Promise<void>
  }
}

/** A declaration whose types were checked where it was written. */
export type Route = RouteDeclaration<unknown, unknown, unknown>

/** Declares a route; its handler sees the types of its own schemas. */
export function route<Params = unknown, Query = unknown, Body = unknown>(
  declaration: RouteDeclaration<Params, Query, Body>,
): Route {
  return declaration as unknown as Route
}
