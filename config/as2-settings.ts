import { z } from 'zod'

/** Settings `as2.*`: the AS2 listeners. What holds for one connection: gateway/connections/as2-overrides.ts. */

const port = (fallback: number, what: string) =>
  z.int().min(0).max(65_535).default(fallback).describe(`${what}; 0 = any free port.`)
const seconds = (fallback: number, what: string, minimum = 0) =>
  z.int().min(minimum).max(31_536_000).default(fallback).describe(`${what}, in seconds.`)
const count = (fallback: number, what: string, maximum = 1_000_000) =>
  z.int().min(1).max(maximum).default(fallback).describe(`${what}.`)

const settings = z.strictObject({
  enabled: z.boolean().default(true).describe('Listen for AS2.'),
  host: z.string().default('').describe('Address to bind; empty = that of `host`.'),
  port: port(8081, 'Port of AS2 over http: messages are signed and encrypted themselves'),
  https: z.boolean().default(true).describe('Listen for AS2 over https, too.'),
  httpsPort: port(8444, 'Port of AS2 over https'),
  tls: z
    .enum(['own', 'files'])
    .default('own')
    .describe(
      'Certificate of AS2 over https: own (the one of the API, of the gateway’s own authority; it signs and decrypts no message), files (`as2.certificateFile` and `as2.keyFile`).',
    ),
  certificateFile: z
    .string()
    .default('')
    .describe('Certificate of AS2 over https and its chain, PEM; read again when it changes.'),
  keyFile: z.string().default('').describe('Its private key, PEM.'),
  legacy: z
    .boolean()
    .default(false)
    .describe(
      'Listen on `as2.legacyPort` too, with an HTTP parser that takes folded headers and lines that end in LF alone. Never behind a proxy: what such a parser takes for one request may be two to another.',
    ),
  legacyPort: port(8082, 'Port of that listener'),
  path: z
    .string()
    .regex(/^\/[\w./~-]{0,200}$/)
    .default('/as2')
    .describe('Path that messages are posted to. [simulated]'),
  publicPort: z
    .int()
    .min(0)
    .max(65_535)
    .default(0)
    .describe(
      'Port of AS2 over http that forms and kits name, when partners reach it by that of a balancer; 0 = the listener’s own.',
    ),
  publicHttpsPort: z.int().min(0).max(65_535).default(0).describe('The same of AS2 over https.'),
  authenticationFloorMilliseconds: z
    .int()
    .min(0)
    .max(5_000)
    .default(50)
    .describe(
      'A message whose sender is not proved is answered at least this time after its last byte, in milliseconds.',
    ),
  headersSeconds: seconds(30, 'Time to send the headers of a request, TLS included', 1),
  idleSeconds: seconds(120, 'A connection without a byte in or out is cut after this time', 1),
  keepAliveSeconds: seconds(15, 'A connection waits so long for its next request', 1),
  minBytesPerSecond: z
    .int()
    .min(0)
    .max(1_000_000_000)
    .default(1_024)
    .describe('A body that comes slower than this over half a minute is cut; 0 = never.'),
  maxHeaderBytes: z
    .int()
    .min(4_096)
    .max(1_048_576)
    .default(16_384)
    .describe('Headers of one request, together, in bytes.'),
  maxUnauthenticated: count(100, 'Connections that have not named a partner yet, at most'),
  maxPerAddress: count(50, 'Connections open from one address, at most'),
  maxNewPerAddressPerSecond: count(100, 'New connections from one address in a second, at most'),
  maxPerConnection: count(16, 'Messages of one partner connection at a time, at most'),
  balancers: z
    .array(z.string())
    .default([])
    .describe(
      'Addresses or networks of load balancers, whose connections start with a PROXY protocol header (v1 or v2).',
    ),
  maxCompressionRatio: count(200, 'A compressed message may grow so many times', 1_032),
  rememberSeconds: seconds(
    7_776_000,
    'Message-IDs and the receipts given for them are remembered for this long',
    60,
  ),
  receiptAttempts: count(8, 'Tries to post an asynchronous receipt', 100),
  receiptRetrySeconds: seconds(300, 'Wait after the first failed try; it doubles', 1),
  receiptTimeoutSeconds: seconds(60, 'One try may take this long', 1),
  threads: count(1, 'Threads for private keys and for 3DES', 64),
})

export const as2Settings = settings.superRefine((as2, context) => {
  for (const name of ['certificateFile', 'keyFile'] as const) {
    if (as2.tls === 'files' && as2[name] === '') {
      const message = 'wants a file: as2.tls is files'
      context.addIssue({ code: 'custom', path: [name], message })
    }
  }
})
