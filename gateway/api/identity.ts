import { z } from 'zod'
import { auditStatement } from '../accounts/audit.ts'
import type { IdentityKey } from '../identity.ts'
import { IDENTITY_KINDS, IDENTITY_STATE_LABELS } from '../identity-kinds.ts'
import { bilingualSchema } from './bilingual-schema.ts'
import { identityStateSchema } from './gateway.ts'
import { route } from './route.ts'

const DEFAULT_OVERLAP_SECONDS = 30 * 86_400
const MAX_OVERLAP_SECONDS = 366 * 86_400

const identityKeySchema = z
  .object({
    kind: z.enum(IDENTITY_KINDS),
    state: identityStateSchema,
    stateLabel: bilingualSchema,
    fingerprint: z
      .string()
      .meta({ description: '`SHA256:…` of a host key; SHA-256 of a certificate, hexadecimal.' }),
    usedFrom: z.iso.datetime(),
    notAfter: z.iso.datetime().nullable().meta({ description: 'Null: it does not end.' }),
  })
  .meta({ id: 'IdentityKey', description: 'A key of the gateway, its public side.' })

/** `/api/v1/identity`: the gateway's own keys, and another one in the place of one. */
export const IDENTITY_ROUTES = [
  route({
    method: 'get',
    path: '/identity',
    operationId: 'listIdentity',
    tag: 'gateway',
    summary: 'The gateway’s keys: in use, next, previous',
    permission: 'identity.list',
    structure: 'none',
    responses: {
      200: {
        description: 'Keys; those of certificates appear once something has needed them.',
        schema: z.object({ keys: z.array(identityKeySchema) }),
      },
    },
    async handler(_input, { services }) {
      return { status: 200, body: { keys: services.identity.list().map(identityKeyDocument) } }
    },
  }),
  route({
    method: 'post',
    path: '/identity/{kind}/rotations',
    operationId: 'rotateIdentity',
    tag: 'gateway',
    summary: 'Make the next key of a kind: published now, used after the overlap',
    permission: 'identity.rotate',
    structure: 'none',
    params: z.strictObject({ kind: z.enum(IDENTITY_KINDS) }),
    body: {
      kind: 'json',
      isOptional: true,
      schema: z.strictObject({
        overlapSeconds: z
          .int()
          .min(0)
          .max(MAX_OVERLAP_SECONDS)
          .default(DEFAULT_OVERLAP_SECONDS)
          .meta({ description: 'Time for partners to learn of it.' }),
      }),
    },
    responses: { 201: { description: 'The key made.', schema: identityKeySchema } },
    errors: ['IDENTITY_KEY_WAITS'],
    async handler({ params: { kind }, body: { overlapSeconds } }, { services, actor }) {
      const { identity, journal, clock } = services
      const made = identityKeyDocument(await identity.rotate(kind, overlapSeconds * 1_000))
      await journal.write([
        auditStatement(journal, clock.now(), actor, {
          action: 'identity.rotate',
          objectKind: 'identity',
          objectId: kind,
          after: made,
        }),
      ])
      return { status: 201, body: made }
    },
  }),
]

/** The public document of a key. */
export function identityKeyDocument(key: IdentityKey): z.output<typeof identityKeySchema> {
  const { kind, state, fingerprint, usedFrom, notAfter } = key
  return {
    kind,
    state,
    stateLabel: IDENTITY_STATE_LABELS[state],
    fingerprint,
    usedFrom: new Date(usedFrom).toISOString(),
    notAfter: notAfter === null ? null : new Date(notAfter).toISOString(),
  }
}
