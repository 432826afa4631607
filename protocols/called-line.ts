import type { Socket } from 'node:net'
import type { SessionLine } from './listener.ts'
import { DeliveryFault } from './return-flow-sender.ts'

/**
 * The line of a session in which the gateway calls a partner: its bytes over all sockets that it
 * took, and an end to it from outside.
 */
export class CalledLine implements SessionLine {
  readonly #cut = new AbortController()
  readonly #sockets: Socket[] = []
  #reason: string | undefined

  /** Aborts when somebody cuts the line: for what waits without a socket. */
  get signal(): AbortSignal {
    return this.#cut.signal
  }

  /** Why it was cut; undefined: it was not. */
  get reason(): string | undefined {
    return this.#reason
  }

  /** What an attempt that was cut ends by; undefined: it was not. */
  get fault(): DeliveryFault | undefined {
    if (this.#reason === undefined) return undefined
    return new DeliveryFault({
      code: 'SESSION_CUT',
      retry: true,
      isUncounted: true,
      message: {
        en: `The session was ended on our side (${this.#reason}); it is tried again.`,
        fr: `La session a été interrompue de notre côté (${this.#reason}) ; une autre tentative suivra.`,
      },
    })
  }

  /** It goes over this socket from now on. */
  use(socket: Socket): void {
    if (this.#reason === undefined) this.#sockets.push(socket)
    else socket.destroy()
  }

  bytes(): { readonly in: number; readonly out: number } {
    let [received, sent] = [0, 0]
    for (const socket of this.#sockets) {
      received += socket.bytesRead
      sent += socket.bytesWritten
    }
    return { in: received, out: sent }
  }

  /** The first reason holds. */
  cut(reason: string): void {
    if (this.#reason !== undefined) return
    this.#reason = reason
    // Before the sockets: who sees them end is to know why.
    this.#cut.abort()
    for (const socket of this.#sockets) socket.destroy()
  }
}
