import { once } from 'node:events'
import { createInflate, type Inflate } from 'node:zlib'
import { buffersPassed } from '../../young-buffers.ts'
import { MessageFault } from '../message-fault.ts'
import type { Octets } from '../octets.ts'

/** zlib reaches 1:1028: a few kilobytes are a few megabytes, and a gigabyte is a terabyte. */
export interface InflationLimits {
  readonly maxBytes: number
  /** Out to in, looked at once `freeBytes` came out. */
  readonly maxRatio: number
  readonly freeBytes: number
}

const PIECE_BYTES = 64 * 1024

/**
 * Inflates a zlib stream (RFC 1950) while reading it, in zlib's own threads. Bytes after the
 * stream's end, which some senders leave, are read and ignored.
 * @throws MessageFault `decompression`: damaged, cut short, or over a limit
 */
export async function* inflated(octets: Octets, limits: InflationLimits): AsyncGenerator<Buffer> {
  const inflate = createInflate({ chunkSize: PIECE_BYTES })
  const feeding = new Feeding(inflate)
  const fed = feeding.feed(octets)
  // Its failure is looked at below, once the inflater has ended.
  fed.catch(() => {})
  let bytes = 0
  try {
    for await (const piece of inflate as AsyncIterable<Buffer>) {
      bytes += piece.length
      buffersPassed(piece.length)
      const isBomb = bytes > limits.freeBytes && bytes > feeding.bytes * limits.maxRatio
      if (bytes > limits.maxBytes || isBomb) {
        throw new MessageFault('decompression', `Inflates to more than ${bytes} bytes: refused`)
      }
      yield piece
    }
  } catch (error) {
    throw feeding.failure ?? asFault(error)
  } finally {
    feeding.isOver = true
    inflate.destroy()
  }
  await fed
}

/** Carries octets into the inflater, and knows how many. */
class Feeding {
  readonly #inflate: Inflate
  bytes = 0
  isOver = false
  /** What the source threw: it is told rather than the inflater's own end. */
  failure: unknown

  constructor(inflate: Inflate) {
    this.#inflate = inflate
  }

  async feed(octets: Octets): Promise<void> {
    try {
      for await (const piece of octets) {
        this.bytes += piece.length
        if (!this.isOver && !this.#inflate.write(piece)) await this.#drained()
      }
      if (!this.isOver) this.#inflate.end()
    } catch (error) {
      this.failure = error
      this.#inflate.destroy(error instanceof Error ? error : new Error('The source failed'))
      throw error
    }
  }

  /** Room again, or nothing more wanted: the stream has ended before its source. */
  async #drained(): Promise<void> {
    const settled = new AbortController()
    const { signal } = settled
    const events = ['drain', 'end', 'close'] as const
    try {
      await Promise.race(events.map((event) => once(this.#inflate, event, { signal })))
    } catch {
      // An error of the inflater: the reading side throws it.
    } finally {
      settled.abort()
    }
  }
}

function asFault(error: unknown): MessageFault {
  if (error instanceof MessageFault) return error
  return new MessageFault('decompression', 'The compressed content is damaged or cut short', error)
}
