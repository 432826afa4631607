import type { Role } from '../config/schema.ts'
import type { Clock } from './clock.ts'
import type { GatewayForms } from './connections/open-connection-forms.ts'
import { expireReturnFlows } from './delivery/outbox.ts'
import type { Chore } from './housekeeping.ts'
import type { Journal } from './journal/journal.ts'
import type { Metrics } from './metrics/metrics.ts'

/** What is looked at again and again by the processes that have a role, and by no other. */
export function roleChores(
  roles: readonly Role[],
  parts: {
    readonly forms: GatewayForms
    readonly journal: Journal
    readonly clock: Clock
    readonly metrics: Metrics
  },
): Chore[] {
  const { forms, journal, clock, metrics } = parts
  const chores: Readonly<Partial<Record<Role, readonly Chore[]>>> = {
    workers: [
      {
        name: 'connections that are due or at their end',
        everySeconds: 1,
        run: () => forms.processing.run(),
      },
      {
        name: 'certificates that end soon',
        everySeconds: 60,
        run: () => forms.processing.announceEnds(),
      },
    ],
    delivery: [
      {
        name: 'return flows nobody fetched',
        everySeconds: 60,
        run: async () => {
          const count = await expireReturnFlows({ journal, clock })
          metrics.count('raccord_reports_total', { result: 'expired' }, count)
          return count
        },
      },
    ],
  }
  return roles.flatMap((role) => chores[role] ?? [])
}
