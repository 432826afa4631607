import type { IncomingMessage } from 'node:http'

/** The body did not come to its end: the line broke, or it came too slowly. Nobody is answered. */
export class BrokenBody extends Error {
  override readonly name = 'BrokenBody'
}

/** Over so long a body is watched. */
const WATCHED_MILLISECONDS = 30_000
const LOOK_MILLISECONDS = 5_000

/**
 * The body of a request as it arrives; asking for more is what lets the socket be read.
 * @param minBytesPerSecond of the time that we wait for the sender; 0 = any
 * @throws BrokenBody
 */
export async function* requestBody(
  request: IncomingMessage,
  minBytesPerSecond: number,
): AsyncGenerator<Buffer> {
  const pace = new Pace(minBytesPerSecond)
  const timer = setInterval(() => {
    if (pace.isTooSlow()) request.destroy(new BrokenBody('The body comes too slowly'))
  }, LOOK_MILLISECONDS)
  // Left before its end, the request stays: its answer goes over the same line.
  const pieces = request.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>
  try {
    for (;;) {
      pace.wait()
      const next = await pieces.next()
      if (next.done === true) break
      pace.came(next.value.length)
      yield next.value
    }
    if (!request.complete) throw new BrokenBody('The body ends early')
  } catch (cause) {
    if (cause instanceof BrokenBody) throw cause
    throw new BrokenBody('The line broke before the end of the body', { cause })
  } finally {
    clearInterval(timer)
    await pieces.return?.()
  }
}

/** How fast a sender sends while it is waited for. */
class Pace {
  readonly #minBytesPerSecond: number
  #waitedMilliseconds = 0
  #bytes = 0
  #since: number | undefined

  constructor(minBytesPerSecond: number) {
    this.#minBytesPerSecond = minBytesPerSecond
  }

  wait(): void {
    this.#since = performance.now()
  }

  came(bytes: number): void {
    this.#bytes += bytes
    if (this.#since !== undefined) this.#waitedMilliseconds += performance.now() - this.#since
    this.#since = undefined
    if (this.#waitedMilliseconds > WATCHED_MILLISECONDS && !this.#isUnderPace(0)) {
      this.#waitedMilliseconds = 0
      this.#bytes = 0
    }
  }

  isTooSlow(): boolean {
    const more = this.#since === undefined ? 0 : performance.now() - this.#since
    return this.#isUnderPace(more)
  }

  #isUnderPace(more: number): boolean {
    const waited = this.#waitedMilliseconds + more
    if (waited < WATCHED_MILLISECONDS) return false
    return this.#bytes < (this.#minBytesPerSecond * waited) / 1_000
  }
}
