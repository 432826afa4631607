import type { ReadableContent } from '../../protocols/listener.ts'

/** A content in memory; `failsAt` makes reading fail from that byte on, as a broken disk does. */
export function memoryContent(bytes: Buffer, failsAt = Infinity): ReadableContent {
  return {
    bytes: bytes.length,
    async read(buffers, position) {
      if (position >= failsAt) throw new Error('the disk is broken')
      let at = position
      for (const view of buffers) {
        const target = Buffer.from(view.buffer, view.byteOffset, view.byteLength)
        at += bytes.copy(target, 0, at)
      }
      return Math.min(at, bytes.length) - position
    },
    async close() {},
  }
}
