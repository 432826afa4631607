import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { TaskEnd, TaskReply, TaskRequest } from './serve-tasks.ts'

export interface ThreadPoolOptions {
  /** A module that calls `serveTasks`. */
  readonly workerFile: URL
  /** At most; 0 = as many as there are processors. Started when they are needed. */
  readonly threads: number
  /** Old-generation heap of one thread: a hostile invoice ends its thread, never the process. */
  readonly memoryMib: number
  /** One task may take this long, once its thread has begun it; then the thread is ended. */
  readonly taskSeconds: number
}

interface Task {
  readonly request: TaskRequest
  readonly signal: AbortSignal
  readonly onNews: (news: unknown) => void
  /** Takes it out of the queue, or ends its thread. */
  readonly abort: () => void
  readonly resolve: (result: unknown) => void
  readonly reject: (error: unknown) => void
}

/** A worker thread and what it has in hand. */
interface Thread {
  readonly worker: Worker
  /** It has loaded its program. */
  isReady: boolean
  task: Task | undefined
  timer: NodeJS.Timeout | undefined
  /** Why it is being ended, or died. */
  failure: unknown
}

/**
 * Heap for what dies young. With the process's own, which is set for transfers, one thread that
 * reads invoices held 100 MiB more and was no faster (measured on 10,000 invoices).
 */
const YOUNG_GENERATION_MIB = 12

/** To load its program, which on a machine that does much else takes many seconds. */
const START_SECONDS = 120

/** An idle thread is ended after this time, with the memory it holds. */
const IDLE_MILLISECONDS = 10_000

/**
 * Worker threads for what would hold up the event loop. A thread has one task at a time; one that
 * dies, whatever way, fails the task it had and nothing else, and another takes its place.
 */
export class ThreadPool {
  readonly threads: number
  readonly #options: ThreadPoolOptions
  readonly #waiting: Task[] = []
  readonly #idle: Thread[] = []
  readonly #alive = new Set<Thread>()
  #isDestroyed = false

  constructor(options: ThreadPoolOptions) {
    this.#options = options
    this.threads = options.threads === 0 ? availableParallelism() : options.threads
  }

  /**
   * Runs the task `name` of the worker module.
   * @param onNews is told what the task tells before it ends
   * @throws what the task threw, that its thread died or took too long, or the reason of `signal`
   */
  run(
    name: string,
    input: unknown,
    signal: AbortSignal,
    onNews: (news: unknown) => void = () => {},
  ): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    const task: Task = {
      request: { name, input },
      signal,
      onNews,
      abort: () => this.#abort(task),
      resolve,
      reject,
    }
    if (this.#isDestroyed) reject(new Error('The thread pool is stopped'))
    else if (signal.aborted) reject(signal.reason)
    else {
      signal.addEventListener('abort', task.abort, { once: true })
      this.#waiting.push(task)
      this.#dispatch()
    }
    return promise
  }

  /** Ends every thread; tasks in hand or waiting are given up. */
  async destroy(): Promise<void> {
    this.#isDestroyed = true
    const stopped = new Error('The thread pool is stopped')
    for (const task of this.#waiting.splice(0)) this.#settle(task, { error: stopped })
    const threads = [...this.#alive]
    for (const thread of threads) thread.failure = stopped
    await Promise.all(threads.map(({ worker }) => worker.terminate()))
  }

  #dispatch(): void {
    while (this.#waiting.length > 0) {
      const thread = this.#idle.pop() ?? this.#startThread()
      if (thread === undefined) return
      this.#begin(thread, this.#waiting.shift()!)
    }
  }

  #begin(thread: Thread, task: Task): void {
    this.#allow(thread, thread.isReady ? this.#options.taskSeconds : START_SECONDS)
    thread.task = task
    thread.worker.ref()
    thread.worker.postMessage(task.request)
  }

  #allow(thread: Thread, seconds: number): void {
    clearTimeout(thread.timer)
    thread.timer = setTimeout(
      () => this.#end(thread, new Error(`A worker thread was ended after ${seconds} s`)),
      seconds * 1_000,
    )
  }

  #startThread(): Thread | undefined {
    if (this.#alive.size >= this.threads) return undefined
    const worker = new Worker(this.#options.workerFile, {
      resourceLimits: {
        maxOldGenerationSizeMb: this.#options.memoryMib,
        maxYoungGenerationSizeMb: YOUNG_GENERATION_MIB,
      },
    })
    const thread: Thread = {
      worker,
      isReady: false,
      task: undefined,
      timer: undefined,
      failure: undefined,
    }
    this.#alive.add(thread)
    worker.on('message', (reply: TaskReply) => {
      if ('isReady' in reply) this.#begun(thread)
      else if ('news' in reply) thread.task?.onNews(reply.news)
      else this.#finish(thread, reply)
    })
    worker.on('error', (error) => {
      thread.failure ??= error
    })
    worker.on('exit', (code) => this.#bury(thread, code))
    return thread
  }

  /** The thread takes the task it was started for: from now on its time runs. */
  #begun(thread: Thread): void {
    thread.isReady = true
    if (thread.task !== undefined) this.#allow(thread, this.#options.taskSeconds)
  }

  /** The thread has answered, and is free for what waits. */
  #finish(thread: Thread, end: TaskEnd): void {
    const { task } = thread
    if (task === undefined || thread.failure !== undefined) return
    clearTimeout(thread.timer)
    thread.task = undefined
    this.#settle(task, end)
    thread.worker.unref()
    thread.timer = setTimeout(() => this.#retire(thread), IDLE_MILLISECONDS).unref()
    this.#idle.push(thread)
    this.#dispatch()
  }

  #retire(thread: Thread): void {
    this.#idle.splice(this.#idle.indexOf(thread), 1)
    this.#end(thread, new Error('A worker thread had nothing to do'))
  }

  #abort(task: Task): void {
    const waiting = this.#waiting.indexOf(task)
    if (waiting >= 0) {
      this.#waiting.splice(waiting, 1)
      this.#settle(task, { error: task.signal.reason })
      return
    }
    const thread = [...this.#alive].find((candidate) => candidate.task === task)
    if (thread !== undefined) this.#end(thread, task.signal.reason)
  }

  /** Its `exit` event does the rest. */
  #end(thread: Thread, failure: unknown): void {
    thread.failure ??= failure
    void thread.worker.terminate()
  }

  #bury(thread: Thread, code: number): void {
    clearTimeout(thread.timer)
    this.#alive.delete(thread)
    const idle = this.#idle.indexOf(thread)
    if (idle >= 0) this.#idle.splice(idle, 1)
    const { task } = thread
    if (task !== undefined) {
      const error = thread.failure ?? new Error(`A worker thread ended by itself with code ${code}`)
      this.#settle(task, { error })
    }
    if (!this.#isDestroyed) this.#dispatch()
  }

  #settle(task: Task, end: TaskEnd): void {
    task.signal.removeEventListener('abort', task.abort)
    if ('result' in end) task.resolve(end.result)
    else if (end.systemCode === undefined) task.reject(end.error)
    else task.reject(Object.assign(end.error as Error, { code: end.systemCode }))
  }
}
