/** Four blocks of OpenSSH's 255 KiB, with what stands in front of each. */
export const TRANSFER_BUFFER_BYTES = 1024 * 1024

/** Kept when nobody needs them: what four connections at full speed have under way. */
const MAX_FREE_BUFFERS = 16

/** What was used last is used next. */
const free: Buffer[] = []

/**
 * Memory for what is on its way between network and file, used again and again by all sessions:
 * fresh memory for each block would wait for the garbage collector.
 */
export function takeTransferBuffer(): Buffer {
  return free.pop() ?? Buffer.allocUnsafeSlow(TRANSFER_BUFFER_BYTES)
}

/** Gives one back that nobody looks at any more; once only. Other buffers are left alone. */
export function giveBackTransferBuffer(buffer: Buffer): void {
  const isOurs = buffer.length === TRANSFER_BUFFER_BYTES
  if (isOurs && free.length < MAX_FREE_BUFFERS) free.push(buffer)
}
