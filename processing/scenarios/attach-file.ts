import type { Actor } from '../../gateway/accounts/actor.ts'
import { GatewayError } from '../../gateway/errors.ts'
import type { RunId } from '../../gateway/flow.ts'
import { newId } from '../../gateway/ids.ts'
import type { WriteStatement } from '../../gateway/journal/journal.ts'
import type { AttachedFile, RunDocument } from '../../gateway/qualification/qualification.ts'
import type { QualificationOptions } from './open-qualification.ts'

/** Of one run, at most. */
const MAX_ATTACHMENTS = 20

/**
 * Puts a stored file to a question: the one that waits, else the last that was asked.
 * @throws GatewayError RUN_MOVE_ILLEGAL when there is none, or the run has its fill
 */
export async function attachFile(
  {
    journal,
    audited,
  }: Pick<QualificationOptions, 'journal'> & {
    readonly audited: (
      by: Actor,
      entry: { readonly action: string; readonly run: RunId; readonly after: unknown },
    ) => Promise<WriteStatement>
  },
  run: RunDocument,
  { name, mediaType, sha256, bytes }: AttachedFile,
  by: Actor,
): Promise<void> {
  const step = run.steps.findLast(
    ({ verb, state }) => verb === 'confirm' && state !== 'WAITING' && state !== 'SKIPPED',
  )
  if (step === undefined) {
    throw new GatewayError('RUN_MOVE_ILLEGAL', `${run.id} has asked nothing yet.`)
  }
  const count = run.steps.flatMap(({ attachments }) => attachments).length
  if (count >= MAX_ATTACHMENTS) {
    throw full(run.id)
  }
  const row = {
    id: newId('att'),
    run_id: run.id,
    ordinal: step.ordinal,
    name,
    media_type: mediaType,
    sha256,
    bytes,
    added_at: Date.now(),
    added_by: by.name,
  }
  const { db } = journal
  const { committed } = await journal.write([
    {
      // Counted again in the same write: several may come at once.
      query: db
        .updateTable('qualification_runs')
        .set({ started_at: (row) => row.ref('started_at') })
        .where('id', '=', run.id)
        .where(
          (row) =>
            row
              .selectFrom('qualification_attachments')
              .select((one) => one.fn.countAll().as('count'))
              .where('run_id', '=', run.id),
          '<',
          MAX_ATTACHMENTS,
        ),
      expectRows: 1,
    },
    {
      query: db.insertInto('qualification_attachments').values(row),
      announce: 'runs',
    },
    await audited(by, { action: 'run.attach', run: run.id, after: row }),
  ])
  if (!committed) throw full(run.id)
}

const full = (run: RunId): GatewayError =>
  new GatewayError('RUN_MOVE_ILLEGAL', `${run} has ${MAX_ATTACHMENTS} attachments already.`)
