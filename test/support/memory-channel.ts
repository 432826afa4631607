import { newId } from '../../gateway/ids.ts'
import { configSchema } from '../../config/schema.ts'
import type { Config } from '../../config/schema.ts'
import { SftpSession } from '../../protocols/sftp/session.ts'
import type { SftpChannel, SftpClient } from '../../protocols/sftp/ssh-channel.ts'
import type { MemoryServices } from './memory-services.ts'
import { RawPeer } from './sftp-peer/raw-peer.ts'

export const DEFAULT_SFTP_SETTINGS: Config['sftp'] = configSchema.parse({}).sftp

/** A channel without SSH: what the server writes goes to the peer, window and room are looked at. */
export class MemoryChannel implements SftpChannel {
  /** Delivered and not given back. */
  heldWindow = 0
  unsentBytes = 0
  /** The client takes nothing: what is written stays unsent. */
  isStalled = false
  destroyed: string | undefined
  hasEnded = false
  /** What was said beside the data. */
  readonly explained: string[] = []
  maxBatchBuffers = 0
  #onData: (chunk: Buffer) => void = () => {}
  #onEnd: () => void = () => {}
  #onClose: () => void = () => {}
  #onDrain: () => void = () => {}
  #toPeer: (bytes: Buffer) => void = () => {}
  #stalled: { bytes: Buffer; done: (() => void) | undefined }[] = []

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
    this.heldWindow -= bytes
    if (this.heldWindow < 0) throw new Error('more was given back than came')
  }

  write(buffers: readonly Uint8Array[], done?: () => void): void {
    const bytes = Buffer.concat(buffers)
    this.unsentBytes += bytes.length
    this.#stalled.push({ bytes, done })
    if (!this.isStalled) queueMicrotask(() => this.deliver())
  }

  explain(text: string): void {
    this.explained.push(text)
  }

  end(): void {
    this.hasEnded = true
    queueMicrotask(() => this.close())
  }

  destroy(reason: string): void {
    this.destroyed = reason
    queueMicrotask(() => this.close())
  }

  // --- the peer's side ---

  toPeer(handler: (bytes: Buffer) => void): void {
    this.#toPeer = handler
  }

  receive(bytes: Buffer): void {
    if (this.destroyed !== undefined) return
    this.heldWindow += bytes.length
    this.#onData(bytes)
  }

  receiveEnd(): void {
    this.#onEnd()
  }

  /** The peer takes what was written. */
  deliver(): void {
    const stalled = this.#stalled
    this.#stalled = []
    const wasFull = this.unsentBytes > 0
    this.unsentBytes = 0
    for (const { bytes, done } of stalled) {
      this.#toPeer(bytes)
      done?.()
    }
    if (wasFull) this.#onDrain()
  }

  close(): void {
    this.#onClose()
    this.#onClose = () => {}
  }
}

export interface MemorySession {
  readonly channel: MemoryChannel
  readonly peer: RawPeer
  /** Resolves when the session is over and its handles are let go. */
  readonly ended: Promise<void>
  readonly transfers: () => number
}

export interface MemorySessionOptions {
  readonly settings?: Partial<Config['sftp']>
  readonly mayStart?: () => boolean
  /** Leave INIT to the test. */
  readonly isUnbegun?: boolean
}

/** A session of partner SIM123 over a channel in memory, begun. */
export async function openMemorySession(
  memory: MemoryServices,
  { settings = {}, mayStart = () => true, isUnbegun = false }: MemorySessionOptions = {},
): Promise<MemorySession> {
  const services = memory.services()
  const channel = new MemoryChannel()
  let transfers = 0
  const client: SftpClient = {
    connection: { id: 'cnx_test', applicationCode: 'SIM123', protocol: 'sftp' },
    session: services.sessions.open({ protocol: 'sftp', peer: 'test' }),
    peer: '192.0.2.1:22022',
    ident: `SSH-2.0-test_${newId('run').slice(-4)}`,
    keyFingerprint: 'SHA256:test',
    mayStart,
    beginTransfer: () => {
      transfers += 1
    },
    endTransfer: () => {
      transfers -= 1
    },
    channel,
  }
  const context = {
    client,
    services,
    settings: { ...DEFAULT_SFTP_SETTINGS, ...settings },
    log: services.log,
  }
  const peer = new RawPeer({
    send: (bytes) => channel.receive(bytes),
    onData: (handler) => channel.toPeer(handler),
  })
  const ended = new Promise<void>((resolve) => {
    new SftpSession(context, resolve).start()
  })
  if (!isUnbegun) await peer.begin()
  return { channel, peer, ended, transfers: () => transfers }
}
