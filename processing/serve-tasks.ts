import { parentPort } from 'node:worker_threads'

/** One task for a worker thread of thread-pool.ts; both sides can be cloned. */
export interface TaskRequest {
  readonly name: string
  readonly input: unknown
}

/**
 * That the thread has loaded its program, news of a task that goes on, or how it ended. A copy of an
 * error loses its `code`, so that of a system error travels beside it.
 */
export type TaskReply = { readonly isReady: true } | { readonly news: unknown } | TaskEnd
export type TaskEnd =
  | { readonly result: unknown }
  | { readonly error: unknown; readonly systemCode?: string }

/** Makes this thread answer tasks, one at a time, each by the function of its name; `tell` gives news. */
export function serveTasks(
  tasks: Readonly<
    Record<string, (input: never, tell: (news: unknown) => void) => Promise<unknown>>
  >,
): void {
  const port = parentPort
  if (port === null) throw new Error('Tasks are served in a worker thread only.')
  const tell = (news: unknown): void => port.postMessage({ news } satisfies TaskReply)
  const answer = async ({ name, input }: TaskRequest): Promise<TaskEnd> => {
    try {
      const task = tasks[name]
      if (task === undefined) throw new Error(`No task is called ${name}.`)
      return { result: await task(input as never, tell) }
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      return { error, ...(typeof code === 'string' ? { systemCode: code } : {}) }
    }
  }
  port.on('message', (request: TaskRequest) => {
    void answer(request).then((reply) => port.postMessage(reply))
  })
  port.postMessage({ isReady: true } satisfies TaskReply)
}
