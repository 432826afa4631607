import {
  mismatchOf,
  USER_KEY_ALGORITHMS,
  type AlgorithmMismatch,
  type AlgorithmOffer,
} from './algorithms.ts'
import { createProtocol, isExchangingKeys, sendMessage } from './ssh2-repairs.ts'
import type { Negotiated, SshProtocol, TransportHostKey } from './ssh2-shapes.ts'

/** Reasons to disconnect (RFC 4253 §11.1). */
export const DISCONNECT = {
  serviceNotAvailable: 7,
  byApplication: 11,
  tooManyConnections: 12,
  noMoreMethods: 14,
} as const

/** Reasons to refuse a channel (RFC 4254 §5.1). */
export const CHANNEL_REFUSED = { prohibited: 1, unknownType: 3, resourceShortage: 4 } as const

/** RFC 8308 §2.3. */
const MESSAGE_EXT_INFO = 7
/** RFC 4254 §9. */
/** RFC 4254 §5.2. */
const EXTENDED_DATA_STDERR = 1
const MESSAGE_CHANNEL_DATA = 94

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
  readonly #protocol: SshProtocol
  #wantsExtInfo = false
  #hasKeys = false

  constructor(options: TransportOptions) {
    const { handlers, offer } = options
    this.#protocol = createProtocol({
      hostKeys: options.hostKeys,
      ident: options.ident,
      watch: {
        offer,
        onPacket: () => handlers.onPacket(),
        onKexInit: (lists) => {
          if (this.#hasKeys) return
          this.#wantsExtInfo = lists.kex.includes('ext-info-c')
          const mismatch = mismatchOf(lists, offer)
          if (mismatch !== undefined) handlers.onMismatch(mismatch)
        },
      },
      callbacks: {
        onWrite: (bytes: Uint8Array) => handlers.onWrite(bytes),
        onError: (error: Error) => handlers.onError(error),
        onHeader: (header: { readonly identRaw: string }) => handlers.onIdent(header.identRaw),
        onPacket: () => handlers.onPacket(),
        onHandshakeComplete: (negotiated: Negotiated) => {
          if (!this.#hasKeys && this.#wantsExtInfo) this.#sendExtInfo()
          this.#hasKeys = true
          handlers.onKeys(describe(negotiated))
        },
        messageHandlers: messageHandlers(handlers),
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
    return isExchangingKeys(this.#protocol)
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
    sendMessage(this.#protocol, 9 + bytes, (packet, start) => {
      packet[start] = MESSAGE_CHANNEL_DATA
      packet.writeUInt32BE(remote, start + 1)
      let at = packet.writeUInt32BE(bytes, start + 5)
      for (const part of parts) {
        packet.set(part, at)
        at += part.length
      }
    })
  }

  /** Text beside the data; counts against the same window. */
  sendStderr(remote: number, text: Buffer): void {
    this.#protocol.channelExtData(remote, text, EXTENDED_DATA_STDERR)
  }

  /** server-sig-algs; ssh2's own lacks a comma and names SHA-1 (reference sftp §2). */
  #sendExtInfo(): void {
    const texts = ['server-sig-algs', USER_KEY_ALGORITHMS.join(',')]
    const bytes = texts.reduce((sum, text) => sum + 4 + text.length, 5)
    sendMessage(this.#protocol, bytes, (packet, start) => {
      packet[start] = MESSAGE_EXT_INFO
      let at = packet.writeUInt32BE(1, start + 1)
      for (const text of texts) {
        at = packet.writeUInt32BE(text.length, at)
        at += packet.write(text, at, 'latin1')
      }
    })
  }
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

function describe(negotiated: Negotiated): NegotiatedAlgorithms {
  return {
    kex: negotiated.kex,
    hostKey: negotiated.serverHostKey,
    cipherIn: negotiated.cs.cipher,
    cipherOut: negotiated.sc.cipher,
    macIn: negotiated.cs.mac,
    macOut: negotiated.sc.mac,
  }
}
