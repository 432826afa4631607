import { setTimeout as sleep } from 'node:timers/promises'
import type { FlowDocument } from '../flow.ts'
import type { ApiClient } from './api-client.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'

/** Of one question: the API answers then, and is asked again. */
const QUESTION_SECONDS = 20

/** A flow as it is at the end of the waiting, and whether it is where it is wanted. */
export interface WaitedFlow {
  readonly isReached: boolean
  readonly flow: FlowDocument
}

/** Between questions about a flow that has not come. */
const ASK_AGAIN_MILLISECONDS = 100

/** What a sender calls a flow, before it comes. */
const IDENTIFIER = /^[0-9A-Z]{25}$/

/**
 * Asks the API about a flow until it is in a state, stays in another one, or time is up.
 * @param wanted `state`: any final one without it; `delivered`: its return flows too
 * @param id an identifier of 25 characters may be that of a flow that has not come yet
 * @param deadline on the monotonic clock, milliseconds
 * @throws CommandFailure timed out when no flow of that identifier came
 */
export async function waitForFlow(
  client: ApiClient,
  id: string,
  wanted: { readonly state?: string | undefined; readonly delivered?: boolean | undefined },
  deadline: number,
): Promise<WaitedFlow> {
  for (;;) {
    const left = Math.max(0, (deadline - performance.now()) / 1_000)
    const question = client.json<WaitedFlow>({
      path: `/flows/${encodeURIComponent(id)}/wait`,
      query: {
        state: wanted.state,
        ...(wanted.delivered === true ? { delivered: 'true' } : {}),
        seconds: String(Math.ceil(Math.min(QUESTION_SECONDS, left))),
      },
    })
    const answer = await question.catch((error: unknown) => {
      if (isNotThereYet(error, id)) return undefined
      throw error
    })
    if (answer === undefined) {
      if (performance.now() < deadline) {
        await sleep(ASK_AGAIN_MILLISECONDS)
        continue
      }
      throw new CommandFailure(
        EXIT.timedOut,
        `No flow ${id} came, and time is up.`,
        'What was refused at the door: raccord refusals',
      )
    }
    // It is where it stays: another state does not come any more.
    const isOver = answer.flow.finishedAt !== null && wanted.delivered !== true
    if (answer.isReached || isOver || performance.now() >= deadline) return answer
    await sleep(10)
  }
}

function isNotThereYet(error: unknown, id: string): boolean {
  const isUnknown = error instanceof CommandFailure && error.exitCode === EXIT.expectedFailure
  return isUnknown && IDENTIFIER.test(id)
}
