import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { GatewayError } from '../gateway/errors.ts'

export interface AntivirusSettings {
  /** `host:port`, or the path of a local socket; empty = none. */
  readonly clamd: string
  readonly timeoutSeconds: number
}

export type ScanResult =
  | { readonly isClean: true }
  | { readonly isClean: false; readonly found: string }

/** clamd refuses pieces beyond its StreamMaxLength in sum, not one by one; 64 KiB is usual. */
const PIECE_BYTES = 64 * 1024
/** `stream: NAME FOUND`: no answer is longer. */
const MAX_ANSWER_BYTES = 4_096

/**
 * Has a clamd look at a content, streamed (clamd(8), INSTREAM).
 * @throws GatewayError ANTIVIRUS_UNAVAILABLE when it cannot be reached, does not answer in time, or
 * does not take the content (its StreamMaxLength): nothing was looked at
 */
export async function scanContent(
  settings: AntivirusSettings,
  content: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<ScanResult> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(settings.timeoutSeconds * 1_000)])
  const socket = connect(addressOf(settings.clamd))
  socket.on('error', () => {}) // told by whatever is being waited for
  deadline.addEventListener('abort', () => socket.destroy(), { once: true })
  try {
    await once(socket, 'connect', { signal: deadline })
    const answer = readAnswer(socket)
    await sendContent(socket, content, deadline)
    return verdictOf(await answer)
  } catch (cause) {
    signal.throwIfAborted()
    if (cause instanceof GatewayError) throw cause
    throw unavailable('clamd cannot be asked.', cause)
  } finally {
    socket.destroy()
  }
}

function addressOf(clamd: string): { host: string; port: number } | { path: string } {
  const match = /^(.+):(\d{1,5})$/.exec(clamd)
  return match === null ? { path: clamd } : { host: match[1]!, port: Number(match[2]) }
}

/** Until the end of the content, or until clamd has answered before it. */
async function sendContent(
  socket: Socket,
  content: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  socket.write('zINSTREAM\0')
  for await (const bytes of content) {
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      const piece = bytes.subarray(at, at + PIECE_BYTES)
      if (socket.readableEnded || socket.destroyed) return
      socket.write(lengthOf(piece.length))
      if (!socket.write(piece))
        await Promise.race([once(socket, 'drain', { signal }), once(socket, 'close')])
    }
  }
  socket.write(lengthOf(0))
}

function lengthOf(bytes: number): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes)
  return length
}

async function readAnswer(socket: Socket): Promise<string> {
  let answer = ''
  for await (const piece of socket) {
    answer += (piece as Buffer).toString('utf8')
    if (answer.includes('\0') || answer.length > MAX_ANSWER_BYTES) break
  }
  return answer.replace(/\0.*$/s, '').trim()
}

function verdictOf(answer: string): ScanResult {
  if (answer === 'stream: OK') return { isClean: true }
  const found = /^stream: (.{1,200}) FOUND$/.exec(answer)?.[1]
  if (found !== undefined) return { isClean: false, found }
  throw unavailable(`clamd answered "${answer.slice(0, 200)}".`)
}

function unavailable(message: string, cause?: unknown): GatewayError {
  return new GatewayError('ANTIVIRUS_UNAVAILABLE', message, cause === undefined ? {} : { cause })
}
