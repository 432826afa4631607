import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { GatewayError } from '../errors.ts'
import type { ContentFacts } from './content-facts.ts'

export type ReadingRequest =
  | {
      readonly kind: 'follow'
      readonly id: number
      readonly path: string
      readonly seeksEnd: boolean
      /** Bytes from the beginning of the file that are there and will not change. */
      readonly upTo: number
      /** `upTo` is the whole file: answer with the facts. */
      readonly isLast: boolean
    }
  | { readonly kind: 'forget'; readonly id: number }

export type ReadingAnswer =
  | { readonly id: number; readonly facts: ContentFacts }
  | { readonly id: number; readonly fault: string }

type FollowedFacts = Omit<Extract<ReadingRequest, { readonly kind: 'follow' }>, 'upTo' | 'isLast'>

interface Waiting {
  readonly resolve: (facts: ContentFacts) => void
  readonly reject: (error: GatewayError) => void
}

/** One gigabyte keeps a thread busy for 0.7 to 2 s, so a few threads serve any number of files. */
const MAX_THREADS = 4

/** Threads that read large files beside the event loop; none is started before the first one. */
export class ReadingThreads {
  readonly #threads: (ReadingThread | undefined)[]
  #nextId = 0

  constructor(threads = Math.max(1, Math.min(MAX_THREADS, availableParallelism() - 1))) {
    this.#threads = Array.from({ length: threads })
  }

  /** A new file to follow; `advance` and `finish` count bytes from its beginning. */
  follow(path: string, seeksEnd = true): FollowedFile {
    const id = this.#nextId
    this.#nextId += 1
    const slot = id % this.#threads.length
    let thread = this.#threads[slot]
    if (thread === undefined || thread.isDead) {
      thread = new ReadingThread()
      this.#threads[slot] = thread
    }
    return new FollowedFile(thread, { kind: 'follow', id, path, seeksEnd })
  }

  async close(): Promise<void> {
    await Promise.all(
      this.#threads.flatMap((thread) => (thread === undefined ? [] : [thread.stop()])),
    )
    this.#threads.fill(undefined)
  }
}

/** One growing file that a thread reads behind the writer. */
export class FollowedFile {
  readonly #thread: ReadingThread
  readonly #file: FollowedFacts
  #upTo = 0

  constructor(thread: ReadingThread, file: FollowedFacts) {
    this.#thread = thread
    this.#file = file
  }

  /** Bytes that may be read already: a change below makes the facts wrong. */
  get upTo(): number {
    return this.#upTo
  }

  advance(upTo: number): void {
    this.#upTo = upTo
    this.#thread.send({ ...this.#file, upTo, isLast: false })
  }

  /** @throws GatewayError INTERNAL when the file cannot be read */
  async finish(bytes: number): Promise<ContentFacts> {
    this.#upTo = bytes
    return this.#thread.finish({ ...this.#file, upTo: bytes, isLast: true })
  }

  forget(): void {
    this.#thread.send({ kind: 'forget', id: this.#file.id })
  }
}

class ReadingThread {
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  /** Faults met while following, told at `finish`. */
  readonly #faults = new Map<number, string>()
  #isDead = false

  constructor() {
    const name = import.meta.url.endsWith('.ts') ? './reading-worker.ts' : './reading-worker.js'
    this.#worker = new Worker(new URL(name, import.meta.url), {
      name: 'staging-reading',
      resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4 },
    })
    this.#worker.on('message', (answer: ReadingAnswer) => this.#settle(answer))
    this.#worker.on('error', (error) => this.#die(error))
    this.#worker.on('exit', () => this.#die(new Error('the reading thread ended')))
    this.#worker.unref()
  }

  get isDead(): boolean {
    return this.#isDead
  }

  send(request: ReadingRequest): void {
    if (request.kind === 'forget') this.#faults.delete(request.id)
    this.#worker.postMessage(request)
  }

  finish(request: ReadingRequest): Promise<ContentFacts> {
    const fault = this.#faults.get(request.id)
    if (fault !== undefined || this.#isDead) {
      this.#faults.delete(request.id)
      return Promise.reject(readingFault(fault ?? 'the reading thread ended'))
    }
    return new Promise((resolve, reject) => {
      this.#waiting.set(request.id, { resolve, reject })
      this.#worker.ref()
      this.#worker.postMessage(request)
    })
  }

  async stop(): Promise<void> {
    await this.#worker.terminate()
  }

  #settle(answer: ReadingAnswer): void {
    const waiting = this.#waiting.get(answer.id)
    if (waiting === undefined) {
      if ('fault' in answer) this.#faults.set(answer.id, answer.fault)
      return
    }
    this.#waiting.delete(answer.id)
    if (this.#waiting.size === 0) this.#worker.unref()
    if ('fault' in answer) waiting.reject(readingFault(answer.fault))
    else waiting.resolve(answer.facts)
  }

  #die(error: unknown): void {
    this.#isDead = true
    for (const { reject } of this.#waiting.values()) {
      reject(readingFault(error instanceof Error ? error.message : String(error)))
    }
    this.#waiting.clear()
  }
}

function readingFault(why: string): GatewayError {
  return new GatewayError('INTERNAL', `A received file could not be read: ${why}`)
}
