import { createReadStream } from 'node:fs'
import { appendFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { TranscriptEntry, TranscriptWriter } from '../../protocols/transcript.ts'
import type { Clock } from '../clock.ts'
import { removeFile } from '../durable-files.ts'
import { LineBytes } from './line-bytes.ts'

const compress = promisify(gzip)

/** Kept of one session, before compression (decisions B8): 10 MB, of which the end gets a fifth. */
const HEAD_BYTES = 8 * 1000 * 1000
const TAIL_BYTES = 2 * 1000 * 1000
/** The end is left out piece by piece. */
const TAIL_PIECE_BYTES = 100 * 1000
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
  /** Of the beginning, what is not on its way to disk. */
  #head = new LineBytes()
  #headBytes = 0
  #unspilledBytes = 0
  #isHeadFull = false
  /** Pieces of the end, oldest first. */
  #tail: LineBytes[] = []
  #tailBytes = 0
  /** Memory of a piece that is done with. */
  #spare: LineBytes | undefined
  #cut = { entries: 0, bytes: 0 }
  #isFinished = false
  #spilling: Promise<void> | undefined
  /** Of the file, whole pieces: a disk that fails may have taken a part of the next one. */
  #fileBytes = 0
  #isDiskLost = false

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
    if (!this.#isHeadFull && this.#headBytes + bytes < HEAD_BYTES) {
      this.#head.add(line, bytes)
      this.#headBytes += bytes + 1
      if (this.#head.length >= SPILL_BYTES) this.#spill()
    } else {
      this.#isHeadFull = true
      this.#addToTail(line, bytes)
    }
  }

  /**
   * The whole transcript, in one gzip member or several: `header` as its first line, then the
   * beginning, what was cut, the end. What is recorded later is left out.
   */
  async *finish(header: Readonly<Record<string, unknown>>): AsyncGenerator<Buffer> {
    this.#isFinished = true
    await this.#spilling
    const first = Buffer.from(`${JSON.stringify(header)}\n`)
    const tail = this.#tail.map(({ bytes }) => bytes)
    const rest = Buffer.concat([this.#head.bytes, this.#cutLine(), ...tail])
    // Short sessions are many: one member.
    if (this.#fileBytes === 0) yield await compress(Buffer.concat([first, rest]))
    else {
      yield await compress(first)
      const whole = { end: this.#fileBytes - 1 }
      yield* createReadStream(this.#path, whole) as AsyncIterable<Buffer>
      if (rest.length > 0) yield await compress(rest)
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
    if (line.length <= MAX_LINE_CHARACTERS) return line
    const name = entry.name.slice(0, 100)
    return JSON.stringify({ ...message, name, fields: { leftOut: line.length } })
  }

  #spill(): void {
    const lines = this.#head
    const { length } = lines
    this.#head = this.#takeSpare()
    this.#unspilledBytes += length
    if (this.#unspilledBytes > MAX_UNSPILLED_BYTES) this.#isHeadFull = true
    this.#spilling = (this.#spilling ?? Promise.resolve())
      .then(async () => this.#append(await compress(lines.bytes)))
      .catch(() => this.#lose(lines))
      .finally(() => {
        this.#unspilledBytes -= length
        this.#spare = lines
      })
  }

  async #append(piece: Buffer): Promise<void> {
    if (this.#isDiskLost) throw new Error('the beginning has ended before')
    await appendFile(this.#path, piece, { mode: 0o600 })
    this.#fileBytes += piece.length
  }

  /** A piece that no disk takes is cut out like any other, and with it what comes behind. */
  #lose({ length, lines }: LineBytes): void {
    this.#isDiskLost = true
    this.#isHeadFull = true
    this.#cut.entries += lines
    this.#cut.bytes += length
  }

  #addToTail(line: string, bytes: number): void {
    let last = this.#tail.at(-1)
    if (last === undefined || last.length + bytes >= TAIL_PIECE_BYTES) {
      last = this.#takeSpare()
      this.#tail.push(last)
    }
    last.add(line, bytes)
    this.#tailBytes += bytes + 1
    while (this.#tailBytes > TAIL_BYTES) this.#leaveOutOldest()
  }

  #leaveOutOldest(): void {
    const oldest = this.#tail.shift()
    if (oldest === undefined) return
    this.#tailBytes -= oldest.length
    this.#cut.entries += oldest.lines
    this.#cut.bytes += oldest.length
    this.#spare = oldest
  }

  #takeSpare(): LineBytes {
    const lines = this.#spare ?? new LineBytes()
    this.#spare = undefined
    lines.clear()
    return lines
  }

  #cutLine(): Buffer {
    if (this.#cut.bytes === 0) return Buffer.alloc(0)
    const line = {
      t: this.#clock.now(),
      layer: 'transcript',
      name: 'cut',
      summary: 'The session said more than a transcript keeps; its middle is left out.',
      fields: this.#cut,
    }
    return Buffer.from(`${JSON.stringify(line)}\n`)
  }
}
