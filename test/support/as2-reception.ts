import { createPrivateKey } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readCertificate } from '../../certs/certificate.ts'
import { configSchema, type Config } from '../../config/schema.ts'
import type { As2Keys } from '../../gateway/as2-keys.ts'
import { as2Policy, type As2Overrides } from '../../gateway/connections/as2-overrides.ts'
import { noFaults, type Faults } from '../../gateway/faults.ts'
import { checkFlowName } from '../../gateway/flow-name-check.ts'
import { createLogger } from '../../gateway/logger.ts'
import { createMailbox } from '../../gateway/delivery/mailbox.ts'
import { createProtocolMemory } from '../../gateway/protocol-memory.ts'
import { CryptoThreads } from '../../protocols/as2/cms/crypto-threads.ts'
import type { AsyncReceipt } from '../../protocols/as2/incoming-post.ts'
import { startAs2Listener } from '../../protocols/as2/listener.ts'
import type { ReadMdn } from '../../protocols/as2/mdn/read-mdn.ts'
import { Reception } from '../../protocols/as2/reception.ts'
import { secureContextOf } from '../../protocols/as2/tls-sockets.ts'
import { createFailedTries } from '../../protocols/failed-tries.ts'
import type { Listener, ListenerServices, PartnerLimits } from '../../protocols/listener.ts'
import { PARTNER, TWIN, openDoorGround, type DoorGround } from './door-ground.ts'
import type { OpenSslCertificates, OpenSslOrder } from './openssl-certificates.ts'

/** What the partner and the gateway call themselves. */
export const PARTNER_ID = 'Betto'
export const GATEWAY_ID = 'CPP001'

/** Certificates by OpenSSL: the gateway's keys, the partner's, and one that nobody registered. */
export const GATEWAY_KEY: OpenSslOrder = { key: 'rsa2048 gateway', subject: '/CN=gateway' }
export const OLD_GATEWAY_KEY: OpenSslOrder = {
  key: 'rsa2048 before',
  subject: '/CN=gateway before',
}
export const PARTNER_KEY: OpenSslOrder = { key: 'rsa2048 partner', subject: '/C=FR/CN=partner' }
export const PARTNER_EC_KEY: OpenSslOrder = { key: 'p256 partner', subject: '/C=FR/CN=partner ec' }
export const TWIN_KEY: OpenSslOrder = { key: 'rsa2048 twin', subject: '/C=FR/CN=twin' }
export const STRANGER_KEY: OpenSslOrder = { key: 'rsa2048 stranger', subject: '/CN=stranger' }
export const GATEWAY_EC_KEY: OpenSslOrder = { key: 'p256 gateway', subject: '/CN=gateway ec' }

export interface As2ReceptionOptions {
  readonly peer: OpenSslCertificates
  readonly policy?: As2Overrides
  /** Of a second connection with the same names, whose certificate is `TWIN_KEY`. */
  readonly twin?: As2Overrides
  readonly settings?: Partial<Config['as2']>
  readonly limits?: Partial<PartnerLimits>
  readonly faults?: Faults
  readonly tls?: boolean
  readonly isLenient?: boolean
  /** Each with a reception of its own, as processes have that share a journal; default 1. */
  readonly listeners?: number
  readonly logLevel?: string
}

/** A running AS2 reception: real listener, staging, intake and journal, and no pipeline. */
export interface As2Reception {
  readonly url: string
  /** Of each listener. */
  readonly urls: readonly string[]
  readonly port: number
  readonly folder: string
  readonly ground: DoorGround
  readonly listener: Listener
  /** Receipts that were to be posted, and those that were posted to us. */
  readonly queued: AsyncReceipt[]
  readonly receipts: ReadMdn[]
  flows(): Promise<
    {
      readonly name: string
      readonly sha256: string
      readonly bytes: number
      readonly evidence: Record<string, string>
      readonly connectionId: string
    }[]
  >
  refusals(): Promise<
    {
      readonly code: string
      readonly reason: string
      readonly offered: string | null
      readonly wanted: string | null
    }[]
  >
  stop(): Promise<void>
}

export async function startAs2Reception(options: As2ReceptionOptions): Promise<As2Reception> {
  const { peer } = options
  const folder = await mkdtemp(join(tmpdir(), 'raccord-test-as2-'))
  const faults = options.faults ?? noFaults
  const ground = await openDoorGround(join(folder, 'data'), { faults })
  const { journal, clock } = ground
  const log = createLogger(options.logLevel ?? 'silent')
  const defaults = configSchema.parse({})
  const keyOf = (order: OpenSslOrder) => ({
    certificate: readCertificate(peer.der(order)),
    privateKey: createPrivateKey(peer.read(peer.key(order.key))),
  })
  const own = [GATEWAY_KEY, OLD_GATEWAY_KEY, GATEWAY_EC_KEY].map(keyOf)
  const keys: As2Keys = { inUse: { ...own[0]!, chain: [] }, all: own }
  const certificatesBy = (orders: readonly OpenSslOrder[]) =>
    orders.map((order) => {
      const { der, sha256, notBefore, notAfter } = readCertificate(peer.der(order))
      return { part: 'server' as const, der, sha256, notBefore, notAfter }
    })
  const registered = certificatesBy([PARTNER_KEY, PARTNER_EC_KEY])
  const ofTwin = options.twin === undefined ? [] : certificatesBy([TWIN_KEY])
  const connection = {
    id: PARTNER,
    applicationCode: 'SIM123',
    protocol: 'as2' as const,
    as2: {
      partnerId: PARTNER_ID,
      ownId: GATEWAY_ID,
      url: 'http://127.0.0.1:1/as2',
      policy: as2Policy(options.policy),
    },
  }
  const twin = options.twin && {
    ...connection,
    id: TWIN,
    as2: { ...connection.as2, policy: as2Policy(options.twin) },
  }
  const services: ListenerServices = {
    authenticate: (offered) =>
      offered.protocol === 'as2' &&
      offered.as2From.includes(PARTNER_ID) &&
      offered.as2To.includes(GATEWAY_ID)
        ? { outcome: 'accepted', connection, ...(twin === undefined ? {} : { others: [twin] }) }
        : { outcome: 'refused', reason: 'not the partner' },
    certificatesOf: async (id) => (id === TWIN ? ofTwin : registered),
    isRegistered: (sha256) => [...registered, ...ofTwin].some((one) => one.sha256 === sha256),
    failedTries: createFailedTries({
      ...defaults.failedTries,
      refuseAfter: 1_000_000,
      slowAfter: 900_000,
    }),
    checkName: checkFlowName,
    staging: ground.staging,
    intake: ground.intake,
    deposits: ground.deposits,
    mailbox: createMailbox({ journal, payloads: ground.payloads, clock }),
    memory: createProtocolMemory({ journal, clock }),
    sessions: ground.sessions,
    faults,
    clock,
    limits: { ...defaults.limits, ...options.limits },
    log,
  }
  const threads = new CryptoThreads(1)
  const queued: AsyncReceipt[] = []
  const receipts: ReadMdn[] = []
  const parts = {
    services,
    settings: {
      ...defaults.as2,
      authenticationFloorMilliseconds: 0,
      maxPerAddress: 1_000,
      maxNewPerAddressPerSecond: 10_000,
      ...options.settings,
    },
    keys: async () => keys,
    queueReceipt: async (receipt: AsyncReceipt) => void queued.push(receipt),
    takeReceipt: async (_: unknown, mdn: ReadMdn) => {
      receipts.push(mdn)
      return 'taken' as const
    },
    defaultPolicy: as2Policy(),
    product: 'raccord:0.0.0',
    threads,
    log,
  }
  const tlsPem = {
    certificatePem: readCertificate(peer.der(GATEWAY_EC_KEY)).x509.toString(),
    chainPem: [],
    keyPem: peer.read(peer.key(GATEWAY_EC_KEY.key)).toString(),
  }
  const started: Listener[] = []
  for (let count = 0; count < (options.listeners ?? 1); count += 1) {
    started.push(
      await startAs2Listener({
        ...parts,
        reception: new Reception(parts),
        host: '127.0.0.1',
        port: 0,
        ...(options.isLenient === true ? { isLenient: true } : {}),
        ...(options.tls === true ? { secureContext: () => secureContextOf(tlsPem) } : {}),
      }),
    )
  }
  const listener = started[0]!
  const scheme = options.tls === true ? 'https' : 'http'
  const urls = started.map(({ address }) => `${scheme}://127.0.0.1:${address.port}/as2`)
  return {
    url: urls[0]!,
    urls,
    port: listener.address.port,
    folder,
    ground,
    listener,
    queued,
    receipts,
    flows: async () => {
      const rows = await journal.read(
        journal.db
          .selectFrom('flows')
          .select(['file_name as name', 'sha256', 'bytes', 'evidence_json', 'connection_id'])
          .orderBy('id'),
      )
      return rows.map(({ evidence_json: evidence, connection_id: connectionId, ...row }) => ({
        ...row,
        connectionId,
        evidence: JSON.parse(evidence) as Record<string, string>,
      }))
    },
    refusals: () =>
      journal.read(
        journal.db
          .selectFrom('refusals')
          .select(['code', 'reason', 'offered', 'wanted'])
          .orderBy('id'),
      ),
    stop: async () => {
      for (const one of started) await one.stop(2_000)
      await threads.close()
      await ground.close()
      await rm(folder, { recursive: true, force: true, maxRetries: 10 })
    },
  }
}
