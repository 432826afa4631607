import { setTimeout as sleep } from 'node:timers/promises'
import { FLOW_STATES } from '../flow-states.ts'
import type { FlowDocument } from '../flow.ts'
import type { ApiClient } from './api-client.ts'

const POLL_MILLISECONDS = 500
const PAGE_SIZE = '500'
/** Fewer than these are asked for one by one, more by pages of everything since the start. */
const FEW = 100

/** What became of flows that were sent. */
export interface FlowVerdicts {
  /** By state (`IN_INTEGRE`), those that are decided. */
  readonly states: Readonly<Record<string, number>>
  /** Not decided before the end of the time. */
  readonly undecided: number
}

/**
 * Waits until each of these flows is decided, or until `signal` aborts.
 * @param numbers the 25-character identifiers of flows that were taken in charge
 * @param since of their reception, at the earliest
 */
export async function waitForVerdicts(
  client: Pick<ApiClient, 'flow' | 'flows'>,
  sent: {
    readonly numbers: Iterable<string>
    readonly applicationCode: string
    readonly since: Date
  },
  signal: AbortSignal,
): Promise<FlowVerdicts> {
  const undecided = new Set(sent.numbers)
  const states: Record<string, number> = {}
  const see = (flow: FlowDocument): void => {
    if (!FLOW_STATES[flow.state].isFinal || !undecided.delete(flow.number)) return
    states[flow.state] = (states[flow.state] ?? 0) + 1
  }
  while (undecided.size > 0 && !signal.aborted) {
    if (undecided.size <= FEW) {
      for (const number of undecided) see(await client.flow(number))
    } else {
      for await (const flow of flowsSince(client, sent)) see(flow)
    }
    if (undecided.size > 0) {
      await sleep(POLL_MILLISECONDS, undefined, { signal }).catch(() => {})
    }
  }
  return { states, undecided: undecided.size }
}

async function* flowsSince(
  client: Pick<ApiClient, 'flows'>,
  { applicationCode, since }: { readonly applicationCode: string; readonly since: Date },
): AsyncGenerator<FlowDocument> {
  const query = { connection: applicationCode, since: since.toISOString(), limit: PAGE_SIZE }
  let after: string | null = null
  do {
    const page = await client.flows(after === null ? query : { ...query, after })
    yield* page.flows
    after = page.next
  } while (after !== null)
}
