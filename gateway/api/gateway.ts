import { z } from 'zod'
import { gatewayDocument } from '../gateway-document.ts'
import { CERTIFICATE_KIND_NAMES, IDENTITY_KINDS } from '../identity-kinds.ts'
import { bilingualSchema } from './bilingual-schema.ts'
import { route } from './route.ts'

const time = z.iso.datetime()

/** Where a key of the gateway stands. */
export const identityStateSchema = z.enum(['next', 'in-use', 'previous', 'expired'])

const addressSchema = z
  .object({ host: z.string(), port: z.int() })
  .meta({ id: 'GatewayAddress', description: 'As partners are told.' })

const hostKeySchema = z
  .object({
    kind: z.enum(IDENTITY_KINDS),
    algorithm: z.string(),
    publicKey: z.string().meta({ description: '`ssh-ed25519 AAAA…`' }),
    fingerprint: z.string().meta({ description: '`SHA256:…`' }),
    knownHosts: z.string().nullable().meta({ description: 'Line for known_hosts.' }),
    state: identityStateSchema,
    stateLabel: bilingualSchema,
    usedFrom: time,
  })
  .meta({ id: 'HostKey', description: 'Partners should know all that are listed.' })

const ownCertificateSchema = z
  .object({
    kind: z.enum(CERTIFICATE_KIND_NAMES as [string, ...string[]]),
    state: identityStateSchema,
    stateLabel: bilingualSchema,
    usedFrom: time,
    notBefore: time,
    notAfter: time,
    subject: z.string(),
    serial: z.string(),
    sha256: z.string(),
    pem: z.string(),
    chainPem: z.array(z.string()).meta({ description: 'Intermediate, then root.' }),
  })
  .meta({ id: 'OwnCertificate' })

const gatewaySchema = z
  .object({
    name: z.literal('Raccord'),
    version: z.string(),
    environment: z.enum(['qualification', 'production']),
    simulated: z.literal(true),
    notice: bilingualSchema,
    time: time.meta({ description: 'Business time: a simulator’s may be moved.' }),
    sftp: z.object({ address: addressSchema.nullable(), hostKeys: z.array(hostKeySchema) }),
    as2: z.object({
      address: addressSchema.nullable(),
      urls: z.array(z.string()).meta({ description: 'Where messages are posted to.' }),
      identifier: z.string(),
      certificates: z.array(ownCertificateSchema),
    }),
    pesit: z.object({
      address: addressSchema.nullable(),
      identifier: z.string(),
      server: z.array(ownCertificateSchema),
      client: z.array(ownCertificateSchema),
    }),
    api: z.object({ url: z.string().nullable(), certificates: z.array(ownCertificateSchema) }),
    authority: z
      .object({ rootPem: z.string(), intermediatePem: z.string() })
      .meta({ description: 'Signed the certificates above, and signs nobody else’s. [simulated]' }),
  })
  .meta({ id: 'Gateway' })

/** `/api/v1/gateway`: what everybody may know, as the operator publishes it by URL. */
export const GATEWAY_ROUTES = [
  route({
    method: 'get',
    path: '/gateway',
    operationId: 'showGateway',
    tag: 'gateway',
    summary: 'Addresses, host keys and certificates of the gateway, the next ones too',
    permission: 'public',
    structure: 'none',
    responses: { 200: { description: 'The gateway.', schema: gatewaySchema } },
    async handler(_input, { services }) {
      const { identity, clock } = services
      return { status: 200, body: await gatewayDocument(services.gateway(), identity, clock) }
    },
  }),
]
