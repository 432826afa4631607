import { parentPort } from 'node:worker_threads'

/** One task for a worker thread of thread-pool.ts; both sides can be cloned. */
export interface TaskRequest {
  readonly name: string
  readonly input: unknown
}

/** A copy of an error loses its `code`, so that of a system error travels beside it. */
export type TaskReply =
  | { readonly result: unknown }
  | { readonly error: unknown; readonly systemCode?: string }

/** Makes this thread answer tasks, one at a time, each by the function of its name. */
export function serveTasks(
  tasks: Readonly<Record<string, (input: never) => Promise<unknown>>>,
): void {
  const port = parentPort
  if (port === null) throw new Error('Tasks are served in a worker thread only.')
  const answer = async ({ name, input }: TaskRequest): Promise<TaskReply> => {
    try {
      const task = tasks[name]
      if (task === undefined) throw new Error(`No task is called ${name}.`)
      return { result: await task(input as never) }
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      return { error, ...(typeof code === 'string' ? { systemCode: code } : {}) }
    }
  }
  port.on('message', (request: TaskRequest) => {
    void answer(request).then((reply) => port.postMessage(reply))
  })
}
