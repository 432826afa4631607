import type { Socket } from 'node:net'

/** Four times what one read of a socket brings otherwise, so that fewer packets come in two pieces. */
const RECEIVED_BYTES = 256 * 1024

/** One for all sockets: its bytes are done with before the next read. */
const received = Buffer.allocUnsafeSlow(RECEIVED_BYTES)

/**
 * Has a socket receive into one memory, over and over, in place of a new buffer for each read.
 * Node does so for sockets that a program opens (option `onread` of `net.connect`) but has no way
 * to ask for it on those a server accepts: this sets what that option sets. `data` still tells of
 * what was read before.
 * @param onBytes told of each read; the bytes hold until it returns
 * @returns false when this Node's sockets are made otherwise: all goes on with `data` then
 */
export function receiveInPlace(socket: Socket, onBytes: (bytes: Buffer) => void): boolean {
  const inner = socket as Socket & InnerSocket
  const target = fieldOf(socket, 'kBuffer')
  const told = fieldOf(socket, 'kBufferCb')
  const handle = inner._handle
  if (handle?.useUserBuffer === undefined || target === undefined || told === undefined) {
    return false
  }
  if (socket.readableLength > 0) return false
  inner[told] = (count: number): boolean => {
    onBytes(received.subarray(0, count))
    return true
  }
  inner[target] = received
  handle.useUserBuffer(received)
  return true
}

/** What a socket of Node 24 is made of, as far as it matters here. */
interface InnerSocket {
  readonly _handle?: { useUserBuffer?(memory: Buffer): void } | null
  [field: symbol]: unknown
}

function fieldOf(socket: Socket, name: string): symbol | undefined {
  return Object.getOwnPropertySymbols(socket).find((symbol) => symbol.description === name)
}
