import { Worker } from 'node:worker_threads'
import { GatewayError } from '../../gateway/errors.ts'

/** Whether a content shows itself whole; `other` = not ours to tell, the pipeline will. */
export type Completeness = 'complete' | 'incomplete' | 'other'

export type GzipRequest =
  | { readonly kind: 'begin'; readonly id: number; readonly maxOutputBytes: number }
  /** The first `bytes` of `memory` come next; `memory` moves to the thread. */
  | {
      readonly kind: 'step'
      readonly id: number
      readonly memory: ArrayBuffer
      readonly bytes: number
    }
  /** Nothing more comes: answers with the verdict. */
  | { readonly kind: 'end'; readonly id: number }
  | { readonly kind: 'forget'; readonly id: number }

/** One for each step and for the end, in order. */
export interface GzipAnswer {
  readonly id: number
  /** Moves back to be filled again; absent once a verdict is known. */
  readonly memory?: ArrayBuffer
  readonly verdict?: Completeness
}

interface Waiting {
  readonly resolve: (answer: GzipAnswer) => void
  readonly reject: (error: GatewayError) => void
}

const SCRIPT = new URL(
  import.meta.url.endsWith('.ts') ? './gzip-worker.ts' : './gzip-worker.js',
  import.meta.url,
)

/** The process's only one, started when the first content needs it; it never keeps a process alive. */
let shared: GzipThread | undefined
let nextId = 0

/** One content that the thread inflates, step by step, in the order of the calls. */
export class GzipInflation {
  readonly #id: number
  readonly #thread: GzipThread

  constructor(maxOutputBytes: number) {
    if (shared === undefined || shared.isDead) shared = new GzipThread()
    this.#thread = shared
    this.#id = nextId
    nextId += 1
    this.#thread.tell({ kind: 'begin', id: this.#id, maxOutputBytes })
  }

  /**
   * Hands over `memory`, of which the first `bytes` are the step, until they were inflated.
   * @throws GatewayError INTERNAL when the thread died
   */
  step(memory: ArrayBuffer, bytes: number): Promise<GzipAnswer> {
    return this.#thread.ask({ kind: 'step', id: this.#id, memory, bytes }, [memory])
  }

  /** @throws GatewayError INTERNAL when the thread died */
  async finish(): Promise<Completeness> {
    const { verdict } = await this.#thread.ask({ kind: 'end', id: this.#id }, [])
    return verdict ?? 'other'
  }

  abandon(): void {
    this.#thread.tell({ kind: 'forget', id: this.#id })
  }
}

class GzipThread {
  readonly #worker = new Worker(SCRIPT, { name: 'sftp-gzip' })
  /** By content, in the order they were asked. */
  readonly #waiting = new Map<number, Waiting[]>()
  #isDead = false

  constructor() {
    this.#worker.on('message', (answer: GzipAnswer) => this.#settle(answer))
    this.#worker.on('error', (error) => this.#die(error.message))
    this.#worker.on('exit', () => this.#die('it ended'))
    this.#worker.unref()
  }

  get isDead(): boolean {
    return this.#isDead
  }

  tell(request: GzipRequest): void {
    this.#worker.postMessage(request)
  }

  ask(request: GzipRequest, transfer: readonly ArrayBuffer[]): Promise<GzipAnswer> {
    return new Promise((resolve, reject) => {
      if (this.#isDead) {
        reject(threadFault('it ended'))
        return
      }
      const waiting = this.#waiting.get(request.id) ?? []
      waiting.push({ resolve, reject })
      this.#waiting.set(request.id, waiting)
      this.#worker.ref()
      this.#worker.postMessage(request, transfer)
    })
  }

  #settle(answer: GzipAnswer): void {
    const waiting = this.#waiting.get(answer.id) ?? []
    const first = waiting.shift()
    if (waiting.length === 0) this.#waiting.delete(answer.id)
    if (this.#waiting.size === 0) this.#worker.unref()
    first?.resolve(answer)
  }

  #die(why: string): void {
    this.#isDead = true
    for (const { reject } of [...this.#waiting.values()].flat()) reject(threadFault(why))
    this.#waiting.clear()
  }
}

function threadFault(why: string): GatewayError {
  return new GatewayError('INTERNAL', `The thread that inflates uploads failed: ${why}`)
}
