import {
  TRANSFER_BUFFER_BYTES,
  giveBackTransferBuffer,
  takeTransferBuffer,
} from './transfer-buffers.ts'

/** Memory that data of WRITEs is gathered in, one behind the other. */
class Slab {
  readonly memory = takeTransferBuffer()
  used = 0
  #holders = 0

  /** Nobody holds it any more: its memory is another's, or will be. */
  get isGone(): boolean {
    return this.#holders === 0
  }

  hold(): void {
    this.#holders += 1
  }

  release(): void {
    this.#holders -= 1
    if (this.#holders === 0) giveBackTransferBuffer(this.memory)
  }
}

/** The data of one WRITE. Who does not release it leaves its memory to the garbage collector. */
export class WriteData {
  /** Filled from the first on; two where one slab ended. */
  readonly slices: Buffer[] = []
  readonly #slabs: Slab[] = []

  /** Behind what was added before. */
  add(slab: Slab, start: number, end: number): void {
    const last = this.slices.length - 1
    if (this.#slabs.at(-1) === slab) {
      const from = start - this.slices[last]!.length
      this.slices[last] = slab.memory.subarray(from, end)
      return
    }
    slab.hold()
    this.#slabs.push(slab)
    this.slices.push(slab.memory.subarray(start, end))
  }

  /** Nobody looks at the slices any more. Idempotent. */
  release(): void {
    for (const slab of this.#slabs.splice(0)) slab.release()
  }
}

/**
 * Where a session's WRITEs wait for the file. Packets are decrypted into memory of their own and
 * are many: copied here they die at once, which costs less than keeping them until they are
 * written (the collector copies and counts what lives longer), and the file is written from a few
 * large pieces. An idle session holds none.
 */
export class WriteMemory {
  #slab: Slab | undefined

  copy(bytes: Buffer, into: WriteData): void {
    for (let from = 0; from < bytes.length;) {
      const slab = this.#withRoom()
      const start = slab.used
      const count = bytes.copy(slab.memory, start, from)
      slab.used += count
      from += count
      into.add(slab, start, slab.used)
    }
  }

  #withRoom(): Slab {
    const slab = this.#slab
    if (slab !== undefined && !slab.isGone && slab.used < TRANSFER_BUFFER_BYTES) return slab
    this.#slab = new Slab()
    return this.#slab
  }
}

/** The same bytes in fewer pieces: neighbours in memory become one. */
export function joinNeighbours(slices: readonly Buffer[]): Buffer[] {
  const joined: Buffer[] = []
  for (const slice of slices) {
    const last = joined.at(-1)
    const isNeighbour =
      last?.buffer === slice.buffer && last.byteOffset + last.length === slice.byteOffset
    if (isNeighbour) {
      joined[joined.length - 1] = Buffer.from(
        slice.buffer,
        last.byteOffset,
        last.length + slice.length,
      )
    } else joined.push(slice)
  }
  return joined
}
