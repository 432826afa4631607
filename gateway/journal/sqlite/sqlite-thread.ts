import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { GatewayError } from '../../errors.ts'
import type { Failure, Reply, StartReport, ThreadSettings } from './thread-messages.ts'

/** Memory of a journal thread: short-lived messages, so a small young generation is enough. */
const YOUNG_GENERATION_MIB = 8

interface Waiting<Answer> {
  readonly resolve: (answer: Answer) => void
  readonly reject: (cause: GatewayError) => void
}

/** The main thread's side of a journal thread: numbered requests, each answered once. */
export class SqliteThread<Request extends object, Answer> {
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting<Answer>>()
  #lastId = 0
  #ended: GatewayError | undefined
  #onEnd: ((cause: GatewayError) => void) | undefined

  /** @throws GatewayError what stopped the thread from starting */
  static async start<Request extends object, Answer>(
    script: URL,
    settings: ThreadSettings,
  ): Promise<SqliteThread<Request, Answer>> {
    const worker = new Worker(script, {
      workerData: settings,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MIB },
    })
    const thread = new SqliteThread<Request, Answer>(worker)
    const report = await firstMessage(worker)
    if ('failure' in report) throw asError(report.failure)
    worker.on('message', (replies: readonly Reply<Answer>[]) => thread.#settle(replies))
    return thread
  }

  private constructor(worker: Worker) {
    this.#worker = worker
    worker.on('error', (cause) => this.#end('A journal thread failed', cause))
    worker.on('exit', () => this.#end('A journal thread has ended'))
  }

  /** Requests not answered yet. */
  get pending(): number {
    return this.#waiting.size
  }

  /** Called once when the thread ends without having been asked to. */
  onFailure(listener: (cause: GatewayError) => void): void {
    this.#onEnd = listener
  }

  request(body: Request): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) {
        reject(this.#ended)
        return
      }
      this.#lastId += 1
      this.#worker.postMessage({ id: this.#lastId, ...body })
      this.#waiting.set(this.#lastId, { resolve, reject })
    })
  }

  /** Answers what was asked before, then ends. */
  async stop(): Promise<void> {
    if (this.#ended !== undefined) return
    this.#onEnd = undefined
    const exit = new Promise((resolve) => this.#worker.once('exit', resolve))
    this.#worker.postMessage('close')
    await exit
  }

  #settle(replies: readonly Reply<Answer>[]): void {
    for (const reply of replies) {
      const waiting = this.#waiting.get(reply.id)
      this.#waiting.delete(reply.id)
      if ('failure' in reply) waiting?.reject(asError(reply.failure))
      else waiting?.resolve(reply.answer)
    }
  }

  #end(message: string, cause?: unknown): void {
    if (this.#ended !== undefined) return
    this.#ended = new GatewayError('JOURNAL_UNAVAILABLE', message, { cause })
    for (const { reject } of this.#waiting.values()) reject(this.#ended)
    this.#waiting.clear()
    this.#onEnd?.(this.#ended)
  }
}

async function firstMessage(worker: Worker): Promise<StartReport> {
  const ended = new AbortController()
  worker.once('exit', () => ended.abort())
  try {
    const [report] = (await once(worker, 'message', { signal: ended.signal })) as [StartReport]
    return report
  } catch (cause) {
    throw new GatewayError('JOURNAL_UNAVAILABLE', 'A journal thread could not start', { cause })
  }
}

function asError({ code, message }: Failure): GatewayError {
  return new GatewayError(code, message)
}
