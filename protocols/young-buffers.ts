import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * V8 collects its young generation when objects fill it, and the bytes of a buffer are not in its
 * count. Of those it knows only that 64 MiB more were allocated since the last full collection,
 * and then it starts the next one: some fifty for one upload of 512 MB, which was half of the CPU
 * time and 100 MB of memory (measured with Node 24.21). The packets of a transfer die young, so a
 * collection of the young generation alone, every few mebibytes, gives all of them back in less
 * than a millisecond and full ones become rare.
 */
const BYTES_BETWEEN_COLLECTIONS = 4 * 1024 * 1024

type CollectGarbage = (options: { readonly type: 'minor'; readonly execution: 'sync' }) => void

let collect: CollectGarbage | undefined
let bytesSinceCollection = 0

/** Told of bytes that came in or went out through buffers made for them. */
export function buffersPassed(bytes: number): void {
  bytesSinceCollection += bytes
  if (bytesSinceCollection < BYTES_BETWEEN_COLLECTIONS) return
  bytesSinceCollection = 0
  collect ??= loadCollector()
  collect({ type: 'minor', execution: 'sync' })
}

/** The collector that `--expose-gc` gives, without asking for the flag at start. */
function loadCollector(): CollectGarbage {
  setFlagsFromString('--expose-gc')
  const found: unknown = runInNewContext('gc')
  setFlagsFromString('--no-expose-gc')
  return typeof found === 'function' ? (found as CollectGarbage) : () => {}
}
