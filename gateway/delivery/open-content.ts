import type { ReadableContent } from '../../protocols/listener.ts'
import { closeFile, openFile, readInto } from '../durable-files.ts'
import { GatewayError } from '../errors.ts'
import type { StoredContent } from '../flow.ts'
import type { PayloadStore } from '../payloads/payloads.ts'

/** Opens a payload for random access, whatever store it is in. @throws GatewayError PAYLOAD_MISSING */
export async function openContent(
  payloads: Pick<PayloadStore, 'localFile'>,
  content: StoredContent,
): Promise<ReadableContent> {
  const file = await payloads.localFile(content)
  try {
    return new OpenContent(await openFile(file.path, 'r'), content.bytes, () => file.release())
  } catch (error) {
    await file.release()
    throw error
  }
}

/** Random access to a payload; the descriptor is closed after the last read it serves. */
class OpenContent implements ReadableContent {
  readonly bytes: number
  readonly #descriptor: number
  readonly #release: () => Promise<void>
  readonly #reading = new Set<Promise<number>>()
  #closed: Promise<void> | undefined

  constructor(descriptor: number, bytes: number, release: () => Promise<void>) {
    this.#descriptor = descriptor
    this.bytes = bytes
    this.#release = release
  }

  async read(buffers: readonly NodeJS.ArrayBufferView[], position: number): Promise<number> {
    if (this.#closed !== undefined) {
      throw new GatewayError('INTERNAL', 'A return flow was read after it was closed.')
    }
    const reading = readInto(this.#descriptor, buffers, position)
    this.#reading.add(reading)
    try {
      return await reading
    } finally {
      this.#reading.delete(reading)
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#reading)
    await closeFile(this.#descriptor)
    await this.#release()
  }
}
