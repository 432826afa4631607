import type { FaultAction, FaultContext } from '../../gateway/faults.ts'
import { diagnostic } from './diagnostics.ts'
import type { Diagnostic } from './diagnostics.ts'
import { actOn } from './server-context.ts'
import type { ServerContext } from './server-context.ts'

/**
 * The fault point `data` of one file that comes in. It is passed for each FPDU of data: without a
 * fault it costs one lookup.
 */
export class DataFaultPoint {
  readonly #context: ServerContext
  readonly #refuse: (said: Diagnostic) => void
  readonly #facts: FaultContext & { bytes: number }

  /** @param refuse ends the transfer with that diagnostic */
  constructor(context: ServerContext, interfaceCode: string, refuse: (said: Diagnostic) => void) {
    const { connection, session } = context
    this.#context = context
    this.#refuse = refuse
    this.#facts = {
      protocol: 'pesit',
      connectionId: connection.id,
      sessionId: session.id,
      interfaceCode,
      asker: this,
      bytes: 0,
    }
  }

  /** @param bytes of the file so far */
  pass(bytes: number): void {
    const { services, log } = this.#context
    this.#facts.bytes = bytes
    const action = services.faults.at('data', this.#facts)
    if (action === undefined) return
    this.#meet(action).catch((err: unknown) => log.error({ err }, 'transfer failed'))
  }

  async #meet(action: FaultAction): Promise<void> {
    const { line, log } = this.#context
    line.pause()
    try {
      const fault = await actOn(this.#context, action, 'data')
      if (fault === undefined || fault === 'cut') return
      log.warn({ fault: fault.refuse }, 'a fault on demand ends the transfer')
      this.#refuse(fault.diagnostic ?? diagnostic('2/215'))
    } finally {
      line.resume()
    }
  }
}
