import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** How a line misbehaves on purpose, below any protocol. */
export interface LineFault {
  /** It breaks once the peer has sent so many bytes. */
  readonly cutAfterBytes?: number
  /** Both ways together. */
  readonly bytesPerSecond?: number
}

/** A slow line passes what it may ten times a second. */
const SLICES_PER_SECOND = 10

/**
 * Puts a faulty line between a peer's socket and the protocol: what is handed over is the other
 * end of a local pipe, so that TLS, SSH and plain protocols all meet the fault at its exact byte.
 * @param socket of the peer, paused
 * @returns the protocol's end, paused; it closes when the peer's does, and the other way round
 */
export async function throughFaultyLine(socket: Socket, fault: LineFault): Promise<Socket> {
  const path = pipePath()
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: false })
  try {
    const [protocolEnd, lineEnd] = await Promise.all([accepted(server, path), joined(server, path)])
    endTogether(socket, lineEnd)
    const budget = new Budget(fault.bytesPerSecond)
    void pump(socket, lineEnd, budget, fault.cutAfterBytes)
    void pump(lineEnd, socket, budget)
    return protocolEnd
  } finally {
    server.close()
    if (process.platform !== 'win32') await rm(path, { force: true })
  }
}

function pipePath(): string {
  const name = `raccord-line-${randomUUID()}`
  return process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : join(tmpdir(), name)
}

function accepted(server: Server, path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.once('connection', resolve)
    server.listen(path)
  })
}

async function joined(server: Server, path: string): Promise<Socket> {
  await new Promise((resolve) => {
    server.once('listening', resolve)
  })
  return await new Promise((resolve, reject) => {
    const socket = connect(path, () => resolve(socket))
    socket.once('error', reject)
  })
}

function endTogether(one: Socket, other: Socket): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.on('error', () => {})
    from.once('close', () => to.destroy())
  }
}

/** Passes what comes, in its order, at the speed of the budget; ends or breaks as it is told. */
async function pump(
  from: Socket,
  to: Socket,
  budget: Budget,
  cutAfterBytes = Infinity,
): Promise<void> {
  let passed = 0
  try {
    for await (const chunk of from) {
      const bytes = (chunk as Buffer).subarray(0, cutAfterBytes - passed)
      for (let start = 0; start < bytes.length;) {
        const count = await budget.take(bytes.length - start)
        await written(to, bytes.subarray(start, start + count))
        start += count
      }
      passed += bytes.length
      if (passed >= cutAfterBytes) {
        from.resetAndDestroy()
        return
      }
    }
    to.end()
  } catch {
    from.destroy()
    to.destroy()
  }
}

function written(to: Socket, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    to.write(bytes, (error) => {
      if (error) reject(error)
      else resolve()
    })
  })
}

/** Bytes that may pass, so many in each slice of a second. */
class Budget {
  readonly #bytesPerSlice: number
  #left: number
  #slice = 0

  constructor(bytesPerSecond = Infinity) {
    this.#bytesPerSlice = Math.max(1, Math.floor(bytesPerSecond / SLICES_PER_SECOND))
    this.#left = this.#bytesPerSlice
  }

  /** Resolves to how many of `wanted` may pass now: one at least. */
  async take(wanted: number): Promise<number> {
    for (;;) {
      const slice = Math.floor((performance.now() / 1_000) * SLICES_PER_SECOND)
      if (slice !== this.#slice) {
        this.#slice = slice
        this.#left = this.#bytesPerSlice
      }
      const count = Math.min(wanted, this.#left)
      this.#left -= count
      if (count > 0) return count
      await sleep(1_000 / SLICES_PER_SECOND)
    }
  }
}
