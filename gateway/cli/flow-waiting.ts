import { setTimeout as sleep } from 'node:timers/promises'
import type { FlowDocument } from '../flow.ts'
import type { ApiClient } from './api-client.ts'

/** Of one question: the API answers then, and is asked again. */
const QUESTION_SECONDS = 20

/** A flow as it is at the end of the waiting, and whether it is where it is wanted. */
export interface WaitedFlow {
  readonly isReached: boolean
  readonly flow: FlowDocument
}

/**
 * Asks the API about a flow until it is in a state, stays in another one, or time is up.
 * @param wanted `state`: any final one without it; `delivered`: its return flows too
 * @param deadline on the monotonic clock, milliseconds
 */
export async function waitForFlow(
  client: ApiClient,
  id: string,
  wanted: { readonly state?: string | undefined; readonly delivered?: boolean | undefined },
  deadline: number,
): Promise<WaitedFlow> {
  for (;;) {
    const left = Math.max(0, (deadline - performance.now()) / 1_000)
    const answer = await client.json<WaitedFlow>({
      path: `/flows/${encodeURIComponent(id)}/wait`,
      query: {
        state: wanted.state,
        ...(wanted.delivered === true ? { delivered: 'true' } : {}),
        seconds: String(Math.ceil(Math.min(QUESTION_SECONDS, left))),
      },
    })
    // It is where it stays: another state does not come any more.
    const isOver = answer.flow.finishedAt !== null && wanted.delivered !== true
    if (answer.isReached || isOver || performance.now() >= deadline) return answer
    await sleep(10)
  }
}
