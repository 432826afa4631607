import type { Actor } from '../accounts/actor.ts'
import { auditStatement } from '../accounts/audit.ts'
import { newSecret, secretHash } from '../accounts/secrets.ts'
import type { Clock } from '../clock.ts'
import type { RunId } from '../flow.ts'
import type { Journal } from '../journal/journal.ts'

interface ShownRun {
  readonly id: RunId
  /** Its structure. */
  readonly siret: string | null
}

/** A browser cannot send a bearer token: it is given a link that shows one run for a while. */
export interface RunViews {
  /** A token for one run: 256 bits, kept as SHA-256. */
  issue(run: ShownRun, by: Actor): Promise<{ readonly token: string; readonly expiresAt: string }>
  /** The run it shows; undefined: it is none, or its time is over. */
  open(token: string): Promise<RunId | undefined>
}

/** Long enough for a day's work at a test. */
const VIEW_MILLISECONDS = 12 * 3_600_000

export function openRunViews(journal: Journal, clock: Clock): RunViews {
  const { db } = journal
  return {
    async issue(run, by) {
      const token = newSecret('rrv')
      const expires = Date.now() + VIEW_MILLISECONDS
      await journal.write([
        { query: db.deleteFrom('run_views').where('expires_at', '<', Date.now()) },
        {
          query: db.insertInto('run_views').values({
            token_sha256: secretHash(token),
            run_id: run.id,
            created_by: by.name,
            expires_at: expires,
          }),
        },
        // Who has the link needs no name: who gave it away is known.
        auditStatement(journal, clock.now(), by, {
          action: 'run.show-by-link',
          objectKind: 'run',
          objectId: run.id,
          ...(run.siret === null ? {} : { siret: run.siret }),
          after: { expiresAt: new Date(expires).toISOString() },
        }),
      ])
      return { token, expiresAt: new Date(expires).toISOString() }
    },
    async open(token) {
      const [row] = await journal.read(
        db
          .selectFrom('run_views')
          .select('run_id')
          .where('token_sha256', '=', secretHash(token))
          .where('expires_at', '>', Date.now()),
      )
      return row?.run_id
    },
  }
}
