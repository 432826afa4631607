import { createHash } from 'node:crypto'
import { closeFile, openFile, readAt } from '../../durable-files.ts'
import { GatewayError } from '../../errors.ts'
import type { StoredContent } from '../../flow.ts'

/** Bytes of this machine that are sent to a store: a file, or memory. */
export type LocalContent = { readonly path: string } | { readonly bytes: Buffer }

/**
 * The pieces of a content in order, `pieceBytes` each but for the last; an empty one is one piece.
 * @throws GatewayError INTERNAL after the last one when they are not what the address says: what was
 *   sent of them must not stay
 */
export async function* piecesOf(
  source: LocalContent,
  content: StoredContent,
  pieceBytes: number,
): AsyncGenerator<Buffer> {
  const hash = createHash('sha256')
  const descriptor = 'path' in source ? await openFile(source.path, 'r') : undefined
  try {
    let position = 0
    do {
      const length = Math.min(pieceBytes, content.bytes - position)
      const piece =
        'bytes' in source
          ? source.bytes.subarray(position, position + length)
          : await readAt(descriptor!, position, length)
      if (piece.length !== length) break
      hash.update(piece)
      yield piece
      position += length
    } while (position < content.bytes)
  } finally {
    if (descriptor !== undefined) await closeFile(descriptor)
  }
  if (hash.digest('hex') !== content.sha256) {
    throw new GatewayError('INTERNAL', `A content changed on this disk: ${content.sha256}.`)
  }
}
