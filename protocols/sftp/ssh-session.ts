import type { Logger } from 'pino'
import type { Config } from '../../config/schema.ts'
import type { AcceptedSocket } from '../accept.ts'
import type { OpenSession, PartnerConnection } from '../listener.ts'
import { receiveInPlace } from '../received-bytes.ts'
import { buffersPassed } from '../young-buffers.ts'
import type { AlgorithmMismatch, AlgorithmOffer } from './algorithms.ts'
import { Keepalive } from './keepalive.ts'
import { printable } from './ssh-authentication.ts'
import type { SftpClient } from './ssh-channel.ts'
import { SshChannels } from './ssh-channels.ts'
import { SshLogin, type SshIdentity } from './ssh-login.ts'
import type { SessionParts, SessionRefusal, SshServices } from './ssh-session-parts.ts'
import {
  DISCONNECT,
  SshTransport,
  type NegotiatedAlgorithms,
  type TransportHandlers,
} from './ssh-transport.ts'
import type { TransportHostKey } from './ssh2-shapes.ts'

/** Beyond what channels send: answers to requests of a client that does not read. */
const MAX_SOCKET_BYTES = 4 * 1024 * 1024
/** After our good-bye the client may take so long to close. */
const GOODBYE_MILLISECONDS = 2_000
/**
 * So long a stop leaves a client to go by itself after its last transfer. OpenSSH drops what it has
 * not yet handed on when DISCONNECT comes close behind (observed with 9.2: exit 255 after
 * an upload that was taken in), and scp fails when its ssh was sent away.
 */
const LEAVE_MILLISECONDS = 1_000

/** What all sessions of a server share. */
export interface SshSessionOptions {
  readonly services: SshServices
  readonly settings: Config['sftp']
  readonly offer: AlgorithmOffer
  readonly hostKeys: Readonly<Record<string, TransportHostKey>>
  /** What follows `SSH-2.0-`. */
  readonly ident: string
  readonly onSftp: (client: SftpClient) => void
  /** Authenticated sessions of a connection. */
  readonly sessionsOf: (connection: PartnerConnection) => number
  readonly onClosed: (session: SshSession) => void
}

/** One SSH connection, from the first byte to the last: transport, login, channels, time. */
export class SshSession implements SessionParts {
  readonly transport: SshTransport
  readonly services: SshServices
  readonly settings: Config['sftp']
  readonly peerHost: string
  readonly peer: string
  readonly #options: SshSessionOptions
  readonly #accepted: AcceptedSocket
  readonly #login: SshLogin
  #log: Logger
  #record: OpenSession | undefined
  #ident = ''
  #identity: SshIdentity | undefined
  #channels: SshChannels | undefined
  #isStopping = false
  #isCorked = false
  #isOver = false
  #outcome = 'ended by the client'

  // Times are milliseconds of the monotonic clock.
  readonly #startedAt = performance.now()
  #overAt = 0
  readonly #keepalive = new Keepalive(this.#startedAt)
  #progressAt = this.#startedAt
  #transferEndedAt = -Infinity
  #keysAt = this.#startedAt
  #bytesSinceKeys = 0
  /** A key exchange that we have asked for. */
  #exchangeAt: number | undefined

  constructor(accepted: AcceptedSocket, options: SshSessionOptions) {
    this.#accepted = accepted
    this.#options = options
    this.services = options.services
    this.settings = options.settings
    this.peerHost = accepted.peer.host
    this.peer = `${accepted.peer.host}:${accepted.peer.port}`
    this.#log = options.services.log.child({ peer: this.peer })
    this.#login = new SshLogin(this, options.sessionsOf, (identity) => this.#welcome(identity))
    this.transport = new SshTransport({
      offer: options.offer,
      hostKeys: options.hostKeys,
      ident: options.ident,
      handlers: this.#handlers(),
    })
    const { socket } = accepted
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    socket.on('drain', () => this.guarded(() => this.#channels?.flush()))
    socket.on('error', (err) => this.#end(`connection lost: ${err.message}`))
    socket.once('close', () => this.#closed())
    this.transport.start()
  }

  /** Whose it is, once authenticated. */
  get connection(): PartnerConnection | undefined {
    return this.#identity?.connection
  }

  /** Once a second: everything that is due by time. */
  tick(now: number): void {
    this.guarded(() => this.#checkTimes(now))
  }

  /** Ends politely: at once without a transfer, else when the last one is through and read. */
  stop(): void {
    this.#isStopping = true
    this.#channels?.stop()
    this.guarded(() => this.#endWhenQuiet())
  }

  // --- SessionParts ---

  get isOver(): boolean {
    return this.#isOver
  }

  get record(): OpenSession | undefined {
    return this.#record
  }

  transcribe(
    direction: 'in' | 'out',
    name: string,
    summary: string,
    fields: Readonly<Record<string, string>> = {},
  ): void {
    this.#record?.transcript.record({ direction, layer: 'ssh', name, summary, fields })
  }

  refuse(refusal: SessionRefusal): void {
    const session = this.#record === undefined ? {} : { sessionId: this.#record.id }
    const refusalId = this.services.sessions.refused({
      ...refusal,
      ...session,
      protocol: 'sftp',
      peer: this.peer,
    })
    this.#log.warn({ refusalId, code: refusal.code, reason: refusal.reason }, 'partner refused')
  }

  goodbye(outcome: string, reason: number): void {
    if (this.#isOver) return
    this.transport.disconnect(reason)
    this.transcribe('out', 'DISCONNECT', outcome)
    this.#end(outcome)
    this.#accepted.socket.end()
  }

  cut(reason: string): void {
    this.#end(reason)
    this.#accepted.socket.destroy()
  }

  fail(error: unknown): void {
    this.#log.warn({ err: error }, 'session cut after an error')
    this.cut(error instanceof Error ? error.message : 'unknown error')
  }

  guarded(action: () => void): void {
    try {
      action()
    } catch (err) {
      this.fail(err)
    }
  }

  // --- the network ---

  #receive(chunk: Buffer): void {
    if (this.#isOver) return
    this.#keepalive.heard()
    this.#bytesSinceKeys += chunk.length
    this.guarded(() => this.transport.parse(chunk))
    buffersPassed(chunk.length)
    if (this.#bytesSinceKeys > this.settings.rekeyBytes) this.#rekey()
  }

  /** One write to the system for all packets of a turn. */
  #write(bytes: Uint8Array): void {
    const { socket } = this.#accepted
    if (!socket.writable) return
    if (!this.#isCorked) {
      this.#isCorked = true
      socket.cork()
      process.nextTick(() => {
        this.#isCorked = false
        socket.uncork()
      })
    }
    socket.write(bytes)
    this.#bytesSinceKeys += bytes.length
    buffersPassed(bytes.length)
    if (socket.writableLength > MAX_SOCKET_BYTES) this.cut('the client does not read')
  }

  #handlers(): TransportHandlers {
    return {
      onWrite: (bytes) => this.#write(bytes),
      onError: (error) => {
        this.#end(error.message)
        this.#accepted.socket.end()
      },
      onIdent: (ident) => this.#identified(ident),
      onPacket: () => {
        if (this.#identity === undefined) this.#login.countPacket()
      },
      onMismatch: (mismatch) => this.#mismatch(mismatch),
      onKeys: (algorithms) => this.#newKeys(algorithms),
      onDisconnect: (reason, text) => {
        const isPlain = reason === DISCONNECT.byApplication
        this.#end(isPlain ? 'ended by the client' : `client: ${printable(text)}`)
        this.#accepted.socket.end()
      },
      onServiceRequest: (name) => this.#login.requestService(name),
      onAuthentication: (request) => this.#login.request(request),
      onGlobalRequest: (name, wantsReply) => {
        const channels = this.#open()
        if (name === 'no-more-sessions@openssh.com') channels.takeNoMore()
        if (wantsReply) this.transport.refuseGlobalRequest()
      },
      onChannelOpen: (open) => this.#open().open(open),
      onChannelData: (id, data) => this.#open().data(id, data),
      onChannelWindow: (id, bytes) => this.#open().widen(id, bytes),
      onChannelEof: (id) => this.#open().eof(id),
      onChannelClose: (id) => this.#open().close(id),
      onChannelRequest: (id, type, wantsReply, argument) =>
        this.#open().request(id, type, wantsReply, argument),
    }
  }

  /** @throws Error for a client that asks before it has authenticated */
  #open(): SshChannels {
    if (this.#channels === undefined) throw new Error('request before authentication')
    return this.#channels
  }

  #identified(ident: string): void {
    this.#ident = printable(ident.trim())
    const { socket } = this.#accepted
    this.#record = this.services.sessions.open({
      protocol: 'sftp',
      peer: this.peer,
      line: {
        bytes: () => ({ in: socket.bytesRead, out: socket.bytesWritten }),
        cut: (reason) => this.cut(reason),
      },
    })
    this.#log = this.#log.child({ sessionId: this.#record.id })
    this.#record.note({ fields: { ident: this.#ident } })
    this.transcribe('in', 'IDENT', this.#ident)
    this.transcribe('out', 'IDENT', `SSH-2.0-${this.#options.ident}`)
  }

  #mismatch({ what, offered, wanted }: AlgorithmMismatch): void {
    this.refuse({
      code: 'ALGORITHMS_NOT_SHARED',
      reason: `no ${what} in common with ${this.#ident}`,
      offered: offered.map((name) => printable(name)).join(','),
      wanted: wanted.join(','),
    })
  }

  #newKeys(algorithms: NegotiatedAlgorithms): void {
    this.#bytesSinceKeys = 0
    this.#keysAt = performance.now()
    this.#exchangeAt = undefined
    const fields = { ...algorithms }
    this.#record?.note({ fields })
    this.transcribe('out', 'NEWKEYS', `${algorithms.kex}, ${algorithms.cipherIn}`, fields)
    this.#log.debug({ algorithms }, 'new session keys')
    this.#channels?.flush()
  }

  #welcome(identity: SshIdentity): void {
    const { connection, fingerprint } = identity
    this.#identity = identity
    this.#progressAt = performance.now()
    this.#accepted.authenticated()
    // Safe from the first keys on: whatever the cipher, decrypting copies.
    receiveInPlace(this.#accepted.socket, (bytes) => this.#receive(bytes))
    this.#record?.note({ connectionId: connection.id, fields: { fingerprint } })
    this.#log = this.#log.child({ connectionId: connection.id })
    this.#log.info({ fingerprint, ident: this.#ident }, 'partner authenticated')
    this.#channels = new SshChannels(this, {
      identity,
      ident: this.#ident,
      socket: this.#accepted.socket,
      onSftp: this.#options.onSftp,
      onTransferEnd: () => {
        this.#transferEndedAt = performance.now()
      },
    })
    if (this.#isStopping) this.#channels.stop()
  }

  #rekey(): void {
    if (this.#identity === undefined || this.#isOver || this.transport.isExchangingKeys) return
    this.#exchangeAt = performance.now()
    this.guarded(() => this.transport.rekey())
  }

  // --- time ---

  #checkTimes(now: number): void {
    const { settings } = this
    const isLate = (since: number, seconds: number) => now - since > seconds * 1_000
    if (this.#isOver) {
      if (now - this.#overAt > GOODBYE_MILLISECONDS) this.#accepted.socket.destroy()
      return
    }
    if (this.#channels === undefined) {
      if (isLate(this.#startedAt, settings.loginGraceSeconds)) {
        this.cut(`no authentication within ${settings.loginGraceSeconds} s`)
      }
      return
    }
    if (this.#channels.takeProgress()) this.#progressAt = now
    const isWorking = this.#channels.transfers > 0
    if (this.#exchangeAt !== undefined && isLate(this.#exchangeAt, settings.loginGraceSeconds)) {
      this.cut('the client does not exchange new keys')
    } else if (isWorking && isLate(this.#progressAt, settings.stalledSeconds)) {
      this.cut(`a transfer without progress for ${settings.stalledSeconds} s`)
    } else if (!isWorking && isLate(this.#progressAt, settings.idleSeconds)) {
      this.goodbye(`idle for ${settings.idleSeconds} s`, DISCONNECT.byApplication)
    } else if (this.#isStopping) {
      this.#endWhenQuiet()
    } else {
      const due = this.#keepalive.due(now)
      if (due === 'ping') this.transport.ping()
      else if (due === 'end') this.cut('the client does not answer')
      if (isLate(this.#keysAt, settings.rekeySeconds)) this.#rekey()
    }
  }

  // --- the end ---

  #endWhenQuiet(): void {
    if (this.#isOver || this.#channels?.isQuiet === false) return
    if (performance.now() - this.#transferEndedAt < LEAVE_MILLISECONDS) return // asked again by time
    this.goodbye('the gateway stops', DISCONNECT.byApplication)
  }

  /** No more is taken or sent. The first reason holds. */
  #end(outcome: string): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#overAt = performance.now()
    this.#outcome = outcome
  }

  #closed(): void {
    this.#end('ended by the client')
    this.transport.dispose()
    this.#channels?.gone()
    this.guarded(() => this.#login.closed())
    this.#log.debug({ outcome: this.#outcome }, 'session closed')
    this.#record?.close(this.#outcome).catch((err: unknown) => {
      this.#log.error({ err }, 'the end of a session could not be recorded')
    })
    this.#options.onClosed(this)
  }
}
