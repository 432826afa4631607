import { z } from 'zod'

/** Settings of PeSIT (reference pesit-e; decisions E3). A connection may have its own of some. */

const port = (fallback: number, what: string) =>
  z.int().min(0).max(65_535).default(fallback).describe(`${what}; 0 = any free port.`)
const seconds = (fallback: number, what: string, minimum = 1) =>
  z.int().min(minimum).max(31_536_000).default(fallback).describe(`${what}, in seconds.`)
const count = (fallback: number, what: string, maximum = 1_000_000) =>
  z.int().min(1).max(maximum).default(fallback).describe(`${what}.`)

const clear = z.strictObject({
  enabled: z
    .boolean()
    .default(false)
    .describe(
      'Listen for PeSIT without TLS too, on this machine only: for tests and captures. Whoever can reach it and knows an identifier is that partner, unless the connection has a password.',
    ),
  port: port(5000, 'Port of the listener without TLS'),
})

const sync = z.strictObject({
  intervalKib: z
    .int()
    .min(0)
    .max(65_535)
    .default(64)
    .describe(
      'Longest distance of two sync points that is granted or proposed, in KiB; 0 = no sync points, 65535 = as the sender likes. [simulated]',
    ),
  window: z
    .int()
    .min(0)
    .max(255)
    .default(2)
    .describe('Sync points that may be without an answer; 0 = none is answered. [simulated]'),
})

export const pesitSettings = z.strictObject({
  enabled: z.boolean().default(true).describe('Listen for PeSIT inside mutual TLS.'),
  host: z.string().default('').describe('Address to bind; empty = that of `host`.'),
  port: port(5001, 'Port of the listener, inside mutual TLS'),
  publicPort: z
    .int()
    .min(0)
    .max(65_535)
    .default(0)
    .describe(
      'Port that forms and kits name, when partners reach the listener by that of a balancer; 0 = the listener’s own.',
    ),
  clear: clear.prefault({}).describe('A second listener, without TLS.'),
  identifiers: z
    .array(z.string().regex(/^[\x21-\x7e]{1,24}$/))
    .min(1)
    .default(['CPP001'])
    .describe(
      'Names of this gateway: what partners call (PI 4); the first is what it calls itself (PI 3) towards them. [simulated]',
    ),
  sync: sync.prefault({}).describe('Sync points.'),
  resynchronisation: z
    .boolean()
    .default(true)
    .describe('Allow RESYN in the data phase, where the partner asks for it (PI 23).'),
  maxEntityBytes: z
    .int()
    .min(512)
    .max(65_535)
    .default(65_535)
    .describe('Longest entity that is granted or proposed (PI 25), in bytes.'),
  maxMessageBytes: z
    .int()
    .min(254)
    .max(65_536)
    .default(4_096)
    .describe('Longest text of a message in all its pieces (PI 91), in bytes.'),
  strictness: z
    .enum(['lenient', 'strict'])
    .default('lenient')
    .describe(
      'lenient: liberties that known products take are let pass and noted in the transcript; strict: the letter of the specification.',
    ),
  preConnection: z
    .enum(['accept', 'refuse'])
    .default('accept')
    .describe('The message that some products send before CONNECT: answer ACK0, or NAK0.'),
  connectSeconds: seconds(30, 'Time to say CONNECT, handshake and pre-connection included'),
  answerSeconds: seconds(60, 'Time for what the partner owes, and for any byte of a transfer'),
  idleSeconds: seconds(300, 'A connection without a file is ended after this time'),
  closeSeconds: seconds(5, 'Time for the partner to close after the last word'),
  restartSeconds: seconds(
    172_800,
    'A transfer that was cut can be taken up again for this long; an unfinished upload itself is kept for `sftp.stagedPartSeconds`',
    60,
  ),
  authenticationFloorMilliseconds: z
    .int()
    .min(0)
    .max(5_000)
    .default(50)
    .describe('A refused CONNECT is answered after at least this time, in milliseconds.'),
  maxConnections: count(500, 'Connections open, at most'),
  maxUnauthenticated: count(100, 'Connections that have not said who they are, at most'),
  maxPerAddress: count(100, 'Connections open from one address, at most'),
  maxNewPerAddressPerSecond: count(50, 'New connections from one address in a second, at most'),
  maxPerConnection: count(16, 'Connections of one partner, at most'),
  balancers: z
    .array(z.string())
    .default([])
    .describe(
      'Addresses or networks of load balancers, whose connections start with a PROXY protocol header (v1 or v2).',
    ),
})

export type PesitSettings = Readonly<z.output<typeof pesitSettings>>
