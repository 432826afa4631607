import type * as Ssh2 from 'ssh2'
import { createRequire } from 'node:module'
import { dirname, join, sep } from 'node:path'
import { AesGcmOpener, AesGcmSealer, type AesGcmKeys, type PayloadHandler } from './aes-gcm.ts'
import {
  choose,
  mismatchOf,
  USER_KEY_ALGORITHMS,
  type AlgorithmMismatch,
  type AlgorithmOffer,
  type KexInitLists,
} from './algorithms.ts'
import { answerHybrid, MLKEM_KEX, testHybrid } from './mlkem-kex.ts'

/**
 * The one file that knows ssh2 from the inside. It loads ssh2's parts in an order that lets it
 * replace some, and is the only way to ssh2 in this program: import `Client` from here too.
 *
 * Of ssh2's server we take the transport alone: `Protocol` (identification, key exchange,
 * ciphers, message codec). Users, channels and windows are ours, in ssh-session.ts: ssh2's own
 * server refills every window whatever happens and lets a client ignore it (reference sftp §7).
 *
 * Replaced: the AES-GCM pair (aes-gcm.ts), for both roles; the native addon is never used, built
 * or not. Added: `mlkem768x25519-sha256`. Put right: the list in EXT_INFO.
 */

const VERSION = '1.17.0'
const MESSAGE_EXT_INFO = 7
const MESSAGE_KEXINIT = 20
const MESSAGE_CHANNEL_DATA = 94

// --- the shapes we rely on -------------------------------------------------------------------

interface PacketWriter {
  readonly allocStart: number
  alloc(payloadBytes: number): Buffer
  finalize(packet: Buffer): Buffer
}

interface KeyExchange {
  negotiated: { kex: string; serverHostKey: string; cs: Direction; sc: Direction }
  remoteExtInfoEnabled: boolean
  hashName: string
  _remoteKexinit: Buffer
  computeSecret(clientInit: Buffer): Buffer | Error
  getPublicKey(): Buffer
  convertPublicKey(key: Buffer): Buffer
  generateKeys(): void
}

interface Direction {
  readonly cipher: string
  readonly mac: string
}

interface Protocol {
  readonly _server: boolean
  readonly _kexinit: Buffer | undefined
  readonly _packetRW: { readonly write: PacketWriter }
  _kex: KeyExchange | undefined
  _skipNextInboundPacket: boolean
  start(): void
  parse(chunk: Buffer, start: number, end: number): void
  cleanup(): void
  disconnect(reason: number): void
  rekey(): void
  ping(): void
  requestFailure(): void
  serviceAccept(name: string): void
  authFailure(methods: readonly string[]): void
  authPKOK(algorithm: string, key: Buffer): void
  authSuccess(): void
  channelOpenConfirm(remote: number, local: number, window: number, packet: number): void
  channelOpenFail(remote: number, reason: number, description: string): void
  channelSuccess(remote: number): void
  channelFailure(remote: number): void
  channelWindowAdjust(remote: number, bytes: number): void
  channelEOF(remote: number): void
  channelClose(remote: number): void
  exitStatus(remote: number, status: number): void
}

interface CipherConfig {
  readonly outbound: {
    readonly seqno: number
    readonly cipherInfo: { readonly sslName: string }
    readonly cipherKey: Buffer
    readonly cipherIV: Buffer
    readonly onWrite: (bytes: Uint8Array) => void
    forceNative?: boolean
  }
  readonly inbound: {
    readonly seqno: number
    readonly decipherInfo: { readonly sslName: string }
    readonly decipherKey: Buffer
    readonly decipherIV: Buffer
    readonly onPayload: PayloadHandler
    forceNative?: boolean
  }
}

interface CryptoModule {
  createCipher: (config: CipherConfig) => unknown
  createDecipher: (config: CipherConfig) => unknown
  readonly init: Promise<void>
}

interface KexModule {
  onKEXPayload: (this: Protocol, state: unknown, payload: Buffer) => number | boolean | undefined
  readonly KexInit: new (lists: object) => object
  readonly HANDLERS: Record<
    number,
    (self: Protocol, payload: Buffer) => number | boolean | undefined
  >
}

interface WireModule {
  sendPacket(protocol: Protocol, packet: Buffer): boolean
}

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
    return createCipher(config)
  }
  module.createDecipher = (config) => {
    if (isGcm(config.inbound.decipherInfo.sslName)) return new GcmDecipher(config.inbound)
    config.inbound.forceNative = true
    return createDecipher(config)
  }
}

// --- key exchange ----------------------------------------------------------------------------

/** The first packets of a session, which ssh2 reports nowhere. */
interface KexWatch {
  readonly offer: AlgorithmOffer
  readonly onPacket: () => void
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
  const answer = take(isHybrid ? withoutHybrid(payload, lists.kex) : payload)
  const exchange = self._kex
  if (exchange === undefined || exchange === before) return answer
  exchange.remoteExtInfoEnabled = false // we send a correct one ourselves
  if (isHybrid) teachHybrid(exchange, payload)
  if (lists.firstKexFollows && lists.hostKey[0] !== exchange.negotiated.serverHostKey) {
    self._skipNextInboundPacket = true // RFC 4253 §7: a guess is also wrong by its host key
  }
  return answer
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

/** The same KEXINIT with curve25519 where the hybrid stood, and no other curve25519. */
function withoutHybrid(payload: Buffer, names: readonly string[]): Buffer {
  const classic = 'curve25519-sha256'
  const kept = names.filter((name) => name !== classic)
  const list = Buffer.from(kept.map((name) => (name === MLKEM_KEX ? classic : name)).join(','))
  const length = Buffer.alloc(4)
  length.writeUInt32BE(list.length)
  const rest = payload.subarray(
    KEXINIT_LISTS_OFFSET + 4 + payload.readUInt32BE(KEXINIT_LISTS_OFFSET),
  )
  return Buffer.concat([payload.subarray(0, KEXINIT_LISTS_OFFSET), length, list, rest])
}

/** Type and cookie come before the lists (RFC 4253 §7.1). */
const KEXINIT_LISTS_OFFSET = 17
const KEXINIT_LISTS = 10

/** @returns undefined when the message is malformed */
export function readKexInit(payload: Buffer): KexInitLists | undefined {
  const lists: string[][] = []
  let at = KEXINIT_LISTS_OFFSET
  for (let index = 0; index < KEXINIT_LISTS; index += 1) {
    if (at + 4 > payload.length) return undefined
    const end = at + 4 + payload.readUInt32BE(at)
    if (end > payload.length) return undefined
    lists.push(end === at + 4 ? [] : payload.toString('latin1', at + 4, end).split(','))
    at = end
  }
  const [kex, hostKey, cipherIn, cipherOut, macIn, macOut, compressionIn, compressionOut] = lists
  return {
    kex: kex!,
    hostKey: hostKey!,
    cipherIn: cipherIn!,
    cipherOut: cipherOut!,
    macIn: macIn!,
    macOut: macOut!,
    compressionIn: compressionIn!,
    compressionOut: compressionOut!,
    firstKexFollows: payload[at] === 1,
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
  const protocol = makeProtocol(offer, {}, 'test', { onWrite: () => {}, onError: () => {} })
  watches.set(protocol, { offer, onPacket: () => {}, onKexInit: () => {} })
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

// --- the transport ---------------------------------------------------------------------------

/** A host key: what ssh2 asks of one. */
export interface TransportHostKey {
  readonly type: string
  getPublicSSH(): Buffer
  /** DER for ECDSA. `hash` is given for RSA. */
  sign(data: Buffer, hash: 'sha256' | 'sha512' | undefined): Buffer | Error
}

export interface NegotiatedAlgorithms {
  readonly kex: string
  readonly hostKey: string
  /** Client to us. */
  readonly cipherIn: string
  readonly cipherOut: string
  /** Empty with AES-GCM. */
  readonly macIn: string
  readonly macOut: string
}

export interface AuthenticationRequest {
  readonly user: string
  readonly service: string
  readonly method: string
  /** Only for `publickey`. */
  readonly key?: {
    /** As the client named it: `rsa-sha2-512`. */
    readonly algorithm: string
    readonly blob: Buffer
    /** Absent in a probe. DER for ECDSA. */
    readonly signature?: Buffer
    /** What the signature is over. */
    readonly signed?: Buffer
  }
}

/** What arrives. Exceptions leave through `parse`. */
export interface TransportHandlers {
  /** Packets for the network, in order. */
  onWrite(bytes: Uint8Array): void
  /** The transport is unusable after it. */
  onError(error: Error): void
  /** `SSH-2.0-…`, before anything else. */
  onIdent(ident: string): void
  /** Each packet of the client, from the first. */
  onPacket(): void
  /** The client's first KEXINIT shares nothing of one kind with ours; `onError` follows. */
  onMismatch(mismatch: AlgorithmMismatch): void
  /** New keys are in use, the first time and after each rekeying. */
  onKeys(algorithms: NegotiatedAlgorithms): void
  onDisconnect(reason: number, text: string): void
  onServiceRequest(name: string): void
  onAuthentication(request: AuthenticationRequest): void
  onGlobalRequest(name: string, wantsReply: boolean): void
  onPingAnswered(): void
  onChannelOpen(open: ChannelOpening): void
  onChannelData(channel: number, data: Buffer): void
  onChannelWindow(channel: number, bytes: number): void
  onChannelEof(channel: number): void
  onChannelClose(channel: number): void
  /** `argument`: the name of a subsystem, else empty. */
  onChannelRequest(channel: number, type: string, wantsReply: boolean, argument: string): void
}

export interface ChannelOpening {
  readonly type: string
  readonly sender: number
  readonly window: number
  readonly packetSize: number
}

export interface TransportOptions {
  readonly offer: AlgorithmOffer
  /** By algorithm name; an RSA key stands under both of its names. */
  readonly hostKeys: Readonly<Record<string, TransportHostKey>>
  /** What follows `SSH-2.0-`. */
  readonly ident: string
  readonly handlers: TransportHandlers
}

interface PublicKeyData {
  readonly keyAlgo: string | undefined
  readonly key: Buffer | undefined
  readonly signature?: Buffer
  readonly blob?: Buffer
  readonly hashAlgo?: 'sha256' | 'sha512'
}

const RSA_NAMES = { sha256: 'rsa-sha2-256', sha512: 'rsa-sha2-512' } as const

/** The server's side of one SSH transport (RFC 4253), and the messages of RFC 4252 and 4254. */
export class SshTransport {
  readonly #protocol: Protocol
  #wantsExtInfo = false
  #hasKeys = false

  constructor(options: TransportOptions) {
    const { handlers, offer } = options
    this.#protocol = makeProtocol(offer, options.hostKeys, options.ident, {
      onWrite: (bytes: Uint8Array) => handlers.onWrite(bytes),
      onError: (error: Error) => handlers.onError(error),
      onHeader: (header: { readonly identRaw: string }) => handlers.onIdent(header.identRaw),
      onPacket: () => handlers.onPacket(),
      onHandshakeComplete: (negotiated: KeyExchange['negotiated']) => {
        if (!this.#hasKeys && this.#wantsExtInfo) this.#sendExtInfo()
        this.#hasKeys = true
        handlers.onKeys(describe(negotiated))
      },
      messageHandlers: messageHandlers(handlers),
    })
    watches.set(this.#protocol, {
      offer,
      onPacket: () => handlers.onPacket(),
      onKexInit: (lists) => {
        if (this.#hasKeys) return
        this.#wantsExtInfo = lists.kex.includes('ext-info-c')
        const mismatch = mismatchOf(lists, offer)
        if (mismatch !== undefined) handlers.onMismatch(mismatch)
      },
    })
  }

  /** Sends our identification. */
  start(): void {
    this.#protocol.start()
  }

  /** @throws Error when the client breaks the protocol; and whatever a handler throws */
  parse(chunk: Buffer): void {
    this.#protocol.parse(chunk, 0, chunk.length)
  }

  /** Nothing but key exchange messages may go out now: channel data has to wait. */
  get isExchangingKeys(): boolean {
    return this.#protocol._kexinit !== undefined
  }

  rekey(): void {
    if (!this.isExchangingKeys) this.#protocol.rekey()
  }

  ping(): void {
    this.#protocol.ping()
  }

  /** Reason: RFC 4253 §11.1. */
  disconnect(reason: number): void {
    this.#protocol.disconnect(reason)
  }

  /** Frees it; nothing may be sent or parsed afterwards. */
  dispose(): void {
    this.#protocol.cleanup()
  }

  acceptService(name: string): void {
    this.#protocol.serviceAccept(name)
  }

  refuseAuthentication(methodsLeft: readonly string[]): void {
    this.#protocol.authFailure(methodsLeft)
  }

  acceptKey(algorithm: string, blob: Buffer): void {
    this.#protocol.authPKOK(algorithm, blob)
  }

  acceptAuthentication(): void {
    this.#protocol.authSuccess()
  }

  refuseGlobalRequest(): void {
    this.#protocol.requestFailure()
  }

  confirmChannel(remote: number, local: number, window: number, packetSize: number): void {
    this.#protocol.channelOpenConfirm(remote, local, window, packetSize)
  }

  /** Reason: RFC 4254 §5.1. */
  refuseChannel(remote: number, reason: number): void {
    this.#protocol.channelOpenFail(remote, reason, '')
  }

  answerChannelRequest(remote: number, isDone: boolean): void {
    if (isDone) this.#protocol.channelSuccess(remote)
    else this.#protocol.channelFailure(remote)
  }

  adjustWindow(remote: number, bytes: number): void {
    this.#protocol.channelWindowAdjust(remote, bytes)
  }

  sendExitStatus(remote: number, status: number): void {
    this.#protocol.exitStatus(remote, status)
  }

  sendEof(remote: number): void {
    this.#protocol.channelEOF(remote)
  }

  sendClose(remote: number): void {
    this.#protocol.channelClose(remote)
  }

  /** One packet of channel data made of parts, together `bytes` long. Copies: they are free after. */
  sendData(remote: number, parts: readonly Uint8Array[], bytes: number): void {
    const { write } = this.#protocol._packetRW
    let at = write.allocStart
    const packet = write.alloc(9 + bytes)
    packet[at] = MESSAGE_CHANNEL_DATA
    packet.writeUInt32BE(remote, at + 1)
    packet.writeUInt32BE(bytes, at + 5)
    at += 9
    for (const part of parts) {
      packet.set(part, at)
      at += part.length
    }
    wire.sendPacket(this.#protocol, write.finalize(packet))
  }

  #sendExtInfo(): void {
    const name = 'server-sig-algs'
    const value = USER_KEY_ALGORITHMS.join(',')
    const { write } = this.#protocol._packetRW
    const packet = write.alloc(1 + 4 + 4 + name.length + 4 + value.length)
    packet[write.allocStart] = MESSAGE_EXT_INFO
    let at = packet.writeUInt32BE(1, write.allocStart + 1)
    for (const text of [name, value]) {
      at = packet.writeUInt32BE(text.length, at)
      at += packet.write(text, at, 'latin1')
    }
    wire.sendPacket(this.#protocol, write.finalize(packet))
  }
}

function makeProtocol(
  offer: AlgorithmOffer,
  hostKeys: Readonly<Record<string, TransportHostKey>>,
  ident: string,
  callbacks: object,
): Protocol {
  const direction = { cipher: offer.cipher, mac: offer.mac, compress: offer.compression, lang: [] }
  return new ProtocolClass({
    server: true,
    hostKeys,
    ident,
    offer: new kex.KexInit({
      // The marker against CVE-2023-48795 (Terrapin), which ssh2 understands.
      kex: [...offer.kex, 'kex-strict-s-v00@openssh.com'],
      serverHostKey: offer.hostKey,
      cs: direction,
      sc: direction,
    }),
    ...callbacks,
  })
}

/** The table ssh2 calls for each message that it has decoded. */
function messageHandlers(handlers: TransportHandlers): object {
  return {
    DISCONNECT: (_: unknown, reason: number, text: string) => handlers.onDisconnect(reason, text),
    SERVICE_REQUEST: (_: unknown, name: string) => handlers.onServiceRequest(name),
    USERAUTH_REQUEST: (
      _: unknown,
      user: string,
      service: string,
      method: string,
      data: PublicKeyData | null,
    ) => handlers.onAuthentication(authenticationRequest(user, service, method, data)),
    GLOBAL_REQUEST: (_: unknown, name: string, wantsReply: boolean) =>
      handlers.onGlobalRequest(name, wantsReply),
    REQUEST_SUCCESS: () => handlers.onPingAnswered(),
    REQUEST_FAILURE: () => handlers.onPingAnswered(),
    CHANNEL_OPEN: (_: unknown, open: ChannelOpening) => handlers.onChannelOpen(open),
    CHANNEL_DATA: (_: unknown, channel: number, data: Buffer) =>
      handlers.onChannelData(channel, data),
    CHANNEL_WINDOW_ADJUST: (_: unknown, channel: number, bytes: number) =>
      handlers.onChannelWindow(channel, bytes),
    CHANNEL_EOF: (_: unknown, channel: number) => handlers.onChannelEof(channel),
    CHANNEL_CLOSE: (_: unknown, channel: number) => handlers.onChannelClose(channel),
    CHANNEL_REQUEST: (
      _: unknown,
      channel: number,
      type: string,
      wantsReply: boolean,
      data: unknown,
    ) =>
      handlers.onChannelRequest(
        channel,
        type,
        wantsReply,
        type === 'subsystem' ? String(data) : '',
      ),
  }
}

function authenticationRequest(
  user: string,
  service: string,
  method: string,
  data: PublicKeyData | null,
): AuthenticationRequest {
  if (method !== 'publickey' || data?.keyAlgo === undefined || data.key === undefined) {
    return { user, service, method }
  }
  const algorithm = data.hashAlgo === undefined ? data.keyAlgo : RSA_NAMES[data.hashAlgo]
  const { key: blob, signature, blob: signed } = data
  return {
    user,
    service,
    method,
    key: {
      algorithm,
      blob,
      ...(signature === undefined || signed === undefined ? {} : { signature, signed }),
    },
  }
}

function describe(negotiated: KeyExchange['negotiated']): NegotiatedAlgorithms {
  return {
    kex: negotiated.kex,
    hostKey: negotiated.serverHostKey,
    cipherIn: negotiated.cs.cipher,
    cipherOut: negotiated.sc.cipher,
    macIn: negotiated.cs.mac,
    macOut: negotiated.sc.mac,
  }
}
