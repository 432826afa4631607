import type { ExtractedChunk } from './extract-flow.ts'
import type { CheckedChunk } from './invoice-tasks.ts'

/** Checks in hand or waiting for a thread, beside one for each: a flow of few chunks is all checked. */
const CHECKS_BESIDE_THREADS = 2
/** Results wait in memory until the flow is extracted: about a kilobyte for each invoice. */
const MAX_HELD_INVOICES = 20_000

/**
 * Checks chunks of a flow while the rest of it is extracted: an archive is one stream, so that its
 * extraction keeps one processor busy and no more. What they find is only kept here: until the
 * whole of it has been read, the flow may be refused, and then nothing of it counts.
 */
export class EarlyChecks {
  readonly #check: (path: string) => Promise<CheckedChunk>
  readonly #limit: number
  readonly #begun = new Set<string>()
  readonly #inHand = new Set<Promise<void>>()
  readonly #results = new Map<string, CheckedChunk>()
  #heldInvoices = 0

  constructor(options: {
    readonly threads: number
    readonly check: (path: string) => Promise<CheckedChunk>
  }) {
    this.#check = options.check
    this.#limit = options.threads + CHECKS_BESIDE_THREADS
  }

  /** Begins to check a chunk, unless enough are in hand: it is then left to a job of its own. */
  offer({ path, parts }: ExtractedChunk): void {
    if (this.#inHand.size >= this.#limit || this.#heldInvoices >= MAX_HELD_INVOICES) return
    this.#heldInvoices += parts
    this.#begun.add(path)
    const check = this.#check(path)
      .then((checked) => {
        this.#results.set(path, checked)
      })
      // Whatever it died of, the chunk's own job meets it again and says so.
      .catch(() => {})
      .finally(() => this.#inHand.delete(check))
    this.#inHand.add(check)
  }

  hasBegun(path: string): boolean {
    return this.#begun.has(path)
  }

  /** What was found, by the path of the chunk, once all that was begun has ended. */
  async results(): Promise<ReadonlyMap<string, CheckedChunk>> {
    await Promise.all(this.#inHand)
    return this.#results
  }
}
