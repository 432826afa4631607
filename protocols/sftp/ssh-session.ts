import { randomInt } from 'node:crypto'
import type { Logger } from 'pino'
import type { Config } from '../../config/schema.ts'
import type { AcceptedSocket } from '../accept.ts'
import type { DoorRefusal, ListenerServices, OpenSession, PartnerConnection } from '../listener.ts'
import type { AlgorithmMismatch, AlgorithmOffer } from './algorithms.ts'
import { OwnedChannel, PACKET_BYTES, WINDOW_BYTES, type ChannelHost } from './owned-channel.ts'
import { decideAuthentication, printable } from './ssh-authentication.ts'
import type { SftpClient } from './ssh-channel.ts'
import {
  SshTransport,
  type AuthenticationRequest,
  type ChannelOpening,
  type NegotiatedAlgorithms,
  type TransportHandlers,
  type TransportHostKey,
} from './ssh2-repairs.ts'

/** Messages of a client that has not authenticated: a handshake takes 4, an attempt 1 or 2. */
const MAX_UNAUTHENTICATED_PACKETS = 50
/** Requests to authenticate that a client may send ahead of our answers. */
const MAX_WAITING_AUTHENTICATIONS = 10
/** Encrypted and given to the socket ahead of the network; the rest waits as it is. */
const SOCKET_AHEAD_BYTES = 1024 * 1024
/** Beyond what channels send: answers to requests of a client that does not read. */
const MAX_SOCKET_BYTES = 8 * 1024 * 1024
/** Some clients open channels of a few bytes a packet; that is a way to keep us busy. */
const MIN_CLIENT_PACKET_BYTES = 256
const KEEPALIVE_MILLISECONDS = 15_000
const KEEPALIVE_MISSES = 3
/** After our good-bye the client may take so long to close. */
const GOODBYE_MILLISECONDS = 2_000

/** RFC 4253 §11.1. */
const DISCONNECT = {
  protocolError: 2,
  serviceNotAvailable: 7,
  byApplication: 11,
  tooManyConnections: 12,
  noMoreMethods: 14,
} as const
/** RFC 4254 §5.1. */
const OPEN_REFUSED = { prohibited: 1, unknownType: 3, resourceShortage: 4 } as const

/** What all sessions of a server share. */
export interface SshSessionOptions {
  readonly services: SshServices
  readonly settings: Config['sftp']
  readonly offer: AlgorithmOffer
  readonly hostKeys: Readonly<Record<string, TransportHostKey>>
  /** What follows `SSH-2.0-`. */
  readonly ident: string
  readonly log: Logger
  readonly onSftp: (client: SftpClient) => void
  /** Authenticated sessions of a connection, this one not counted. */
  readonly sessionsOf: (connection: PartnerConnection) => number
  readonly onClosed: (session: SshSession) => void
}

export type SshServices = Pick<
  ListenerServices,
  'authenticate' | 'sessions' | 'faults' | 'clock' | 'log'
>

/** One SSH connection, from the first byte to the last: transport, one user, its channels. */
export class SshSession implements ChannelHost {
  readonly transport: SshTransport
  readonly maxUnsentBytes: number
  readonly #options: SshSessionOptions
  readonly #accepted: AcceptedSocket
  readonly #peer: string
  readonly #startedAt = performance.now()
  #log: Logger
  #session: OpenSession | undefined
  #ident = ''
  #connection: PartnerConnection | undefined
  #fingerprint = ''
  #isStillAccepted: () => boolean = () => false
  #isOver = false
  #outcome = 'ended by the client'
  #goodbyeAt: number | undefined

  // before authentication
  #packets = 0
  #tries = 0
  #hasAskedNone = false
  #hasService = false
  #knownKey: Buffer | undefined
  readonly #waiting: AuthenticationRequest[] = []
  #isAuthenticating = false
  /** Refused key offers: recorded when no other key of the client is accepted after all. */
  readonly #refusedProbes = new Map<string, DoorRefusal>()

  // channels
  readonly #channels = new Map<number, { channel: OwnedChannel; isSftp: boolean }>()
  #takesChannels = true
  #transfers = 0
  #isStopping = false

  // sending
  readonly #toFlush = new Set<OwnedChannel>()
  #isCorked = false

  // time and volume
  #bytesSinceKeys = 0
  #keysAt = this.#startedAt
  #exchangeAt: number | undefined
  #hasHeard = false
  #heardAt = this.#startedAt
  #pings = 0
  #hasProgress = false
  #progressAt = this.#startedAt

  constructor(accepted: AcceptedSocket, options: SshSessionOptions) {
    this.#accepted = accepted
    this.#options = options
    this.#peer = `${accepted.peer.host}:${accepted.peer.port}`
    this.#log = options.log.child({ peer: this.#peer })
    this.maxUnsentBytes = options.settings.maxUnsentBytes
    this.transport = new SshTransport({
      offer: options.offer,
      hostKeys: options.hostKeys,
      ident: options.ident,
      handlers: this.#handlers(),
    })
    const { socket } = accepted
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    socket.on('drain', () => this.#guarded(() => this.#flushAll()))
    socket.on('error', (err) => this.#end(`connection lost: ${err.message}`))
    socket.once('close', () => this.#closed())
    this.transport.start()
  }

  get connection(): PartnerConnection | undefined {
    return this.#connection
  }

  // --- ChannelHost ---

  get socketBytes(): number {
    return this.#accepted.socket.writableLength
  }

  get maySend(): boolean {
    return (
      !this.#isOver && !this.transport.isExchangingKeys && this.socketBytes < SOCKET_AHEAD_BYTES
    )
  }

  scheduleFlush(channel: OwnedChannel): void {
    if (this.#toFlush.size === 0) process.nextTick(() => this.#guarded(() => this.#flushTurn()))
    this.#toFlush.add(channel)
  }

  progress(bytes: number): void {
    if (bytes > 0) this.#hasProgress = true
  }

  cut(reason: string): void {
    this.#end(reason)
    this.#accepted.socket.destroy()
  }

  // --- what the server calls ---

  /** Once a second: everything that is due by time. */
  tick(now: number): void {
    this.#guarded(() => this.#checkTimes(now))
  }

  /** Ends politely: at once without a transfer in hand, else when the last one is through. */
  stop(): void {
    this.#isStopping = true
    this.#guarded(() => this.#endWhenQuiet())
  }

  // --- from the network ---

  #receive(chunk: Buffer): void {
    if (this.#isOver) return
    this.#hasHeard = true
    this.#bytesSinceKeys += chunk.length
    try {
      this.transport.parse(chunk)
    } catch (err) {
      this.#fail(err)
    }
    if (this.#bytesSinceKeys > this.#options.settings.rekeyBytes) this.#rekey()
  }

  #handlers(): TransportHandlers {
    return {
      onWrite: (bytes) => this.#write(bytes),
      onError: (error) => this.#end(error.message, true),
      onIdent: (ident) => this.#identified(ident),
      onPacket: () => this.#countPacket(),
      onMismatch: (mismatch) => this.#mismatch(mismatch),
      onKeys: (algorithms) => this.#newKeys(algorithms),
      onDisconnect: (reason, text) => {
        const isNormal = reason === DISCONNECT.byApplication || reason === 0
        this.#end(isNormal ? 'ended by the client' : `client: ${printable(text)}`, true)
      },
      onServiceRequest: (name) => this.#requestService(name),
      onAuthentication: (request) => this.#requestAuthentication(request),
      onGlobalRequest: (name, wantsReply) => {
        this.#needAuthenticated()
        if (name === 'no-more-sessions@openssh.com') this.#takesChannels = false
        if (wantsReply) this.transport.refuseGlobalRequest()
      },
      onPingAnswered: () => {},
      onChannelOpen: (open) => this.#openChannel(open),
      onChannelData: (id, data) => this.#channelData(id, data),
      onChannelWindow: (id, bytes) => this.#channels.get(id)?.channel.widen(bytes),
      onChannelEof: (id) => this.#channels.get(id)?.channel.receiveEof(),
      onChannelClose: (id) => {
        const slot = this.#channels.get(id)
        this.#channels.delete(id)
        slot?.channel.receiveClose()
      },
      onChannelRequest: (id, type, wantsReply, argument) =>
        this.#channelRequest(id, type, wantsReply, argument),
    }
  }

  #identified(ident: string): void {
    this.#ident = printable(ident.trim())
    this.#session = this.#options.services.sessions.open({ protocol: 'sftp', peer: this.#peer })
    this.#log = this.#log.child({ sessionId: this.#session.id })
    this.#session.note({ fields: { ident: this.#ident } })
    this.#record('in', 'IDENT', this.#ident)
    this.#record('out', 'IDENT', `SSH-2.0-${this.#options.ident}`)
  }

  #countPacket(): void {
    if (this.#connection !== undefined) return
    this.#packets += 1
    if (this.#packets > MAX_UNAUTHENTICATED_PACKETS) {
      this.cut(`more than ${MAX_UNAUTHENTICATED_PACKETS} packets before authentication`)
    }
  }

  #mismatch({ what, offered, wanted }: AlgorithmMismatch): void {
    this.#refuseAtDoor({
      code: 'ALGORITHMS_NOT_SHARED',
      reason: `no ${what} in common with ${this.#ident}`,
      offered: offered.map(printable).join(','),
      wanted: wanted.join(','),
    })
  }

  #newKeys(algorithms: NegotiatedAlgorithms): void {
    this.#bytesSinceKeys = 0
    this.#keysAt = performance.now()
    this.#exchangeAt = undefined
    const fields = { ...algorithms }
    this.#session?.note({ fields })
    this.#record('out', 'NEWKEYS', `${algorithms.kex}, ${algorithms.cipherIn}`, fields)
    this.#log.debug({ algorithms }, 'new session keys')
    this.#flushAll()
  }

  // --- who it is ---

  #requestService(name: string): void {
    if (name !== 'ssh-userauth' || this.#hasService) {
      this.#goodbye(`service ${printable(name)} requested`, DISCONNECT.serviceNotAvailable)
      return
    }
    this.#hasService = true
    this.transport.acceptService(name)
  }

  #requestAuthentication(request: AuthenticationRequest): void {
    if (this.#isOver || this.#connection !== undefined) return // RFC 4252 §5.1: ignored afterwards
    if (!this.#hasService || request.service !== 'ssh-connection') {
      this.#goodbye('authentication for another service', DISCONNECT.serviceNotAvailable)
      return
    }
    if (this.#waiting.length >= MAX_WAITING_AUTHENTICATIONS) {
      this.cut('too many authentication requests at a time')
      return
    }
    this.#waiting.push(request)
    if (!this.#isAuthenticating) {
      this.#isAuthenticating = true
      this.#authenticateWaiting().catch((err: unknown) => this.#fail(err))
    }
  }

  /** One after the other, in order: a client may send ahead of our answers. */
  async #authenticateWaiting(): Promise<void> {
    for (;;) {
      const request = this.#waiting.shift()
      if (request === undefined || this.#isOver || this.#connection !== undefined) break
      await this.#authenticate(request)
    }
    this.#isAuthenticating = false
  }

  async #authenticate(request: AuthenticationRequest): Promise<void> {
    const startedAt = performance.now()
    if (request.method === 'none' && !this.#hasAskedNone) {
      this.#hasAskedNone = true // how clients ask for the methods; it reveals nothing
      this.transport.refuseAuthentication(['publickey'])
      return
    }
    const { services } = this.#options
    const isSignature = request.key?.signature !== undefined
    const isAnnounced = isSignature && this.#knownKey?.equals(request.key!.blob) === true
    if (!isAnnounced) this.#tries += 1
    this.#knownKey = undefined
    const decision = decideAuthentication(request, services.authenticate, this.#accepted.peer.host)
    this.#record('in', 'USERAUTH_REQUEST', `${printable(request.method)}: ${decision.outcome}`, {
      user: printable(request.user),
      ...(request.key === undefined ? {} : { algorithm: printable(request.key.algorithm) }),
    })
    if (decision.outcome === 'key-known' && request.key !== undefined) {
      this.#knownKey = request.key.blob
      this.transport.acceptKey(request.key.algorithm, request.key.blob)
      return
    }
    if (decision.outcome === 'accepted') {
      const isThrough = await this.#welcome(decision)
      if (isThrough || this.#isOver) return
    }
    if (decision.outcome === 'refused') {
      const { reason, offered, nearest } = decision
      const refusal = {
        code: 'CREDENTIAL_REFUSED',
        reason,
        ...(offered === undefined ? {} : { offered }),
        ...(nearest === undefined ? {} : { nearest }),
      } as const
      if (isSignature) this.#refuseAtDoor(refusal)
      else this.#refusedProbes.set(`${reason} ${offered}`, this.#doorRefusal(refusal))
    }
    await this.#untilFloor(startedAt)
    if (this.#isOver) return
    this.transport.refuseAuthentication(['publickey'])
    if (this.#tries >= this.#options.settings.authenticationTries) {
      this.#goodbye('too many authentication tries', DISCONNECT.noMoreMethods)
    }
  }

  /** @returns false when it is to be refused like a wrong key */
  async #welcome(accepted: {
    readonly connection: PartnerConnection
    readonly fingerprint: string
    readonly isStillAccepted: () => boolean
  }): Promise<boolean> {
    const { services, settings, sessionsOf } = this.#options
    const { connection } = accepted
    const fault = services.faults.at('authenticate', {
      protocol: 'sftp',
      connectionId: connection.id,
    })
    if (fault?.kind === 'refuse') return false
    if (fault?.kind === 'crash') process.kill(process.pid, 'SIGKILL')
    if (fault?.kind === 'cut') {
      this.cut('cut by a fault')
      return true
    }
    if (fault?.kind === 'delay') await pause(fault.milliseconds)
    if (this.#isOver) return true
    if (sessionsOf(connection) >= settings.maxPerConnection) {
      this.#refuseAtDoor({
        code: 'LIMIT_REACHED',
        reason: `more than ${settings.maxPerConnection} sessions of one connection`,
        connectionId: connection.id,
      })
      this.#goodbye('too many sessions of this connection', DISCONNECT.tooManyConnections)
      return true
    }
    this.#connection = connection
    this.#fingerprint = accepted.fingerprint
    this.#isStillAccepted = accepted.isStillAccepted
    this.#refusedProbes.clear()
    this.#waiting.length = 0
    this.#progressAt = performance.now()
    this.#accepted.authenticated()
    this.#session?.note({
      connectionId: connection.id,
      fields: { fingerprint: accepted.fingerprint },
    })
    this.#log = this.#log.child({ connectionId: connection.id })
    this.#log.info(
      { fingerprint: accepted.fingerprint, ident: this.#ident },
      'partner authenticated',
    )
    this.transport.acceptAuthentication()
    this.#record('out', 'USERAUTH_SUCCESS', connection.applicationCode)
    return true
  }

  /** Unknown, wrong and inactive take the same time (decisions E6). */
  async #untilFloor(startedAt: number): Promise<void> {
    const floor = this.#options.settings.authenticationFloorMilliseconds
    const jitter = floor === 0 ? 0 : randomInt(Math.ceil(floor / 5) + 1)
    const left = floor + jitter - (performance.now() - startedAt)
    if (left > 0) await pause(left)
  }

  // --- channels ---

  #openChannel(open: ChannelOpening): void {
    this.#needAuthenticated()
    if (open.type !== 'session') {
      this.#record('in', 'CHANNEL_OPEN', `${printable(open.type)}: refused`)
      const isKnown = open.type === 'direct-tcpip' || open.type.startsWith('direct-streamlocal')
      const reason = isKnown ? OPEN_REFUSED.prohibited : OPEN_REFUSED.unknownType
      this.transport.refuseChannel(open.sender, reason)
      return
    }
    if (!this.#takesChannels || this.#isStopping) {
      this.transport.refuseChannel(open.sender, OPEN_REFUSED.prohibited)
      return
    }
    const isFull = this.#channels.size >= this.#options.settings.maxChannels
    if (isFull || open.packetSize < MIN_CLIENT_PACKET_BYTES) {
      this.transport.refuseChannel(open.sender, OPEN_REFUSED.resourceShortage)
      return
    }
    let id = 0
    while (this.#channels.has(id)) id += 1
    this.#channels.set(id, { channel: new OwnedChannel(this, open), isSftp: false })
    this.transport.confirmChannel(open.sender, id, WINDOW_BYTES, PACKET_BYTES)
  }

  #channelData(id: number, data: Buffer): void {
    if (this.#isOver) return
    const slot = this.#channels.get(id)
    if (slot?.isSftp === true) slot.channel.receive(data)
    else this.cut('data on a channel that carries nothing')
  }

  /** Only `subsystem sftp`, once; any other request fails, late ones (PuTTY's winadj) included. */
  #channelRequest(id: number, type: string, wantsReply: boolean, argument: string): void {
    const slot = this.#channels.get(id)
    if (slot === undefined || this.#isOver) return
    const { channel } = slot
    const isSftp = type === 'subsystem' && argument === 'sftp' && !slot.isSftp
    const isTaken = isSftp && !this.#isStopping && this.#isStillAccepted()
    const what = argument === '' ? printable(type) : `${printable(type)} ${printable(argument)}`
    this.#record('in', 'CHANNEL_REQUEST', `${what}: ${isTaken ? 'accepted' : 'refused'}`)
    if (isTaken) slot.isSftp = true
    if (wantsReply) this.transport.answerChannelRequest(channel.remoteId, isTaken)
    if (!isTaken || this.#connection === undefined || this.#session === undefined) return
    this.#options.onSftp({
      connection: this.#connection,
      session: this.#session,
      peer: this.#peer,
      ident: this.#ident,
      keyFingerprint: this.#fingerprint,
      mayStart: () => !this.#isStopping && this.#isStillAccepted(),
      beginTransfer: () => {
        this.#transfers += 1
      },
      endTransfer: () => {
        this.#transfers -= 1
        if (this.#isStopping) setImmediate(() => this.#guarded(() => this.#endWhenQuiet()))
      },
      channel,
    })
  }

  // --- sending ---

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
    if (socket.writableLength > MAX_SOCKET_BYTES) this.cut('the client does not read')
  }

  #flushTurn(): void {
    const channels = [...this.#toFlush]
    this.#toFlush.clear()
    for (const channel of channels) channel.flush()
  }

  #flushAll(): void {
    for (const { channel } of this.#channels.values()) channel.flush()
  }

  #rekey(): void {
    if (this.#connection === undefined || this.#isOver || this.transport.isExchangingKeys) return
    this.#exchangeAt = performance.now()
    this.#guarded(() => this.transport.rekey())
  }

  // --- time ---

  #checkTimes(now: number): void {
    const { settings } = this.#options
    if (this.#hasHeard) {
      this.#hasHeard = false
      this.#heardAt = now
      this.#pings = 0
    }
    if (this.#hasProgress) {
      this.#hasProgress = false
      this.#progressAt = now
    }
    const quietSeconds = (now - this.#progressAt) / 1_000
    const isLate = (since: number, seconds: number) => now - since > seconds * 1_000
    if (this.#goodbyeAt !== undefined) {
      if (now - this.#goodbyeAt > GOODBYE_MILLISECONDS) this.#accepted.socket.destroy()
    } else if (this.#connection === undefined) {
      if (isLate(this.#startedAt, settings.loginGraceSeconds)) {
        this.cut(`no authentication within ${settings.loginGraceSeconds} s`)
      }
    } else if (
      this.#exchangeAt !== undefined &&
      isLate(this.#exchangeAt, settings.loginGraceSeconds)
    ) {
      this.cut('the client does not exchange new keys')
    } else if (this.#transfers > 0 && quietSeconds > settings.stalledSeconds) {
      this.cut(`a transfer without progress for ${settings.stalledSeconds} s`)
    } else if (this.#transfers === 0 && quietSeconds > settings.idleSeconds) {
      this.#goodbye(`idle for ${settings.idleSeconds} s`, DISCONNECT.byApplication)
    } else if (this.#isStopping) {
      this.#endWhenQuiet()
    } else {
      this.#keepAlive(now)
      if (isLate(this.#keysAt, settings.rekeySeconds)) this.#rekey()
    }
  }

  #keepAlive(now: number): void {
    if (now - this.#heardAt < KEEPALIVE_MILLISECONDS * (this.#pings + 1)) return
    if (this.#pings >= KEEPALIVE_MISSES) {
      this.cut('the client does not answer')
      return
    }
    this.#pings += 1
    this.transport.ping()
  }

  // --- the end ---

  #endWhenQuiet(): void {
    if (this.#transfers > 0 || this.#isOver) return
    const isUnsent = [...this.#channels.values()].some(({ channel }) => channel.hasUnsent)
    if (!isUnsent) this.#goodbye('the gateway stops', DISCONNECT.byApplication)
  }

  /** Tells the client and closes. */
  #goodbye(outcome: string, reason: number): void {
    if (this.#isOver) return
    this.transport.disconnect(reason)
    this.#record('out', 'DISCONNECT', outcome)
    this.#end(outcome, true)
  }

  /** No more is taken or sent; what is in the socket still leaves when `isPolite`. */
  #end(outcome: string, isPolite = false): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#outcome = outcome
    this.#goodbyeAt = performance.now()
    if (isPolite) this.#accepted.socket.end()
  }

  #closed(): void {
    this.#end('ended by the client')
    this.transport.dispose()
    const channels = [...this.#channels.values()]
    this.#channels.clear()
    for (const { channel } of channels) this.#guarded(() => channel.gone())
    for (const refusal of this.#refusedProbes.values()) {
      this.#options.services.sessions.refused(refusal)
    }
    this.#log.debug({ outcome: this.#outcome }, 'session closed')
    this.#session?.close(this.#outcome).catch((err: unknown) => {
      this.#log.error({ err }, 'the end of a session could not be recorded')
    })
    this.#options.onClosed(this)
  }

  /** A client that breaks the protocol, or a fault of ours: either way this connection alone. */
  #fail(err: unknown): void {
    this.#log.warn({ err }, 'session cut after an error')
    this.cut(err instanceof Error ? err.message : 'unknown error')
  }

  #guarded(action: () => void): void {
    try {
      action()
    } catch (err) {
      this.#fail(err)
    }
  }

  #needAuthenticated(): void {
    if (this.#connection === undefined) throw new Error('request before authentication')
  }

  #refuseAtDoor(refusal: Omit<DoorRefusal, 'protocol' | 'peer' | 'sessionId'>): void {
    const id = this.#options.services.sessions.refused(this.#doorRefusal(refusal))
    this.#log.warn({ refusalId: id, code: refusal.code, reason: refusal.reason }, 'partner refused')
  }

  #doorRefusal(refusal: Omit<DoorRefusal, 'protocol' | 'peer' | 'sessionId'>): DoorRefusal {
    const session = this.#session === undefined ? {} : { sessionId: this.#session.id }
    return { ...refusal, ...session, protocol: 'sftp', peer: this.#peer }
  }

  #record(
    direction: 'in' | 'out',
    name: string,
    summary: string,
    fields?: Readonly<Record<string, string>>,
  ): void {
    this.#session?.transcript.record({
      direction,
      layer: 'ssh',
      name,
      summary,
      ...(fields === undefined ? {} : { fields }),
    })
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds)
  })
}
