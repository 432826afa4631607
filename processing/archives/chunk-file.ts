import { createHash } from 'node:crypto'
import { closeSync, createReadStream, openSync, writeSync } from 'node:fs'
import type { StoredContent } from '../../gateway/flow.ts'

/**
 * A chunk: a slice of a flow's invoices in one file, written by extraction and read by the job
 * that checks it. Names of the sender are data here, never paths.
 *
 *     "RACCHUNK1\n"
 *     per part:  length of the header (4 bytes, big endian), not 0
 *                header, JSON: {"part":1,"file":"F1.xml","bytes":8264}
 *                content
 *     end:       0 (4 bytes)
 */
const MAGIC = Buffer.from('RACCHUNK1\n', 'latin1')
const MAX_HEADER_BYTES = 4_096
/** Small pieces are gathered before they are written. */
const BUFFER_BYTES = 256 * 1024

export interface PartHeader {
  /** Ordinal in the flow, from 1. */
  readonly part: number
  readonly file: string
  readonly bytes: number
}

/** Writes one chunk file, synchronously: extraction has a thread of its own. */
export class ChunkWriter {
  readonly path: string
  readonly firstPart: number
  #parts = 0
  #bytes = 0
  readonly #descriptor: number
  readonly #hash = createHash('sha256')
  readonly #buffer = Buffer.allocUnsafe(BUFFER_BYTES)
  #used = 0

  /** @throws the file system's error; also when `path` exists */
  constructor(path: string, firstPart: number) {
    this.path = path
    this.firstPart = firstPart
    this.#descriptor = openSync(path, 'wx', 0o600)
    this.#write(MAGIC)
  }

  get parts(): number {
    return this.#parts
  }

  /** Bytes of the file so far. */
  get bytes(): number {
    return this.#bytes
  }

  startPart(header: PartHeader): void {
    const text = Buffer.from(JSON.stringify(header))
    this.#write(uint32(text.length))
    this.#write(text)
    this.#parts += 1
  }

  /** A piece of the content of the part last started. */
  content(bytes: Uint8Array): void {
    this.#write(bytes)
  }

  /** Ends the file; whoever stores it makes it durable. */
  finish(): StoredContent {
    try {
      this.#write(uint32(0))
      this.#flush()
    } finally {
      closeSync(this.#descriptor)
    }
    return { sha256: this.#hash.digest('hex'), bytes: this.#bytes }
  }

  /** Gives up; the file is the caller's to remove. */
  abandon(): void {
    closeSync(this.#descriptor)
  }

  #write(bytes: Uint8Array): void {
    this.#bytes += bytes.length
    if (this.#used + bytes.length > BUFFER_BYTES) this.#flush()
    if (bytes.length > BUFFER_BYTES) {
      this.#put(bytes)
    } else {
      this.#buffer.set(bytes, this.#used)
      this.#used += bytes.length
    }
  }

  #flush(): void {
    this.#put(this.#buffer.subarray(0, this.#used))
    this.#used = 0
  }

  #put(bytes: Uint8Array): void {
    this.#hash.update(bytes)
    let written = 0
    while (written < bytes.length) written += writeSync(this.#descriptor, bytes, written)
  }
}

/** What is left of its content is passed over once the next part is asked for. */
export interface ChunkPart extends PartHeader {
  /** All of its content in one piece. */
  whole(): Promise<Uint8Array>
  /** Its content in pieces, each valid for as long as one likes. */
  pieces(): AsyncGenerator<Uint8Array>
}

/**
 * Reads a chunk file, one part at a time; a part's content is whole in memory.
 * @throws Error as `readChunkParts`
 */
export async function* readChunk(
  path: string,
): AsyncGenerator<{ readonly part: number; readonly file: string; readonly bytes: Uint8Array }> {
  for await (const one of readChunkParts(path)) {
    yield { part: one.part, file: one.file, bytes: await one.whole() }
  }
}

/**
 * Reads a chunk file, one part at a time, of which no more is read than is asked for.
 * @throws Error when it is no chunk file or is cut: it is ours, so that is no partner's fault
 */
export async function* readChunkParts(path: string): AsyncGenerator<ChunkPart> {
  const source = createReadStream(path, { highWaterMark: BUFFER_BYTES })
  try {
    const input = new ExactReader(source)
    if (!MAGIC.equals(await input.take(MAGIC.length))) throw new Error('Not a chunk file.')
    for (;;) {
      const headerBytes = (await input.take(4)).readUInt32BE()
      if (headerBytes === 0) return
      if (headerBytes > MAX_HEADER_BYTES) throw new Error('A chunk file has a header too large.')
      const header = JSON.parse((await input.take(headerBytes)).toString()) as PartHeader
      const end = input.position + header.bytes
      yield {
        ...header,
        whole: () => input.take(header.bytes),
        pieces: () => input.pieces(end),
      }
      if (input.position < end) await input.pass(end)
    }
  } finally {
    source.destroy()
  }
}

/** Takes exact numbers of bytes out of a stream. */
class ExactReader {
  readonly #source: AsyncIterator<Uint8Array>
  #rest: Uint8Array = new Uint8Array(0)

  /** How many bytes have been taken. */
  position = 0

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  async take(wanted: number): Promise<Buffer> {
    const whole = Buffer.allocUnsafe(wanted)
    let filled = 0
    while (filled < wanted) {
      if (this.#rest.length === 0) await this.#more()
      const piece = this.#cut(wanted - filled)
      whole.set(piece, filled)
      filled += piece.length
    }
    return whole
  }

  /** As they come, up to this position. */
  async *pieces(end: number): AsyncGenerator<Uint8Array> {
    while (this.position < end) {
      if (this.#rest.length === 0) await this.#more()
      yield this.#cut(end - this.position)
    }
  }

  async pass(end: number): Promise<void> {
    while (this.position < end) {
      if (this.#rest.length === 0) await this.#more()
      this.#cut(end - this.position)
    }
  }

  #cut(most: number): Uint8Array {
    const piece = this.#rest.subarray(0, most)
    this.#rest = this.#rest.subarray(piece.length)
    this.position += piece.length
    return piece
  }

  async #more(): Promise<void> {
    const next = await this.#source.next()
    if (next.done === true) throw new Error('A chunk file is cut.')
    this.#rest = next.value
  }
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
