import { createPublicKey, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { sshPublicKeyBlob } from '../../certs/ssh-public-key.ts'
import { KeyExchange, ourKexInit } from './key-exchange.ts'
import type { CipherName, HostKeyName } from './key-exchange.ts'
import { MESSAGE } from './messages.ts'
import { PacketStream } from './packet-stream.ts'
import { WireReader, string, uint32 } from './wire.ts'

export interface SshTarget {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly key: KeyObject
  readonly hostKey: HostKeyName
  readonly cipher: CipherName
}

/** The server refused the key; `milliseconds` from the request to the answer. */
export class CredentialRefused extends Error {
  readonly milliseconds: number

  constructor(milliseconds: number) {
    super('The server refused the key')
    this.milliseconds = milliseconds
  }
}

const IDENT = 'SSH-2.0-raccord_bench'

/**
 * A client for measuring: one offer of algorithms, one key, one channel, no rekeying, and little
 * work of its own, so that the server is what is measured. The same for every server.
 */
export class SshConnection {
  readonly #socket: Socket
  readonly #packets: PacketStream
  readonly #target: SshTarget
  readonly #ourInit: Buffer
  readonly #exchange: KeyExchange
  #serverIdent: Buffer | undefined
  #head = Buffer.alloc(0)
  #serverInit: Buffer | undefined
  #sessionId: Buffer = Buffer.alloc(0)
  #settle: { done: () => void; fail: (reason: Error) => void } | undefined
  #askedAt = 0
  #failure: Error | undefined
  /** Everything from number 90 on, and the end of the connection as undefined. */
  onChannelMessage: (payload: Buffer | undefined) => void = () => undefined

  private constructor(socket: Socket, target: SshTarget) {
    this.#socket = socket
    this.#target = target
    this.#ourInit = ourKexInit(target.cipher, target.hostKey)
    this.#exchange = new KeyExchange(target.cipher, target.hostKey)
    this.#packets = new PacketStream(socket, (payload) => this.#received(payload))
  }

  /** Connects and authenticates. @throws CredentialRefused, or Error when anything else ends it */
  static async open(target: SshTarget): Promise<SshConnection> {
    const socket = connect({ host: target.host, port: target.port, noDelay: true })
    const connection = new SshConnection(socket, target)
    await new Promise<void>((done, fail) => {
      connection.#settle = { done, fail }
      socket.on('connect', () => socket.write(`${IDENT}\r\n`))
      socket.on('data', (bytes) => connection.#guard(() => connection.#bytes(bytes)))
      socket.on('error', (error) => connection.#end(error))
      socket.on('close', () => connection.#end(new Error('The server closed the connection')))
    })
    return connection
  }

  get socket(): Socket {
    return this.#socket
  }

  send(payload: Uint8Array): void {
    this.#packets.send(payload)
  }

  /** Ends the connection and waits until the socket is closed. */
  async close(): Promise<void> {
    if (this.#socket.closed) return
    const closed = new Promise((done) => this.#socket.once('close', done))
    this.#socket.destroy()
    await closed
  }

  #guard(act: () => void): void {
    try {
      act()
    } catch (error) {
      this.#socket.destroy(error instanceof Error ? error : new Error(String(error)))
    }
  }

  #end(reason: Error): void {
    this.#failure ??= reason
    this.#settle?.fail(this.#failure)
    this.#settle = undefined
    this.onChannelMessage(undefined)
  }

  #bytes(bytes: Buffer): void {
    if (this.#serverIdent !== undefined) {
      this.#packets.receive(bytes)
      return
    }
    this.#head = Buffer.concat([this.#head, bytes])
    const end = this.#head.indexOf('\n')
    if (end === -1) return
    this.#serverIdent = Buffer.from(this.#head.subarray(0, end).toString('latin1').trimEnd())
    this.#packets.send(this.#ourInit)
    this.#packets.receive(this.#head.subarray(end + 1))
  }

  #received(payload: Buffer): void {
    const type = payload[0]!
    switch (type) {
      case MESSAGE.kexInit:
        if (this.#serverInit !== undefined) throw new Error('The server asks for new keys')
        this.#serverInit = Buffer.from(payload)
        this.#packets.send(this.#exchange.initMessage())
        return
      case MESSAGE.kexEcdhReply:
        this.#keysAgreed(payload)
        return
      case MESSAGE.serviceAccept:
        this.#authenticate()
        return
      case MESSAGE.userAuthFailure:
        this.#settle?.fail(new CredentialRefused(performance.now() - this.#askedAt))
        this.#settle = undefined
        return
      case MESSAGE.userAuthSuccess:
        this.#settle?.done()
        this.#settle = undefined
        return
      case MESSAGE.disconnect:
        throw new Error(`Disconnected: ${new WireReader(payload, 5).string().toString()}`)
      case MESSAGE.globalRequest: {
        const reader = new WireReader(payload, 1)
        reader.string()
        // Something must go back at once, to carry TCP's acknowledgement: sshd sends its host keys
        // with Nagle's algorithm on, and would wait 40 ms for ours before it says anything more.
        const isReplyWanted = reader.byte() === 1
        this.#packets.send(
          isReplyWanted
            ? Buffer.of(MESSAGE.requestFailure)
            : Buffer.concat([Buffer.of(MESSAGE.ignore), uint32(0)]),
        )
        return
      }
      default:
        if (type >= MESSAGE.channelOpen) this.onChannelMessage(payload)
    }
  }

  #keysAgreed(reply: Buffer): void {
    const keys = this.#exchange.finish(reply, [
      Buffer.from(IDENT),
      this.#serverIdent!,
      this.#ourInit,
      this.#serverInit!,
    ])
    this.#sessionId = keys.sessionId
    this.#packets.send(Buffer.of(MESSAGE.newKeys))
    this.#packets.sendWith(keys.toServer)
    // NEWKEYS is the server's next packet and the last one in plain text.
    this.#packets.receiveWithAfterNext(keys.toClient)
    this.#packets.send(Buffer.concat([Buffer.of(MESSAGE.serviceRequest), string('ssh-userauth')]))
  }

  #authenticate(): void {
    const { key, user } = this.#target
    const isRsa = key.asymmetricKeyType === 'rsa'
    const algorithm = isRsa ? 'rsa-sha2-512' : 'ssh-ed25519'
    const request = Buffer.concat([
      Buffer.of(MESSAGE.userAuthRequest),
      string(user),
      string('ssh-connection'),
      string('publickey'),
      Buffer.of(1),
      string(algorithm),
      string(sshPublicKeyBlob(createPublicKey(key))!),
    ])
    const signed = Buffer.concat([string(this.#sessionId), request])
    const signature = sign(isRsa ? 'sha512' : null, signed, key)
    const blob = Buffer.concat([string(algorithm), string(signature)])
    this.#askedAt = performance.now()
    this.#packets.send(Buffer.concat([request, string(blob)]))
  }
}

/** A session channel with the sftp subsystem needs these two and nothing more. */
export const openSessionChannel = (window: number, maxPacket: number): Buffer =>
  Buffer.concat([
    Buffer.of(MESSAGE.channelOpen),
    string('session'),
    uint32(0),
    uint32(window),
    uint32(maxPacket),
  ])

export const requestSubsystem = (channel: number, name: string): Buffer =>
  Buffer.concat([
    Buffer.of(MESSAGE.channelRequest),
    uint32(channel),
    string('subsystem'),
    Buffer.of(1),
    string(name),
  ])
