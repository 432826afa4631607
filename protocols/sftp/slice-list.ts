/** Up to here slices are kept as they came; a 255 KiB request in 32 KiB packets has nine. */
const PLAIN_SLICES = 64

/** Later slices under this are copied together. */
const SMALL_SLICE_BYTES = 1024
const GATHER_BYTES = 32 * 1024

/**
 * A growing list of slices of packets, not copied. A peer that sends byte by byte would make each
 * byte cost an object of ours: after the first few, small slices are gathered by copying.
 */
export class SliceList {
  readonly slices: Buffer[] = []
  /** Behind the last slice of the list, when that is ours and has room. */
  #gather: { readonly buffer: Buffer; used: number } | undefined

  add(slice: Buffer): void {
    const { slices } = this
    if (slices.length < PLAIN_SLICES || slice.length >= SMALL_SLICE_BYTES) {
      this.#gather = undefined
      slices.push(slice)
      return
    }
    let gather = this.#gather
    if (gather === undefined || gather.used + slice.length > GATHER_BYTES) {
      gather = { buffer: Buffer.allocUnsafeSlow(GATHER_BYTES), used: 0 }
      this.#gather = gather
      slices.push(gather.buffer)
    }
    slice.copy(gather.buffer, gather.used)
    gather.used += slice.length
    slices[slices.length - 1] = gather.buffer.subarray(0, gather.used)
  }

  /** Takes the first slice away. */
  shift(): void {
    this.slices.shift()
  }
}
