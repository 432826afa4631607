import { parentPort, type MessagePort } from 'node:worker_threads'
import { createGunzip, type Gunzip } from 'node:zlib'
import { buffersPassed } from '../young-buffers.ts'
import type { Completeness, GzipAnswer, GzipRequest } from './gzip-thread.ts'

/**
 * Inflates contents that arrive elsewhere and throws the output away. In a thread of its own,
 * because zlib's streams make a buffer for all they inflate: beside the listener's heap each
 * collection of them would cost ten times as much.
 */

/**
 * Output that is thrown away in one piece: more than a step of content that hardly compresses
 * inflates to, because each piece is a trip to the thread pool and back.
 */
const OUTPUT_CHUNK_BYTES = 1024 * 1024

/** One zlib stream. */
class Inflation {
  readonly #gunzip: Gunzip = createGunzip({ chunkSize: OUTPUT_CHUNK_BYTES })
  readonly #maxOutputBytes: number
  readonly #ended: Promise<void>
  #output = 0
  #verdict: Completeness | undefined

  constructor(maxOutputBytes: number) {
    this.#maxOutputBytes = maxOutputBytes
    this.#gunzip.on('data', (chunk: Buffer) => this.#inflated(chunk.length))
    this.#ended = new Promise((resolve) => {
      this.#gunzip.on('end', () => this.decide('complete'))
      this.#gunzip.on('error', (error: NodeJS.ErrnoException) => {
        this.decide(error.code === 'Z_BUF_ERROR' ? 'incomplete' : 'other')
      })
      this.#gunzip.on('close', resolve)
    })
  }

  /** Resolves when the bytes were inflated or need not be, to the verdict when it is known. */
  async take(bytes: Buffer): Promise<Completeness | undefined> {
    if (this.#verdict !== undefined) return this.#verdict
    const written = new Promise<void>((resolve) => {
      this.#gunzip.write(bytes, () => resolve())
    })
    await Promise.race([written, this.#ended])
    return this.#verdict
  }

  async finish(): Promise<Completeness> {
    if (this.#verdict === undefined) this.#gunzip.end()
    await this.#ended
    return this.#verdict ?? 'other'
  }

  decide(verdict: Completeness): void {
    this.#verdict ??= verdict
    this.#gunzip.destroy()
  }

  #inflated(bytes: number): void {
    buffersPassed(bytes)
    this.#output += bytes
    if (this.#output > this.#maxOutputBytes) this.decide('other')
  }
}

const inflations = new Map<number, Inflation>()

async function answerTo(request: GzipRequest): Promise<GzipAnswer | undefined> {
  const { id } = request
  if (request.kind === 'begin') {
    inflations.set(id, new Inflation(request.maxOutputBytes))
    return undefined
  }
  const inflation = inflations.get(id)
  if (inflation === undefined) return undefined
  if (request.kind === 'step') {
    const { memory, bytes } = request
    const verdict = await inflation.take(Buffer.from(memory, 0, bytes))
    // With a verdict before its end, zlib may still be reading there: the memory stays here.
    return verdict === undefined ? { id, memory } : { id, verdict }
  }
  inflations.delete(id)
  if (request.kind === 'end') return { id, verdict: await inflation.finish() }
  inflation.decide('other')
  return undefined
}

function serve(port: MessagePort): void {
  port.on('message', (request: GzipRequest) => {
    void answerTo(request).then((answer) => {
      if (answer === undefined) return
      port.postMessage(answer, answer.memory === undefined ? [] : [answer.memory])
    })
  })
}

if (parentPort !== null) serve(parentPort)
