import { idsFrom } from '../../gateway/ids.ts'
import { refusedNear } from './run-facts.ts'
import type { Scene } from './scene.ts'

/** Whether the partner gave any sign of life since the run began. */
export async function wasHeard({
  journal,
  run,
  runStartedAt,
  connection: { id },
}: Scene): Promise<boolean> {
  const rows = await journal.read(
    journal.db
      .selectFrom('connections')
      .select('id')
      .where('id', '=', id)
      .where((row) =>
        row.or([
          row.exists(
            row
              .selectFrom('sessions')
              .select('id')
              .where('connection_id', '=', id)
              .where('id', '>=', idsFrom('ses', runStartedAt)),
          ),
          row.exists(
            row
              .selectFrom('flows')
              .select('id')
              .where('connection_id', '=', id)
              .where('id', '>=', idsFrom('flw', runStartedAt)),
          ),
          row.exists(
            row
              .selectFrom('refusals')
              .select('id')
              .where((refusal) => refusedNear(refusal, id))
              .where('id', '>=', idsFrom('rfs', runStartedAt)),
          ),
          // Whom a fault met was there, in a session older than the run too.
          row.exists(
            row
              .selectFrom('fault_hits')
              .select('id')
              .where('connection_id', '=', id)
              .where('id', '>=', idsFrom('hit', runStartedAt)),
          ),
          // At the door nobody is known yet; the run is alone then, and whom its fault met was the partner.
          row.exists(
            row
              .selectFrom('fault_hits')
              .innerJoin('faults', 'faults.id', 'fault_hits.fault_id')
              .select('fault_hits.id')
              .where('faults.created_by', '=', run),
          ),
        ]),
      ),
  )
  return rows.length > 0
}
