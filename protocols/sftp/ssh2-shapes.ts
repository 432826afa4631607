import type { KeyObject } from 'node:crypto'
import type { PayloadHandler } from './aes-gcm.ts'

/**
 * What the inside of ssh2 1.17.0 looks like, as far as we touch it: types only, for
 * ssh2-repairs.ts, which checks that it still does. Only `SshProtocol`, `Negotiated` and
 * `TransportHostKey` are for others.
 */

export interface PacketWriter {
  readonly allocStart: number
  alloc(payloadBytes: number): Buffer
  finalize(packet: Buffer): Buffer
}

/** What a key exchange has settled; `cs` = client to server. */
export interface Negotiated {
  kex: string
  readonly serverHostKey: string
  readonly cs: { readonly cipher: string; readonly mac: string }
  readonly sc: { readonly cipher: string; readonly mac: string }
}

export interface KeyExchange {
  readonly negotiated: Negotiated
  remoteExtInfoEnabled: boolean
  hashName: string
  _remoteKexinit: Buffer
  computeSecret(clientInit: Buffer): Buffer | Error
  getPublicKey(): Buffer
  convertPublicKey(key: Buffer): Buffer
  generateKeys(): void
}

/** What the transport calls of ssh2's `Protocol`. */
export interface SshProtocol {
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
  channelExtData(remote: number, data: Buffer, type: number): void
  exitStatus(remote: number, status: number): void
}

export interface Protocol extends SshProtocol {
  /** Our KEXINIT while a key exchange runs. */
  readonly _kexinit: Buffer | undefined
  readonly _packetRW: { readonly write: PacketWriter }
  _kex: KeyExchange | undefined
  _skipNextInboundPacket: boolean
}

export interface CipherConfig {
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

/** A cipher with a MAC of its own beside it. */
export interface MacUser {
  _macKey?: Buffer | KeyObject
}

export interface CryptoModule {
  createCipher: (config: CipherConfig) => object
  createDecipher: (config: CipherConfig) => object
  readonly init: Promise<void>
}

export interface KexModule {
  onKEXPayload: (this: Protocol, state: unknown, payload: Buffer) => number | boolean | undefined
  readonly KexInit: new (lists: object) => object
  readonly HANDLERS: Record<
    number,
    (self: Protocol, payload: Buffer) => number | boolean | undefined
  >
}

export interface WireModule {
  sendPacket(protocol: Protocol, packet: Buffer): boolean
}

/** A host key: what ssh2 asks of one. */
export interface TransportHostKey {
  readonly type: string
  getPublicSSH(): Buffer
  /** DER for ECDSA. `hash` is given for RSA. */
  sign(data: Buffer, hash: 'sha256' | 'sha512' | undefined): Buffer | Error
}
