import { setTimeout as sleep } from 'node:timers/promises'
import { FLOW_STATES } from '../flow-states.ts'
import type { ApiClient } from './api-client.ts'
import type { Language } from './command-context.ts'
import { tell } from './terminal.ts'

const POLL_MILLISECONDS = 1_000

/**
 * Says one line for each flow that is decided and each refusal at the door from now on, for the
 * person whose terminal the gateway runs in. Asks the API as anybody could.
 */
export async function sayWhatHappens(
  client: ApiClient,
  language: Language,
  signal: AbortSignal,
): Promise<void> {
  const since = new Date().toISOString()
  const told = new Set<string>()
  while (!signal.aborted) {
    try {
      const [{ flows }, refusals] = await Promise.all([
        client.flows({ since, limit: '100' }),
        client.refusals({ since, limit: '100' }),
      ])
      for (const flow of flows.toReversed()) {
        if (!FLOW_STATES[flow.state].isFinal || told.has(flow.id)) continue
        told.add(flow.id)
        const { integrated, total } = flow.invoices
        tell(
          `${flow.file.name}  ${flow.stateLabel[language]}  ${integrated}/${total}  → raccord flows show ${flow.number}`,
        )
      }
      for (const refusal of refusals.toReversed()) {
        if (told.has(refusal.id)) continue
        told.add(refusal.id)
        const what = refusal.offered ?? refusal.peer
        tell(`${what}  ${refusal.code}  ${refusal.message[language]} → raccord refusals`)
      }
    } catch {
      // The API is going: so is this.
    }
    await sleep(POLL_MILLISECONDS, undefined, { signal }).catch(() => {})
  }
}
