import { INIT, packet, takeReply } from './wire.ts'
import type { Field, PeerReply } from './wire.ts'

/** Any byte pipe to an SFTP server. */
export interface PeerPipe {
  send(bytes: Buffer): void
  onData(handler: (bytes: Buffer) => void): void
}

/** A client that sends what it is told, in any order, and keeps what comes back in order. */
export class RawPeer {
  readonly replies: PeerReply[] = []
  readonly #pipe: PeerPipe
  #input = Buffer.alloc(0)
  #nextId = 1
  #waiters: (() => void)[] = []

  constructor(pipe: PeerPipe) {
    this.#pipe = pipe
    pipe.onData((bytes) => {
      this.#input = Buffer.concat([this.#input, bytes])
      for (let taken = takeReply(this.#input); taken; taken = takeReply(this.#input)) {
        this.#input = this.#input.subarray(taken.length)
        this.replies.push(taken.reply)
      }
      const waiters = this.#waiters
      this.#waiters = []
      for (const wake of waiters) wake()
    })
  }

  /** Sends bytes as they are. */
  raw(bytes: Buffer): void {
    this.#pipe.send(bytes)
  }

  /** INIT, and its VERSION. */
  async begin(): Promise<PeerReply> {
    this.raw(INIT)
    return this.until((reply) => reply.type === 2)
  }

  /** Sends a request without waiting; its id is given back. */
  post(type: number, ...fields: Field[]): number {
    const id = this.#nextId
    this.#nextId += 1
    this.raw(packet(type, id, ...fields))
    return id
  }

  /** Sends a request and waits for its reply. */
  ask(type: number, ...fields: Field[]): Promise<PeerReply> {
    return this.answerTo(this.post(type, ...fields))
  }

  answerTo(id: number): Promise<PeerReply> {
    return this.until((reply) => reply.id === id && reply.type !== 2)
  }

  /** The first reply that fits, come or still to come. */
  async until(fits: (reply: PeerReply) => boolean): Promise<PeerReply> {
    for (;;) {
      const found = this.replies.find(fits)
      if (found !== undefined) return found
      await new Promise<void>((resolve) => {
        this.#waiters.push(resolve)
      })
    }
  }

  /** OPEN for a new file: write, create, truncate. */
  async open(path: string, flags = 26): Promise<Buffer> {
    const reply = await this.ask(3, path, flags, 0)
    if (reply.bytes === undefined) throw new Error(`OPEN: ${reply.code} ${reply.message}`)
    return reply.bytes
  }

  /** OPEN, WRITEs of `step` bytes all at once, CLOSE; the answer to CLOSE. */
  async upload(path: string, content: Buffer, step = 32_768): Promise<PeerReply> {
    const handle = await this.open(path)
    for (let at = 0; at < content.length; at += step) {
      this.post(6, handle, BigInt(at), content.subarray(at, at + step))
    }
    return this.ask(4, handle)
  }

  /** OPEN, READs to the end, CLOSE. */
  async download(path: string, step = 32_768): Promise<Buffer> {
    const handle = await this.open(path, 1)
    const pieces: Buffer[] = []
    let at = 0
    for (;;) {
      const reply = await this.ask(5, handle, BigInt(at), step)
      if (reply.bytes === undefined) break
      pieces.push(reply.bytes)
      at += reply.bytes.length
    }
    await this.ask(4, handle)
    return Buffer.concat(pieces)
  }
}
