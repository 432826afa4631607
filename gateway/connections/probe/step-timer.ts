/** Ends what takes too long. */
export class StepTimeout extends Error {
  constructor() {
    super('it took too long')
    this.name = 'StepTimeout'
  }
}

/**
 * What `work` comes to, or StepTimeout.
 * @param signal the asker's: gone, the step ends too
 * @param work is told to stop when time is up, and not any more once it is done
 */
export async function within<Result>(
  seconds: number,
  signal: AbortSignal | undefined,
  work: (stop: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController()
  const stop = (): void => controller.abort()
  const timer = setTimeout(stop, seconds * 1_000)
  if (signal?.aborted === true) stop()
  signal?.addEventListener('abort', stop)
  const ended = new Promise<never>((_resolve, reject) => {
    controller.signal.addEventListener('abort', () => reject(new StepTimeout()), { once: true })
  })
  try {
    return await Promise.race([work(controller.signal), ended])
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', stop)
  }
}
