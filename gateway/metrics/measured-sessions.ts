import type { OpenSession, Sessions } from '../../protocols/listener.ts'
import type { Metrics } from './metrics.ts'

/** The same records, with open sessions and refusals at the door counted. */
export function measureSessions(
  sessions: Pick<Sessions, 'open' | 'refused'>,
  metrics: Metrics,
): Sessions {
  return {
    open(start) {
      const { protocol } = start
      const session = sessions.open(start)
      metrics.add('raccord_sessions', { protocol }, 1)
      let isOpen = true
      return {
        id: session.id,
        transcript: session.transcript,
        note: (facts) => session.note(facts),
        carries: (task) => session.carries(task),
        close(outcome) {
          if (isOpen) metrics.add('raccord_sessions', { protocol }, -1)
          isOpen = false
          return session.close(outcome)
        },
      } satisfies OpenSession
    },
    refused(refusal) {
      const { protocol, code } = refusal
      metrics.count('raccord_refused_total', { protocol, reason: code })
      return sessions.refused(refusal)
    },
  }
}
