import { idsFrom } from '../../gateway/ids.ts'
import { faultHits, refusedNear } from './run-facts.ts'
import type { Scene } from './scene.ts'

/** Whether the partner gave any sign of life since the run began. */
export async function wasHeard(scene: Scene): Promise<boolean> {
  const { journal, runStartedAt, connection } = scene
  // At the door nobody is known yet; the run is alone then, and whom its fault met was the partner.
  if ((await faultHits(scene)).length > 0) return true
  const [sessions, flows, refusals, hits] = await Promise.all([
    journal.read(
      journal.db
        .selectFrom('sessions')
        .select('id')
        .where('connection_id', '=', connection.id)
        .where('id', '>=', idsFrom('ses', runStartedAt))
        .limit(1),
    ),
    journal.read(
      journal.db
        .selectFrom('flows')
        .select('id')
        .where('connection_id', '=', connection.id)
        .where('id', '>=', idsFrom('flw', runStartedAt))
        .limit(1),
    ),
    journal.read(
      journal.db
        .selectFrom('refusals')
        .select('id')
        .where((row) => refusedNear(row, connection.id))
        .where('id', '>=', idsFrom('rfs', runStartedAt))
        .limit(1),
    ),
    // Whom a fault met was there, in a session older than the run too.
    journal.read(
      journal.db
        .selectFrom('fault_hits')
        .select('id')
        .where('connection_id', '=', connection.id)
        .where('id', '>=', idsFrom('hit', runStartedAt))
        .limit(1),
    ),
  ])
  return sessions.length + flows.length + refusals.length + hits.length > 0
}
