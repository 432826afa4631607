import type { SftpChannel } from './ssh-channel.ts'
import type { SshTransport } from './ssh-transport.ts'

/**
 * The flow control of one SSH channel (RFC 4254 §5), both ways: our receive window moves only
 * with `consumed`, and what goes out is encrypted only when the client's window and the socket
 * have room.
 */

/**
 * What a client may send before we give credit: OpenSSH's own size. It bounds what a stalled
 * upload holds in memory, and is enough for 100 Mbit/s over 160 ms; on loopback more gains nothing.
 */
export const WINDOW_BYTES = 2 * 1024 * 1024
/** Every implementation takes packets of this size (RFC 4253 §6.1); OpenSSH's size too. */
export const PACKET_BYTES = 32 * 1024
const ADJUST_BYTES = WINDOW_BYTES / 4
const MAX_WINDOW = 2 ** 32 - 1

/** What a channel asks of its session. */
export interface ChannelHost {
  readonly transport: SshTransport
  /** Bytes the socket has not taken. */
  readonly socketBytes: number
  /** False while a key exchange runs or the socket has enough. */
  readonly maySend: boolean
  readonly maxUnsentBytes: number
  /** Calls `flush` before the turn ends. */
  scheduleFlush(channel: OwnedChannel): void
  /** Bytes moved on a channel. */
  progress(bytes: number): void
  cut(reason: string): void
}

interface Piece {
  readonly bytes: Uint8Array
  readonly done: (() => void) | undefined
}

export class OwnedChannel implements SftpChannel {
  readonly remoteId: number
  readonly #host: ChannelHost
  readonly #maxPacketBytes: number
  #incomingWindow = WINDOW_BYTES
  /** Delivered and not given back. */
  #outstanding = 0
  /** Given back and not yet told to the client. */
  #credit = 0
  #outgoingWindow: number
  readonly #queue: Piece[] = []
  /** Index of the first piece not sent whole, and what of it was. */
  #head = 0
  #headOffset = 0
  #queuedBytes = 0
  #wasFull = false
  #isEnding = false
  #hasSentClose = false
  #isGone = false
  #hasEnded = false
  #onData: ((chunk: Buffer) => void) | undefined
  #onEnd: (() => void) | undefined
  #onClose: (() => void) | undefined
  #onDrain: (() => void) | undefined

  constructor(
    host: ChannelHost,
    open: { readonly sender: number; readonly window: number; readonly packetSize: number },
  ) {
    this.#host = host
    this.remoteId = open.sender
    this.#outgoingWindow = open.window
    this.#maxPacketBytes = Math.min(open.packetSize, PACKET_BYTES)
  }

  // --- SftpChannel ---

  onData(handler: (chunk: Buffer) => void): void {
    this.#onData = handler
  }

  onEnd(handler: () => void): void {
    this.#onEnd = handler
  }

  onClose(handler: () => void): void {
    this.#onClose = handler
  }

  onDrain(handler: () => void): void {
    this.#onDrain = handler
  }

  consumed(bytes: number): void {
    this.#outstanding -= bytes
    if (this.#outstanding < 0) {
      this.#host.cut('more was consumed than was delivered')
      return
    }
    this.#credit += bytes
    if (this.#credit < ADJUST_BYTES || this.#isGone || this.#hasSentClose || this.#hasEnded) return
    this.#host.transport.adjustWindow(this.remoteId, this.#credit)
    this.#incomingWindow += this.#credit
    this.#credit = 0
  }

  write(buffers: readonly Uint8Array[], done?: () => void): void {
    if (this.#isGone || this.#isEnding) {
      if (done !== undefined) process.nextTick(done)
      return
    }
    let bytes = 0
    for (const [index, buffer] of buffers.entries()) {
      bytes += buffer.length
      this.#queue.push({ bytes: buffer, done: index === buffers.length - 1 ? done : undefined })
    }
    if (buffers.length === 0 && done !== undefined) {
      this.#queue.push({ bytes: new Uint8Array(0), done })
    }
    this.#queuedBytes += bytes
    if (this.unsentBytes >= this.#host.maxUnsentBytes / 2) this.#wasFull = true
    this.#host.scheduleFlush(this)
  }

  explain(text: string): void {
    const bytes = Buffer.from(text)
    const hasRoom = bytes.length <= Math.min(this.#outgoingWindow, this.#maxPacketBytes)
    const isOpen = !this.#isGone && !this.#isEnding && !this.#hasSentClose
    if (!hasRoom || !isOpen || !this.#host.maySend) return
    this.#host.transport.sendStderr(this.remoteId, bytes)
    this.#outgoingWindow -= bytes.length
  }

  get unsentBytes(): number {
    return this.#queuedBytes + this.#host.socketBytes
  }

  end(): void {
    if (this.#isEnding) return
    this.#isEnding = true
    this.#host.scheduleFlush(this)
  }

  destroy(reason: string): void {
    this.#host.cut(reason)
  }

  // --- what the session calls ---

  /** Something waits for the client's window or for the network. */
  get hasUnsent(): boolean {
    return this.#queuedBytes > 0
  }

  /** Channel data came. A client that ignores the window is cut: memory is what it would take. */
  receive(data: Buffer): void {
    this.#incomingWindow -= data.length
    if (this.#incomingWindow < 0) {
      this.#host.cut('the client ignores the receive window')
      return
    }
    if (this.#hasEnded) {
      this.#host.cut('channel data after EOF')
      return
    }
    this.#outstanding += data.length
    this.#host.progress(data.length)
    this.#onData?.(data)
  }

  receiveEof(): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#onEnd?.()
  }

  /** The client gave credit. */
  widen(bytes: number): void {
    this.#outgoingWindow += bytes
    if (this.#outgoingWindow > MAX_WINDOW) this.#host.cut('the send window overflows')
    else if (this.#queuedBytes > 0) this.#host.scheduleFlush(this)
  }

  /** The client closed the channel: answers CLOSE and is gone. */
  receiveClose(): void {
    if (!this.#hasSentClose) {
      this.#hasSentClose = true
      this.#host.transport.sendClose(this.remoteId)
    }
    this.gone()
  }

  /** The connection or the channel is no more. Idempotent. */
  gone(): void {
    if (this.#isGone) return
    this.#isGone = true
    const waiting = this.#queue.slice(this.#head)
    this.#queue.length = 0
    this.#head = 0
    this.#queuedBytes = 0
    for (const piece of waiting) piece.done?.()
    this.#onClose?.()
  }

  /** Sends what may go now; called once a turn, and when the client or the network made room. */
  flush(): void {
    if (this.#isGone || this.#hasSentClose) return
    while (this.#head < this.#queue.length && this.#host.maySend) {
      const size = Math.min(this.#queuedBytes, this.#maxPacketBytes, this.#outgoingWindow)
      if (size === 0 && this.#queuedBytes > 0) break
      this.#send(size)
      if (this.#isGone) return // a `done` may cut the connection
    }
    this.#queue.splice(0, this.#head)
    this.#head = 0
    if (this.#queue.length === 0 && this.#isEnding) this.#finish()
    this.drained()
  }

  /** Tells the writer once there is room again. */
  drained(): void {
    if (!this.#wasFull || this.unsentBytes >= this.#host.maxUnsentBytes / 2) return
    this.#wasFull = false
    this.#onDrain?.()
  }

  /** One packet of `size` bytes from the head of the queue; then tells whose buffers are free. */
  #send(size: number): void {
    const parts: Uint8Array[] = []
    const finished: (() => void)[] = []
    let left = size
    while (this.#head < this.#queue.length) {
      const { bytes, done } = this.#queue[this.#head]!
      const available = bytes.length - this.#headOffset
      const take = Math.min(available, left)
      if (take > 0) {
        const isWhole = take === bytes.length
        parts.push(isWhole ? bytes : bytes.subarray(this.#headOffset, this.#headOffset + take))
      }
      left -= take
      if (take < available) {
        this.#headOffset += take
        break
      }
      this.#head += 1
      this.#headOffset = 0
      if (done !== undefined) finished.push(done)
    }
    if (size > 0) {
      this.#host.transport.sendData(this.remoteId, parts, size)
      this.#outgoingWindow -= size
      this.#queuedBytes -= size
      this.#host.progress(size)
    }
    for (const done of finished) done()
  }

  /** `scp` needs the exit status before the end (reference sftp §9). */
  #finish(): void {
    this.#hasSentClose = true
    const { transport } = this.#host
    transport.sendExitStatus(this.remoteId, 0)
    transport.sendEof(this.remoteId)
    transport.sendClose(this.remoteId)
  }
}
