import { once } from 'node:events'
import type { Response } from 'express'
import { GatewayError } from '../errors.ts'
import type { Qualification, RunDocument } from '../qualification/qualification.ts'

/** A proxy that hears nothing for a minute closes; a reader that is gone is found by writing. */
const HEARTBEAT_MILLISECONDS = 15_000
/** Changes of this time go together. */
const TOGETHER_MILLISECONDS = 100

/** Readers at a time, of all runs together. */
const MAX_STREAMS = 100
let open = 0

/**
 * Writes a run as Server-Sent Events, each time it has changed, until it has ended, the reader
 * is gone or may see it no longer.
 * @throws GatewayError API_BUSY when too many read
 */
export async function streamRun(
  response: Response,
  options: {
    readonly qualification: Qualification
    readonly run: RunDocument
    /** Whether the reader still may. */
    readonly maySee: () => Promise<boolean>
    /** What is told of the run as it is now. */
    readonly event: (run: RunDocument) => Promise<{ readonly name: string; readonly data: unknown }>
    readonly signal: AbortSignal
  },
): Promise<void> {
  const { qualification, run, maySee, signal } = options
  if (open >= MAX_STREAMS) throw new GatewayError('API_BUSY', `${open} streams of runs are open.`)
  open += 1
  let wake = Promise.withResolvers<void>()
  const ring = (): void => wake.resolve()
  const undo = qualification.subscribe(ring)
  const heartbeat = setInterval(ring, HEARTBEAT_MILLISECONDS)
  signal.addEventListener('abort', ring)
  let last = ''
  try {
    while (!signal.aborted) {
      const now = await qualification.find(run.id, undefined)
      if (now === undefined || !(await maySee())) return
      const text = JSON.stringify(now)
      const event = text === last ? ': still here\n\n' : written(await options.event(now))
      last = text
      if (!response.write(event)) await once(response, 'drain', { signal })
      if (now.state !== 'RUNNING') return
      await wake.promise
      wake = Promise.withResolvers()
      await new Promise((resolve) => {
        setTimeout(resolve, TOGETHER_MILLISECONDS)
      })
    }
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    open -= 1
    undo()
    clearInterval(heartbeat)
    signal.removeEventListener('abort', ring)
    response.end()
  }
}

const written = ({ name, data }: { readonly name: string; readonly data: unknown }): string =>
  `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`
