import type * as Ssh2 from 'ssh2'
import { createSecretKey } from 'node:crypto'
import { createRequire } from 'node:module'
import { dirname, join, sep } from 'node:path'
import { AesGcmOpener, AesGcmSealer, type AesGcmKeys, type PayloadHandler } from './aes-gcm.ts'
import { choose, type AlgorithmOffer, type KexInitLists } from './algorithms.ts'
import { MESSAGE_KEXINIT, readKexInit, withKexNames } from './kex-init.ts'
import { answerHybrid, MLKEM_KEX, testHybrid } from './mlkem-kex.ts'
import type {
  CipherConfig,
  CryptoModule,
  KexModule,
  KeyExchange,
  MacUser,
  Protocol,
  SshProtocol,
  TransportHostKey,
  WireModule,
} from './ssh2-shapes.ts'

/**
 * The one file that knows ssh2 from the inside. It loads ssh2's parts in an order that lets it
 * replace some, and is the only way to ssh2 in this program: import `Client` from here too.
 *
 * Of ssh2's server we take the transport alone: `Protocol` (identification, key exchange,
 * ciphers, message codec), behind ssh-transport.ts. Users, channels and windows are ours: ssh2's
 * server refills every window whatever happens and lets a client ignore it (reference sftp §7).
 *
 * Replaced: the AES-GCM pair (aes-gcm.ts), for both roles; the native addon is never used, built
 * or not. Added: `mlkem768x25519-sha256`. Put right: the list in EXT_INFO.
 */

const VERSION = '1.17.0'

// --- loading, in order -----------------------------------------------------------------------

const require = createRequire(import.meta.url)
const folder = dirname(require.resolve('ssh2'))

function refuse(what: string): never {
  throw new Error(
    `ssh2 cannot be repaired: ${what}. Raccord needs ssh2 ${VERSION} exactly, loaded by protocols/sftp/ssh2-repairs.ts only; run npm ci.`,
  )
}

if (Object.keys(require.cache).some((path) => path.startsWith(folder + sep))) {
  refuse('it was loaded before')
}
const found = (require(join(folder, '..', 'package.json')) as { readonly version: string }).version
if (found !== VERSION) refuse(`version ${found} is installed`)

const load = (path: string): unknown => require(join(folder, 'protocol', path))
const crypto = load('crypto.js') as CryptoModule
repairCiphers(crypto)
const kex = load('kex.js') as KexModule
repairKeyExchange(kex)
const wire = load('utils.js') as WireModule
const ProtocolClass = load('Protocol.js') as new (config: object) => Protocol
if (typeof wire.sendPacket !== 'function' || typeof kex.KexInit !== 'function') {
  refuse('its parts are not what they were')
}
const ssh2 = require('ssh2') as typeof Ssh2

/** ssh2's client, for the partner's side, with the same ciphers. */
export const Client: typeof Ssh2.Client = ssh2.Client
/** Reads the private key formats that node:crypto does not. */
export const parseKey: typeof Ssh2.utils.parseKey = ssh2.utils.parseKey
/** Resolves when ssh2 can encrypt; before it no `SshTransport` may be made. */
export const isReady: Promise<void> = crypto.init

// --- ciphers ---------------------------------------------------------------------------------

/** AES-GCM under the names ssh2 calls: sequence numbers live on the object. */
class GcmCipher {
  outSeqno: number
  readonly #sealer: AesGcmSealer

  constructor(config: CipherConfig['outbound']) {
    this.outSeqno = config.seqno
    this.#sealer = new AesGcmSealer(
      keysOf(config.cipherInfo.sslName, config.cipherKey, config.cipherIV),
      config.onWrite,
    )
  }

  allocPacket(payloadBytes: number): Buffer {
    return this.#sealer.packetFor(payloadBytes)
  }

  encrypt(packet: Buffer): void {
    if (this.#sealer.seal(packet)) this.outSeqno = (this.outSeqno + 1) >>> 0
  }

  free(): void {
    this.#sealer.free()
  }
}

class GcmDecipher {
  inSeqno: number
  /** Set anew by ssh2 when a key exchange begins. */
  _onPayload: PayloadHandler
  readonly #opener: AesGcmOpener

  constructor(config: CipherConfig['inbound']) {
    this.inSeqno = config.seqno
    this._onPayload = config.onPayload
    this.#opener = new AesGcmOpener(
      keysOf(config.decipherInfo.sslName, config.decipherKey, config.decipherIV),
      (payload) => {
        this.inSeqno = (this.inSeqno + 1) >>> 0
        return this._onPayload(payload)
      },
    )
  }

  decrypt(data: Buffer, position: number, end: number): number | undefined {
    return this.#opener.open(data, position, end)
  }

  free(): void {
    this.#opener.free()
  }
}

function isGcm(name: string): name is AesGcmKeys['cipher'] {
  return name === 'aes-128-gcm' || name === 'aes-256-gcm'
}

function keysOf(cipher: string, key: Buffer, iv: Buffer): AesGcmKeys {
  if (!isGcm(cipher)) refuse(`${cipher} is no AES-GCM`)
  return { cipher, key, iv }
}

function repairCiphers(module: CryptoModule): void {
  const { createCipher, createDecipher } = module
  if (typeof createCipher !== 'function' || typeof createDecipher !== 'function') {
    refuse('its ciphers are not where they were')
  }
  module.createCipher = (config) => {
    if (isGcm(config.outbound.cipherInfo.sslName)) return new GcmCipher(config.outbound)
    config.outbound.forceNative = true // ssh2's word for "without the addon"
    return withImportedKey(createCipher(config))
  }
  module.createDecipher = (config) => {
    if (isGcm(config.inbound.decipherInfo.sslName)) return new GcmDecipher(config.inbound)
    config.inbound.forceNative = true
    return withImportedKey(createDecipher(config))
  }
}

/** CTR and CBC: ssh2's own objects import the raw key of the MAC for each packet; here it is done once. */
function withImportedKey(cipher: MacUser): object {
  if (Buffer.isBuffer(cipher._macKey)) cipher._macKey = createSecretKey(cipher._macKey)
  return cipher
}

// --- key exchange ----------------------------------------------------------------------------

/** What ssh2 reports nowhere: the packets of a key exchange. */
export interface KexWatch {
  readonly offer: AlgorithmOffer
  readonly onPacket: () => void
  /** A well-formed KEXINIT of the client, before ssh2 takes it. */
  readonly onKexInit: (lists: KexInitLists) => void
}

const watches = new WeakMap<Protocol, KexWatch>()

function repairKeyExchange(module: KexModule): void {
  const { onKEXPayload } = module
  const handleKexInit = module.HANDLERS[MESSAGE_KEXINIT]
  if (typeof onKEXPayload !== 'function' || typeof handleKexInit !== 'function') {
    refuse('its key exchange is not where it was')
  }
  module.onKEXPayload = function (state, payload) {
    const watch = watches.get(this)
    watch?.onPacket()
    if (watch === undefined || payload[0] !== MESSAGE_KEXINIT || this._skipNextInboundPacket) {
      return onKEXPayload.call(this, state, payload)
    }
    return takeKexInit(this, watch, payload, (seen) => onKEXPayload.call(this, state, seen))
  }
  module.HANDLERS[MESSAGE_KEXINIT] = (self, payload) => {
    const watch = watches.get(self)
    if (watch === undefined) return handleKexInit(self, payload)
    return takeKexInit(self, watch, payload, (seen) => handleKexInit(self, seen))
  }
}

/**
 * Lets ssh2 take the client's KEXINIT. When the hybrid exchange is what the two lists give, ssh2
 * sees curve25519 in its place, and the exchange object it makes is then taught the hybrid: its
 * curve25519 has the same messages and hash. The exchange hash is over the true KEXINIT.
 */
function takeKexInit(
  self: Protocol,
  watch: KexWatch,
  payload: Buffer,
  take: (payload: Buffer) => number | boolean | undefined,
): number | boolean | undefined {
  const lists = readKexInit(payload)
  if (lists === undefined) return take(payload)
  watch.onKexInit(lists)
  const isHybrid = choose(lists.kex, watch.offer.kex) === MLKEM_KEX
  const before = self._kex
  const answer = take(isHybrid ? withKexNames(payload, classicNames(lists.kex)) : payload)
  const exchange = self._kex
  if (exchange === undefined || exchange === before) return answer
  exchange.remoteExtInfoEnabled = false // we send a correct one ourselves
  if (isHybrid) teachHybrid(exchange, payload)
  if (lists.firstKexFollows && lists.hostKey[0] !== exchange.negotiated.serverHostKey) {
    self._skipNextInboundPacket = true // RFC 4253 §7: a guess is also wrong by its host key
  }
  return answer
}

/** The same names with curve25519 where the hybrid stands, and no other curve25519. */
function classicNames(names: readonly string[]): string[] {
  const classic = 'curve25519-sha256'
  return names
    .filter((name) => name !== classic)
    .map((name) => (name === MLKEM_KEX ? classic : name))
}

function teachHybrid(exchange: KeyExchange, payload: Buffer): void {
  let reply: Buffer = Buffer.alloc(0)
  exchange.negotiated.kex = MLKEM_KEX
  exchange._remoteKexinit = payload
  exchange.generateKeys = () => {}
  exchange.convertPublicKey = (key) => key
  exchange.getPublicKey = () => reply
  exchange.computeSecret = (clientInit) => {
    try {
      const answer = answerHybrid(clientInit)
      reply = answer.reply
      return answer.secret
    } catch (cause) {
      return cause instanceof Error ? cause : new Error(String(cause))
    }
  }
}

/**
 * Says whether `mlkem768x25519-sha256` works here: the arithmetic of this Node, and the exchange
 * object of ssh2 that is taught it.
 * @throws Error with what is missing; then offer without it
 */
export function testPostQuantum(): void {
  testHybrid()
  const offer: AlgorithmOffer = {
    kex: [MLKEM_KEX, 'curve25519-sha256'],
    hostKey: ['ssh-ed25519'],
    cipher: ['aes128-gcm@openssh.com'],
    mac: ['hmac-sha2-256'],
    compression: ['none'],
  }
  const watch: KexWatch = { offer, onPacket: () => {}, onKexInit: () => {} }
  const callbacks = { onWrite: () => {}, onError: () => {} }
  const protocol: Protocol = createProtocol({ watch, hostKeys: {}, ident: 'test', callbacks })
  const ident = Buffer.from('SSH-2.0-test\r\n')
  protocol.parse(ident, 0, ident.length)
  const own = protocol._kexinit
  if (own === undefined || readKexInit(own)?.kex[0] !== MLKEM_KEX) throw new Error('no KEXINIT')
  const padding = 8 + 8 - ((4 + 1 + own.length + 8) % 8)
  const head = Buffer.alloc(5)
  head.writeUInt32BE(1 + own.length + padding)
  head[4] = padding
  const packet = Buffer.concat([head, own, Buffer.alloc(padding)])
  protocol.parse(packet, 0, packet.length)
  if (protocol._kex?.negotiated.kex !== MLKEM_KEX || protocol._kex.hashName !== 'sha256') {
    throw new Error('the exchange was not taken over')
  }
  protocol.cleanup()
}

// --- what the transport is made of ----------------------------------------------------------

/** ssh2's transport for one connection, server's side, on our terms. */
export function createProtocol(options: {
  readonly watch: KexWatch
  readonly hostKeys: Readonly<Record<string, TransportHostKey>>
  readonly ident: string
  /** ssh2's own callbacks and its table of message handlers. */
  readonly callbacks: object
}): Protocol {
  const { offer } = options.watch
  const direction = { cipher: offer.cipher, mac: offer.mac, compress: offer.compression, lang: [] }
  const protocol = new ProtocolClass({
    server: true,
    hostKeys: options.hostKeys,
    ident: options.ident,
    offer: new kex.KexInit({
      // The marker against CVE-2023-48795 (Terrapin), which ssh2 understands.
      kex: [...offer.kex, 'kex-strict-s-v00@openssh.com'],
      serverHostKey: offer.hostKey,
      cs: direction,
      sc: direction,
    }),
    ...options.callbacks,
  })
  watches.set(protocol, options.watch)
  return protocol
}

/** A key exchange runs: ssh2 queues everything else until it is through. */
export function isExchangingKeys(protocol: SshProtocol): boolean {
  return (protocol as Protocol)._kexinit !== undefined
}

/**
 * Sends a message that ssh2 has no method for, or not the right one.
 * @param write puts `bytes` bytes of message into `packet` from `start`, at once
 */
export function sendMessage(
  protocol: SshProtocol,
  bytes: number,
  write: (packet: Buffer, start: number) => void,
): void {
  const writer = (protocol as Protocol)._packetRW.write
  const packet = writer.alloc(bytes)
  write(packet, writer.allocStart)
  wire.sendPacket(protocol as Protocol, writer.finalize(packet))
}
