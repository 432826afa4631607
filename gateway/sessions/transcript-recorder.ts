import { createReadStream } from 'node:fs'
import { appendFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { TranscriptEntry, TranscriptWriter } from '../../protocols/transcript.ts'
import type { Clock } from '../clock.ts'
import { removeFile } from '../durable-files.ts'

const compress = promisify(gzip)

/** Kept of one session, before compression (decisions B8): 10 MB, of which the end gets a fifth. */
const HEAD_BYTES = 8 * 1000 * 1000
const TAIL_BYTES = 2 * 1000 * 1000
/** Lines are compressed and put on disk by this much; a short session touches no disk until it ends. */
const SPILL_BYTES = 64 * 1024
/** Lines on their way to a slow disk, at most; what comes then belongs to the tail. */
const MAX_UNSPILLED_BYTES = 1024 * 1024
/** One message, at most: a listener hands over what a peer sent. */
const MAX_SUMMARY_CHARACTERS = 2_000
const MAX_HEX_CHARACTERS = 8_192
const MAX_LINE_CHARACTERS = 32_768

/**
 * What one session records of the wire. The beginning goes to a file piece by piece, the end
 * stays in memory; what lies between is counted and left out.
 */
export class TranscriptRecorder implements TranscriptWriter {
  readonly #path: string
  readonly #clock: Clock
  #head: string[] = []
  #headBytes = 0
  #pendingBytes = 0
  #unspilledBytes = 0
  #isHeadFull = false
  #tail: string[] = []
  #tailBytes = 0
  /** Lines of `#tail` that are left out already. */
  #tailStart = 0
  #cut = { entries: 0, bytes: 0 }
  #isFinished = false
  #spilling: Promise<void> | undefined

  /** @param options.path where the beginning may be put, when it grows */
  constructor(options: { readonly path: string; readonly clock: Clock }) {
    this.#path = options.path
    this.#clock = options.clock
  }

  get isEmpty(): boolean {
    return this.#headBytes === 0
  }

  record(entry: TranscriptEntry): void {
    if (this.#isFinished) return
    const line = this.#line(entry)
    const bytes = Buffer.byteLength(line)
    if (!this.#isHeadFull && this.#headBytes + bytes <= HEAD_BYTES) {
      this.#head.push(line)
      this.#headBytes += bytes
      this.#pendingBytes += bytes
      if (this.#pendingBytes >= SPILL_BYTES) this.#spill()
      return
    }
    this.#isHeadFull = true
    this.#tail.push(line)
    this.#tailBytes += bytes
    while (this.#tailBytes > TAIL_BYTES) this.#leaveOutOldest()
  }

  /**
   * The whole transcript, in one gzip member or several: `header` as its first line, then the
   * beginning, what was cut, the end. What is recorded later is left out.
   */
  async *finish(header: Readonly<Record<string, unknown>>): AsyncGenerator<Buffer> {
    this.#isFinished = true
    await this.#spilling
    const first = `${JSON.stringify(header)}\n`
    const rest = [...this.#head, ...this.#cutLine(), ...this.#tail.slice(this.#tailStart)].join('')
    // Short sessions are many: one member.
    if (this.#spilling === undefined) yield await compress(first + rest)
    else {
      yield await compress(first)
      yield* createReadStream(this.#path) as AsyncIterable<Buffer>
      if (rest !== '') yield await compress(rest)
    }
  }

  /** Removes what was put on disk. */
  async discard(): Promise<void> {
    this.#isFinished = true
    if (this.#spilling === undefined) return
    await this.#spilling
    await removeFile(this.#path)
  }

  #line(entry: TranscriptEntry): string {
    const message = {
      t: this.#clock.now(),
      dir: entry.direction,
      layer: entry.layer,
      name: entry.name,
      summary: entry.summary.slice(0, MAX_SUMMARY_CHARACTERS),
      fields: entry.fields,
      hex: entry.hex?.slice(0, MAX_HEX_CHARACTERS),
      flowId: entry.flowId,
      exchange: entry.exchange,
    }
    const line = JSON.stringify(message)
    if (line.length <= MAX_LINE_CHARACTERS) return `${line}\n`
    return `${JSON.stringify({ ...message, name: entry.name.slice(0, 100), fields: { leftOut: line.length } })}\n`
  }

  #spill(): void {
    const text = this.#head.join('')
    const bytes = this.#pendingBytes
    this.#head = []
    this.#pendingBytes = 0
    this.#unspilledBytes += bytes
    if (this.#unspilledBytes > MAX_UNSPILLED_BYTES) this.#isHeadFull = true
    this.#spilling = (this.#spilling ?? Promise.resolve())
      .then(async () => appendFile(this.#path, await compress(text), { mode: 0o600 }))
      .catch(() => this.#lose(bytes))
      .finally(() => {
        this.#unspilledBytes -= bytes
      })
  }

  /** A piece that no disk takes is cut out like any other. */
  #lose(bytes: number): void {
    this.#isHeadFull = true
    this.#cut.bytes += bytes
  }

  #leaveOutOldest(): void {
    const oldest = this.#tail[this.#tailStart]
    if (oldest === undefined) return
    this.#tailStart += 1
    const bytes = Buffer.byteLength(oldest)
    this.#tailBytes -= bytes
    this.#cut.entries += 1
    this.#cut.bytes += bytes
    if (this.#tailStart < 4_096) return
    this.#tail = this.#tail.slice(this.#tailStart)
    this.#tailStart = 0
  }

  #cutLine(): string[] {
    if (this.#cut.bytes === 0) return []
    const line = {
      t: this.#clock.now(),
      layer: 'transcript',
      name: 'cut',
      summary: 'The session said more than a transcript keeps; its middle is left out.',
      fields: this.#cut,
    }
    return [`${JSON.stringify(line)}\n`]
  }
}
