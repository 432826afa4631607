/**
 * Memory that received articles are put into, so that the disk is given few large pieces and what
 * came over the network can go at once. Shared by all transfers: one that waits for nothing holds none.
 */
export const SLAB_BYTES = 256 * 1024
const MAX_SPARE = 12

const spare: Buffer[] = []

export function takeSlab(): Buffer {
  return spare.pop() ?? Buffer.allocUnsafeSlow(SLAB_BYTES)
}

/** Its bytes may be anything from now on. */
export function giveSlabBack(slab: Buffer): void {
  if (spare.length < MAX_SPARE) spare.push(slab)
}
