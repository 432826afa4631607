import { isIP } from 'node:net'
import { z } from 'zod'
import { alertSettings } from './alert-settings.ts'
import { as2Settings } from './as2-settings.ts'
import { deliverySettings } from './delivery-settings.ts'
import { hookSettings } from './hook-settings.ts'
import { lifeCycleSettings } from './life-cycle-settings.ts'
import { pesitSettings } from './pesit-settings.ts'
import { retentionSettings } from './retention-settings.ts'

/**
 * The one schema of every setting: default, unit, range and meaning. docs/configuration.md is
 * written from it. Only config/load.ts reads the environment.
 */

const MIB = 1024 * 1024

const port = (fallback: number, what: string) =>
  z.int().min(0).max(65_535).default(fallback).describe(`${what}; 0 = any free port.`)
const seconds = (fallback: number, what: string, minimum = 0) =>
  z.int().min(minimum).max(31_536_000).default(fallback).describe(`${what}, in seconds.`)
const bytes = (fallback: number, what: string) =>
  z.int().min(1).max(Number.MAX_SAFE_INTEGER).default(fallback).describe(`${what}, in bytes.`)
/** May carry a password: masked wherever it is shown, and readable from a file named by `…_FILE`. */
const url = (fallback: string, what: string) =>
  z.string().default(fallback).meta({ description: what, isSecret: true })
const count = (fallback: number, what: string, maximum = 1_000_000) =>
  z.int().min(1).max(maximum).default(fallback).describe(`${what}.`)

const sftp = z
  .strictObject({
    enabled: z.boolean().default(true).describe('Listen for SFTP.'),
    host: z.string().default('').describe('Address to bind; empty = that of `host`.'),
    port: port(2222, 'Port of the SFTP listener'),
    publicPort: z
      .int()
      .min(0)
      .max(65_535)
      .default(0)
      .describe(
        'Port that forms and kits name, when partners reach the listeners by that of a balancer; 0 = the listener’s own. With `publicHost`, a process without listeners names them too.',
      ),
    algorithms: z
      .enum(['modern', 'compatible', 'platform'])
      .default('modern')
      .describe(
        'Algorithms offered: modern (AES-GCM, CTR), compatible (adds NIST curves and DH group 14), platform (AES-CBC only, as the real gateway).',
      ),
    postQuantum: z
      .boolean()
      .default(true)
      .describe(
        'Offer mlkem768x25519-sha256 (falls back with a warning when its self-test fails).',
      ),
    inboundFolder: z
      .string()
      .regex(/^[\w.-]{1,64}$/)
      .default('depot')
      .describe('Name of the deposit box. [simulated]'),
    outboundFolder: z
      .string()
      .regex(/^[\w.-]{1,64}$/)
      .default('retrait')
      .describe('Name of the retrieval box. [simulated]'),
    temporaryNames: z
      .array(z.string())
      .default(['*.tmp', '*.part', '*.filepart', '*.partial', '*.temp', '.*', '*~', '.in.*'])
      .describe('Patterns (* only) of names that are never taken in until renamed. [simulated]'),
    truncated: z
      .enum(['refuse', 'accept'])
      .default('refuse')
      .describe(
        'Content that shows itself incomplete at CLOSE: refuse and keep for resuming, or accept and reject with a report. [simulated]',
      ),
    explainRefusals: z
      .boolean()
      .default(true)
      .describe(
        'Say why a file was refused on the standard error of the session too: OpenSSH shows it, and hides the text of a status.',
      ),
    loginGraceSeconds: seconds(30, 'Time to authenticate', 1),
    authenticationTries: count(6, 'Authentication attempts per connection, probes included', 100),
    authenticationFloorMilliseconds: z
      .int()
      .min(0)
      .max(5_000)
      .default(50)
      .describe('A refused authentication answers after at least this time, in milliseconds.'),
    idleSeconds: seconds(900, 'A session that says nothing is ended after this time', 1),
    stalledSeconds: seconds(300, 'A transfer that makes no progress is cut after this time', 1),
    maxUnauthenticated: count(100, 'Sessions that have not authenticated yet, at most'),
    maxPerAddress: count(64, 'Sessions open from one address, at most'),
    maxNewPerAddressPerSecond: count(50, 'New sessions from one address in a second, at most'),
    balancers: z
      .array(z.string())
      .default([])
      .describe(
        'Addresses or networks of load balancers, whose connections start with a PROXY protocol header (v1 or v2).',
      ),
    maxPerConnection: count(64, 'Sessions of one partner connection, at most'),
    maxChannels: count(10, 'Channels of one session, at most', 100),
    maxHandles: count(64, 'Open handles of one session, at most', 4_096),
    maxRequestsInFlight: count(2_048, 'Unanswered requests of one session, at most', 65_536),
    maxUnwrittenBytes: bytes(4 * MIB, 'Received and not yet on disk, per session'),
    maxUnsentBytes: bytes(MIB, 'Produced and not yet taken by the peer, per session'),
    rekeyBytes: bytes(1024 * MIB, 'New session keys after this much data'),
    rekeySeconds: seconds(3_600, 'New session keys after this time', 60),
    stagedPartSeconds: seconds(172_800, 'An unfinished upload is kept this long', 60),
  })
  .refine((sftp) => sftp.inboundFolder !== sftp.outboundFolder, {
    path: ['outboundFolder'],
    message: 'wants another name than sftp.inboundFolder',
    // Also beside other faults: all of them are told at once.
    when: ({ value }) => typeof value === 'object' && value !== null,
  })

const limits = z.strictObject({
  maxFlowBytes: bytes(1024 * MIB, 'Size of one flow'),
  maxFileBytes: bytes(120 * MIB, 'Size of one file inside a flow'),
  maxExtractedBytes: bytes(10 * 1024 * MIB, 'Size of one flow once extracted'),
  maxInvoicesPerFlow: count(500, 'Invoices in one flow', 100_000),
  maxStagedBytes: bytes(4 * 1024 * MIB, 'Unfinished uploads of one connection, together'),
  maxStagedParts: count(200, 'Unfinished uploads of one connection'),
  minFreeDiskBytes: z
    .int()
    .min(0)
    .default(512 * MIB)
    .describe('New transfers are refused below this much free disk, in bytes.'),
})

const failedTries = z.strictObject({
  slowAfter: count(10, 'Failed authentications of an address after which refusals take longer'),
  maxDelayMilliseconds: z
    .int()
    .min(0)
    .max(20_000)
    .default(5_000)
    .describe('The most a refusal is delayed, in milliseconds; it doubles from 200.'),
  refuseAfter: count(50, 'Failed authentications after which an address is turned away'),
  refuseSeconds: seconds(300, 'How long it is turned away', 1),
  forgetSeconds: seconds(10, 'One failed authentication is forgotten each time this passes', 1),
})

const pipeline = z.strictObject({
  chunkInvoices: count(250, 'Invoices checked by one job', 2_000),
  chunkBytes: bytes(64 * MIB, 'Extracted size after which a chunk is closed'),
  threads: z
    .int()
    .min(0)
    .max(64)
    .default(0)
    .describe('Worker threads for invoices and archives; 0 = as many as there are processors.'),
  concurrency: count(8, 'Jobs in hand at a time: most of them wait for the disk', 256),
  delay: z
    .enum(['none', 'real', 'slow', 'next-day'])
    .default('none')
    .describe(
      'Time before a flow is processed: none, real (2–5 s), slow (minutes), next-day (06:00). [simulated]',
    ),
  maxAttempts: count(8, 'Failed attempts of a stage before the flow becomes an incident', 100),
  leaseSeconds: seconds(60, 'A job whose worker died is taken over after this time', 1),
  taskSeconds: seconds(600, 'One extraction or one chunk may take this long', 1),
  threadMemoryMib: z
    .int()
    .min(64)
    .max(65_536)
    .default(512)
    .describe('Heap of one worker thread, in MiB: a hostile invoice ends its thread there.'),
  xsdFailure: z
    .enum(['part', 'flow'])
    .default('part')
    .describe('An ill-formed file counts as one bad invoice, or refuses the whole flow.'),
})

const antivirus = z.strictObject({
  clamd: z
    .string()
    .default('')
    .describe(
      'A clamd that looks at each flow: `host:port` or the path of its socket; empty = only the EICAR test file is recognised.',
    ),
  timeoutSeconds: seconds(120, 'How long it may take for one flow', 1),
})

const invoices = z.strictObject({
  uniqueWithinYear: z
    .boolean()
    .default(false)
    .describe('An invoice number may come back in another year. [simulated]'),
  utf8Only: z.boolean().default(false).describe('Another encoding than UTF-8 is fatal.'),
  requirePdf: z
    .boolean()
    .default(false)
    .describe('A mixed (E2) invoice without its readable PDF is refused. [simulated]'),
  strictFacturX: z
    .boolean()
    .default(false)
    .describe(
      'What is not right about a Factur-X PDF (metadata, /AF, /Names, PDF/A-3) refuses it; else it is a warning. [simulated]',
    ),
})

const directory = z.strictObject({
  unknown: z
    .enum(['refuse', 'warn', 'learn'])
    .default('warn')
    .describe(
      'A recipient that the directory does not have: its invoice is refused, or accepted with a warning, or the structure is added. In production the default is refuse. [simulated]',
    ),
  publish: z
    .enum(['changes', 'whole'])
    .default('changes')
    .describe(
      'What connections that subscribed to FAR0037A get after the first time: the structures that changed, or all of them. [simulated]',
    ),
  publishSeconds: seconds(86_400, 'They get it again after this time [simulated]', 1),
})

const report = z.strictObject({
  mode: z
    .enum(['full', 'faithful'])
    .default('full')
    .describe(
      'full: rule, path, line, remedy; faithful: short texts as the real one gives. In production the default is faithful.',
    ),
  language: z
    .enum(['fr', 'en'])
    .default('fr')
    .describe('Language of the texts of a full report. [simulated]'),
  packing: z
    .enum(['tar.gz', 'xml'])
    .default('tar.gz')
    .describe('How the report is packed. [simulated]'),
  includeInvoiceStatuses: z
    .boolean()
    .default(false)
    .describe(
      'A report packed as tar.gz has a second file, …_FACTURES.xml: the first status of each invoice (01, 22, 37). [simulated]',
    ),
  availableSeconds: seconds(604_800, 'A return flow can be fetched for this long', 1),
})

const intake = z.strictObject({
  identicalResend: z
    .enum(['same-answer', 'refuse'])
    .default('same-answer')
    .describe('The same name and content again: the same answer, or a refusal.'),
  showDepositsSeconds: seconds(86_400, 'An accepted file stays visible in the deposit box'),
})

const isLoopback = (host: string): boolean => /^(localhost|127\..*|::1)$/.test(host)

const api = z
  .strictObject({
    enabled: z.boolean().default(true).describe('Serve the HTTP API.'),
    host: z
      .string()
      .min(1)
      .default('127.0.0.1')
      .describe(
        'Address to bind, whatever `host` says; beyond loopback only with `api.tls` or `api.trustedProxies`.',
      ),
    port: port(8080, 'Port of the HTTP API'),
    tls: z
      .enum(['off', 'own', 'files'])
      .default('off')
      .describe(
        'TLS of the API: off, own (a certificate of the gateway’s own authority), files (`api.certificateFile` and `api.keyFile`).',
      ),
    certificateFile: z
      .string()
      .default('')
      .describe('Certificate and its chain, PEM; read again when it changes.'),
    keyFile: z.string().default('').describe('Its private key, PEM.'),
    trustedProxies: z
      .array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]))
      .default([])
      .describe(
        'Addresses or networks of proxies that end TLS: their X-Forwarded headers are believed, and without TLS of its own the API answers nobody else but this machine.',
      ),
  })
  .superRefine((api, context) => {
    if (api.tls === 'off' && api.trustedProxies.length === 0 && !isLoopback(api.host)) {
      const message = `wants own or files (or api.trustedProxies set): api.host is ${api.host}, and plain HTTP stays on this machine`
      context.addIssue({ code: 'custom', path: ['tls'], message })
    }
    for (const name of ['certificateFile', 'keyFile'] as const) {
      if (api.tls === 'files' && api[name] === '') {
        const message = 'wants a file: api.tls is files'
        context.addIssue({ code: 'custom', path: [name], message })
      }
    }
  })

const signIn = z.strictObject({
  minPasswordLength: z
    .int()
    .min(8)
    .max(128)
    .default(12)
    .describe('Shortest password a person may choose, in characters.'),
  passwordCost: z
    .int()
    .min(15)
    .max(20)
    .default(15)
    .describe(
      'Work of one password check: scrypt with N = 2 to this power, r = 8, p = 3. Raised, stored passwords follow at their next use.',
    ),
  temporaryPasswordSeconds: seconds(259_200, 'A temporary password can be used for this long', 60),
  sessionIdleSeconds: seconds(3_600, 'A session that asks nothing is over after this time', 60),
  sessionSeconds: seconds(43_200, 'A session is over after this time whatever happens', 60),
  freeTries: count(3, 'Failed tries after which the next ones wait before they are answered', 100),
  triesPerLogin: count(10, 'Failed tries for one login before it is refused for a while', 1_000),
  triesPerAddress: count(50, 'Failed tries from one address before it is refused for a while'),
  refusedSeconds: seconds(900, 'How long “a while” is; failed tries are forgotten after it too', 1),
  tokenSeconds: seconds(31_536_000, 'A token that names no end is over after this time', 60),
})

const connections = z.strictObject({
  activation: z
    .enum(['at-once', 'one-minute', 'next-day'])
    .default('one-minute')
    .describe(
      'When the automatic processing activates or refuses a form that was sent: at-once, one-minute, next-day (06:00 in Paris, as the real one). The demo takes at-once unless told otherwise. [simulated]',
    ),
})

/** An address, or a network in CIDR form. */
function isNetwork(text: string): boolean {
  const [, address, bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const family = isIP(address ?? '')
  return family !== 0 && Number(bits ?? 0) <= (family === 4 ? 32 : 128)
}

const probe = z.strictObject({
  stepSeconds: seconds(5, 'Each step of a probe ends after this time', 1),
  loopback: z
    .enum(['allow', 'refuse'])
    .default('allow')
    .describe(
      'Whether `connection probe` calls addresses of this machine. In production the default is refuse.',
    ),
  refusedNetworks: z
    .array(z.string())
    .default([
      '0.0.0.0/8',
      '169.254.0.0/16',
      '192.0.0.0/24',
      '224.0.0.0/4',
      '240.0.0.0/4',
      '100.100.100.200',
      'fd00:ec2::/32',
      'fe80::/10',
      'ff00::/8',
    ])
    .superRefine((networks, context) => {
      for (const [index, network] of networks.entries()) {
        if (!isNetwork(network)) {
          const message = 'wants an address, or a network as address/bits'
          context.addIssue({ code: 'custom', path: [index], message })
        }
      }
    })
    .describe(
      'Networks (CIDR) and addresses that `connection probe` never calls: link-local, multicast and the metadata services of clouds. Whoever may fill in a form could else make the gateway reach them; add networks of your own.',
    ),
})

const mail = z.strictObject({
  server: url(
    '',
    'Mail server for notices to technical contacts: `smtp://user:password@host:587` or `smtps://…`; empty = no mail',
  ),
  from: z.string().default('Raccord <raccord@localhost>').describe('Sender of the mails.'),
  language: z.enum(['fr', 'en']).default('fr').describe('Language of the mails.'),
})

const certs = z.strictObject({
  unknownRoot: z
    .enum(['refuse', 'warn'])
    .default('warn')
    .describe(
      "A partner's certificate whose root is not in the trust folder. In production the default is refuse. [simulated]",
    ),
  trustFolder: z
    .string()
    .default('')
    .describe(
      'Folder, or file, of the authorities that are trusted (PEM, DER, PKCS#7); empty = only the test authority of this gateway. See docs/certificates.md.',
    ),
  revocationLists: z
    .string()
    .default('')
    .describe(
      'Folder, or file, of revocation lists (CRL; PEM, DER); empty = revocation is not looked at.',
    ),
  rgsPolicies: z
    .array(z.string().regex(/^[012](\.\d{1,40}){1,30}$/))
    .default([])
    .describe(
      "Certificate policies (OIDs) of issuers' certificates at RGS one star or better, for the assurance level.",
    ),
})

const identity = z.strictObject({
  folder: z
    .string()
    .default('')
    .describe(
      'Folder of the gateway’s own keys and certificates; empty = `identity` in the data folder. Processes that are one gateway to partners share it: name one folder that all of them reach.',
    ),
})

const metrics = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe('Serve health and metrics in a process without the API, which has its own.'),
  host: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .describe(
      'Address to bind in such a process. Plain HTTP without a token: an inner network, never beyond.',
    ),
  port: port(
    9464,
    'Port of `/metrics`, `/livez` and `/readyz` in such a process; taken by another one, any free port and a warning',
  ),
})

const log = z.strictObject({
  level: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('Least severity that is logged.'),
})

export const configSchema = z.strictObject({
  data: z.string().min(1).default('.raccord').describe('Folder of everything the gateway keeps.'),
  host: z
    .string()
    .default('127.0.0.1')
    .describe('Address every partner listener binds to unless it has its own.'),
  publicHost: z
    .string()
    .default('')
    .describe('Name partners reach the gateway by; set, listeners bind beyond loopback.'),
  environment: z
    .enum(['qualification', 'production'])
    .default('qualification')
    .describe('Which platform is imitated; one per data folder.'),
  roles: z
    .array(z.enum(['listeners', 'workers', 'delivery', 'api']))
    .min(1)
    .default(['listeners', 'workers', 'delivery', 'api'])
    .describe('What this process does.'),
  stopGraceSeconds: seconds(20, 'Transfers and jobs in hand may finish within this time'),
  journal: z
    .strictObject({
      url: url(
        'sqlite:',
        'Where the journal is: `sqlite:` = a file in the data folder, for one process; `postgres://user:password@host:5432/database` = a PostgreSQL server (15 or newer, UTF8, a database of its own, reached without a pooler of transactions), for several.',
      ),
    })
    .prefault({})
    .describe('The journal: the only truth about flows.'),
  queue: z
    .strictObject({
      url: url(
        'journal:',
        'What carries work: `journal:` = a table of the journal; `redis://user:password@host:6379/0` (`rediss:` for TLS) = Redis 6.2 or later, or Valkey, for several processes.',
      ),
    })
    .prefault({})
    .describe('The work queue: carries ids, no truth.'),
  payloads: z
    .strictObject({
      url: url(
        'file:',
        'Where contents are kept: `file:` = the data folder, for one process; `file:/shared/folder` = a folder that every process reaches; `s3://key:secret@bucket/prefix?endpoint=https://host:9000&region=…&forcePathStyle=true` = an S3-compatible bucket (credentials left out: those that the AWS SDK finds), for several.',
      ),
      unnamedSeconds: seconds(
        86_400,
        'A content that nothing names (a process was killed before it could) is removed after this time',
        1,
      ),
      keep: z
        .enum(['all', 'rejected', 'none'])
        .default('all')
        .describe(
          'Which contents are kept once their flow is decided, until `retention.payloadDays`: all, those of flows that were not integrated whole, none. The others go within the hour; return flows stay until they are over.',
        ),
    })
    .prefault({})
    .describe('The store of contents.'),
  api: api
    .prefault({})
    .describe('The HTTP API: flows, health; a bearer token in `run.json` opens it.'),
  identity: identity.prefault({}).describe('What the gateway is known by.'),
  metrics: metrics.prefault({}).describe('Health and metrics of a process without the API.'),
  sftp: sftp.prefault({}).describe('The SFTP listener.'),
  as2: as2Settings.prefault({}).describe('The AS2 listeners.'),
  pesit: pesitSettings.prefault({}).describe('PeSIT, on both sides.'),
  intake: intake.prefault({}).describe('What happens when a flow is handed over.'),
  limits: limits
    .prefault({})
    .describe('What a partner may send. An operator may change some per connection.'),
  failedTries: failedTries
    .prefault({})
    .describe(
      'Repeated failed authentications from one address (IPv6: one /64), on all protocols together. A success forgets them, and keeps the address from being turned away for an hour.',
    ),
  pipeline: pipeline.prefault({}).describe('How flows are processed.'),
  antivirus: antivirus.prefault({}).describe('Antivirus, part of the technical checks.'),
  invoices: invoices.prefault({}).describe('How invoices are judged.'),
  directory: directory.prefault({}).describe('The directory of public structures.'),
  report: report.prefault({}).describe('Integration reports.'),
  lifeCycle: lifeCycleSettings.prefault({}).describe('The life cycle of integrated invoices.'),
  delivery: deliverySettings
    .prefault({})
    .describe('How return flows are brought to partners that are called (AS2, PeSIT).'),
  hooks: hookSettings.prefault({}).describe('What is called when something happens to a flow.'),
  alerts: alertSettings.prefault({}).describe('What ops are told of, and how.'),
  retention: retentionSettings
    .prefault({})
    .describe('How long what is finished is kept (docs/backup.md).'),
  signIn: signIn.prefault({}).describe('How people and scripts sign in to the API.'),
  certs: certs.prefault({}).describe("How partners' certificates are checked."),
  connections: connections.prefault({}).describe('What becomes of connection forms.'),
  probe: probe
    .prefault({})
    .describe('`connection probe`: what the gateway may call, and for how long.'),
  mail: mail
    .prefault({})
    .describe('Mails to technical contacts: activation, refusal, end, certificates that expire.'),
  log: log.prefault({}).describe('Logs, on standard error.'),
})

/** Defaults that differ in production, by path (decisions D6, D8). */
export const PRODUCTION_DEFAULTS: Readonly<Record<string, string>> = {
  'report.mode': 'faithful',
  'directory.unknown': 'refuse',
  'certs.unknownRoot': 'refuse',
  'probe.loopback': 'refuse',
  'delivery.privateAddresses': 'refuse',
}

/** Every setting, resolved and immutable. */
export type Config = Readonly<z.output<typeof configSchema>>
export type Role = Config['roles'][number]
