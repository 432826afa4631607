import { OwnedChannel, PACKET_BYTES, WINDOW_BYTES, type ChannelHost } from './owned-channel.ts'
import { printable } from './ssh-authentication.ts'
import type { SftpClient } from './ssh-channel.ts'
import type { SshIdentity } from './ssh-login.ts'
import type { SessionParts } from './ssh-session-parts.ts'
import { CHANNEL_REFUSED, type ChannelOpening, type SshTransport } from './ssh-transport.ts'

/** Encrypted and given to the socket ahead of the network; the rest waits as it is. */
const SOCKET_AHEAD_BYTES = 1024 * 1024
/** Some clients open channels of a few bytes a packet; that is a way to keep us busy. */
const MIN_CLIENT_PACKET_BYTES = 256

/** The channels of an authenticated session (RFC 4254): `subsystem sftp`, and nothing else. */
export class SshChannels implements ChannelHost {
  readonly transport: SshTransport
  readonly maxUnsentBytes: number
  readonly #parts: SessionParts
  readonly #identity: SshIdentity
  readonly #ident: string
  readonly #socket: { readonly writableLength: number }
  readonly #onSftp: (client: SftpClient) => void
  readonly #onTransferEnd: () => void
  readonly #open = new Map<number, { channel: OwnedChannel; isSftp: boolean }>()
  readonly #toFlush = new Set<OwnedChannel>()
  #takesChannels = true
  #isStopping = false
  #transfers = 0
  #hasProgress = false

  constructor(
    parts: SessionParts,
    options: {
      readonly identity: SshIdentity
      /** What the client calls itself. */
      readonly ident: string
      readonly socket: { readonly writableLength: number }
      readonly onSftp: (client: SftpClient) => void
      readonly onTransferEnd: () => void
    },
  ) {
    this.#parts = parts
    this.transport = parts.transport
    this.maxUnsentBytes = parts.settings.maxUnsentBytes
    this.#identity = options.identity
    this.#ident = options.ident
    this.#socket = options.socket
    this.#onSftp = options.onSftp
    this.#onTransferEnd = options.onTransferEnd
  }

  // --- ChannelHost ---

  get socketBytes(): number {
    return this.#socket.writableLength
  }

  get maySend(): boolean {
    const hasRoom = this.socketBytes < SOCKET_AHEAD_BYTES
    return hasRoom && !this.#parts.isOver && !this.transport.isExchangingKeys
  }

  scheduleFlush(channel: OwnedChannel): void {
    if (this.#toFlush.size === 0) {
      process.nextTick(() => this.#parts.guarded(() => this.#flushScheduled()))
    }
    this.#toFlush.add(channel)
  }

  progress(bytes: number): void {
    if (bytes > 0) this.#hasProgress = true
  }

  cut(reason: string): void {
    this.#parts.cut(reason)
  }

  // --- what the session asks ---

  /** Bytes have moved on a channel since the last call. */
  takeProgress(): boolean {
    const hadProgress = this.#hasProgress
    this.#hasProgress = false
    return hadProgress
  }

  get transfers(): number {
    return this.#transfers
  }

  /** Nothing is in hand and nothing waits to be sent. */
  get isQuiet(): boolean {
    return this.#transfers === 0 && ![...this.#open.values()].some((row) => row.channel.hasUnsent)
  }

  /** The client promises to open no other channel (OpenSSH, PROTOCOL §2.2): held to it. */
  takeNoMore(): void {
    this.#takesChannels = false
  }

  /** What is in hand goes on, nothing new starts. */
  stop(): void {
    this.#takesChannels = false
    this.#isStopping = true
  }

  /** The network or new keys made room. */
  flush(): void {
    for (const { channel } of this.#open.values()) channel.flush()
  }

  gone(): void {
    const rows = [...this.#open.values()]
    this.#open.clear()
    for (const { channel } of rows) this.#parts.guarded(() => channel.gone())
  }

  // --- messages ---

  open(open: ChannelOpening): void {
    if (open.type !== 'session') {
      this.#parts.transcribe('in', 'CHANNEL_OPEN', `${printable(open.type)}: refused`)
      const isForwarding = open.type.startsWith('direct-')
      const reason = isForwarding ? CHANNEL_REFUSED.prohibited : CHANNEL_REFUSED.unknownType
      this.transport.refuseChannel(open.sender, reason)
      return
    }
    if (!this.#takesChannels) {
      this.transport.refuseChannel(open.sender, CHANNEL_REFUSED.prohibited)
      return
    }
    const isFull = this.#open.size >= this.#parts.settings.maxChannels
    if (isFull || open.packetSize < MIN_CLIENT_PACKET_BYTES) {
      this.transport.refuseChannel(open.sender, CHANNEL_REFUSED.resourceShortage)
      return
    }
    let id = 0
    while (this.#open.has(id)) id += 1
    this.#open.set(id, { channel: new OwnedChannel(this, open), isSftp: false })
    this.transport.confirmChannel(open.sender, id, WINDOW_BYTES, PACKET_BYTES)
  }

  data(id: number, data: Buffer): void {
    if (this.#parts.isOver) return
    const row = this.#open.get(id)
    if (row?.isSftp === true) row.channel.receive(data)
    else this.#parts.cut('data on a channel that carries nothing')
  }

  widen(id: number, bytes: number): void {
    this.#open.get(id)?.channel.widen(bytes)
  }

  eof(id: number): void {
    this.#open.get(id)?.channel.receiveEof()
  }

  close(id: number): void {
    const row = this.#open.get(id)
    this.#open.delete(id)
    row?.channel.receiveClose()
  }

  /** Only `subsystem sftp`, once; any other request fails, late ones (PuTTY's winadj) included. */
  request(id: number, type: string, wantsReply: boolean, argument: string): void {
    const row = this.#open.get(id)
    if (row === undefined || this.#parts.isOver) return
    const isSftp = type === 'subsystem' && argument === 'sftp' && !row.isSftp
    const isTaken = isSftp && this.#mayStart()
    const what = argument === '' ? printable(type) : `${printable(type)} ${printable(argument)}`
    this.#parts.transcribe('in', 'CHANNEL_REQUEST', `${what}: ${isTaken ? 'taken' : 'refused'}`)
    if (isTaken) row.isSftp = true
    if (wantsReply) this.transport.answerChannelRequest(row.channel.remoteId, isTaken)
    const { record } = this.#parts
    if (!isTaken || record === undefined) return
    this.#onSftp({
      connection: this.#identity.connection,
      session: record,
      peer: this.#parts.peer,
      ident: this.#ident,
      keyFingerprint: this.#identity.fingerprint,
      mayStart: () => this.#mayStart(),
      beginTransfer: () => {
        this.#transfers += 1
        this.#hasProgress = true
      },
      endTransfer: () => {
        this.#transfers -= 1
        this.#hasProgress = true
        this.#onTransferEnd()
      },
      channel: row.channel,
    })
  }

  #mayStart(): boolean {
    return !this.#isStopping && this.#identity.isStillAccepted()
  }

  #flushScheduled(): void {
    const channels = [...this.#toFlush]
    this.#toFlush.clear()
    for (const channel of channels) channel.flush()
  }
}
