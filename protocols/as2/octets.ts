import { MessageFault } from './message-fault.ts'

/**
 * Bytes as they arrive, in pieces of any size. Reading on is asking for more, so back-pressure
 * reaches the socket; a fault found at the end (a bad tag, a bad digest) is thrown there, and what
 * was read before it must not have been released.
 */
export type Octets = AsyncIterable<Buffer>

/** These pieces, one by one. */
export async function* octetsOf(...pieces: readonly Uint8Array[]): AsyncGenerator<Buffer> {
  for (const piece of pieces) yield Buffer.from(piece.buffer, piece.byteOffset, piece.length)
}

/** All of them in one piece. @throws MessageFault `limit` when there are more than `maxBytes` */
export async function collect(octets: Octets, maxBytes: number): Promise<Buffer> {
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of octets) {
    bytes += piece.length
    if (bytes > maxBytes) throw new MessageFault('limit', `More than ${maxBytes} bytes`)
    pieces.push(piece)
  }
  return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces, bytes)
}

/** Reads to the end and keeps nothing. */
export async function drain(octets: Octets): Promise<void> {
  for await (const piece of octets) void piece
}

/** The same octets; `seen` is shown each piece as it passes. */
export async function* tapped(
  octets: Octets,
  seen: (piece: Buffer) => void,
): AsyncGenerator<Buffer> {
  for await (const piece of octets) {
    seen(piece)
    yield piece
  }
}
