import { once } from 'node:events'
import type { Response } from 'express'
import { GatewayError } from '../errors.ts'
import type { RunId } from '../flow.ts'
import type { Qualification, RunDocument } from '../qualification/qualification.ts'

/** A proxy that hears nothing for a minute closes; a reader that is gone is found by writing. */
const HEARTBEAT_MILLISECONDS = 15_000
/** Changes of this time go together. */
const TOGETHER_MILLISECONDS = 100

/** Readers at a time, of all runs together. */
const MAX_STREAMS = 100
/** Of one run: who has a link to it keeps nobody else from watching another. */
const MAX_STREAMS_OF_RUN = 20
const open = new Map<RunId, number>()

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
  takePlace(run.id)
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
    leavePlace(run.id)
    undo()
    clearInterval(heartbeat)
    signal.removeEventListener('abort', ring)
    response.end()
  }
}

/** @throws GatewayError API_BUSY */
function takePlace(run: RunId): void {
  const ofRun = open.get(run) ?? 0
  const all = open.values().reduce((sum, count) => sum + count, 0)
  if (ofRun >= MAX_STREAMS_OF_RUN || all >= MAX_STREAMS) {
    throw new GatewayError('API_BUSY', `${ofRun} streams of this run are open, ${all} of all.`)
  }
  open.set(run, ofRun + 1)
}

function leavePlace(run: RunId): void {
  const left = (open.get(run) ?? 1) - 1
  if (left === 0) open.delete(run)
  else open.set(run, left)
}

const written = ({ name, data }: { readonly name: string; readonly data: unknown }): string =>
  `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`
