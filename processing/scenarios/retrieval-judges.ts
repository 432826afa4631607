import type { SessionId } from '../../gateway/flow.ts'
import { idsFrom } from '../../gateway/ids.ts'
import { flowNamed, reportOn, type ReturnRow } from './run-facts.ts'
import { failed, passed, waiting, type JudgeStep, type Scene } from './scene.ts'

/** A session that is older than this when the run begins is over. */
const OLDEST_SESSION_MILLISECONDS = 86_400_000
const MAX_SESSIONS = 50

/** The report is asked for once more after it was delivered, and there is nothing to be had. */
export const expectFetchAgain: JudgeStep = async (scene) => {
  const flow = await flowNamed(scene, String(scene.values['flow']))
  const report = flow === undefined ? undefined : await reportOn(scene, flow.id)
  if (flow === undefined || report === undefined) {
    return waiting('no report is issued yet', 'aucun compte rendu n’est encore émis')
  }
  const { db } = scene.journal
  const deliveries = await scene.journal.read(
    db
      .selectFrom('deliveries')
      .select('at')
      .where('return_flow_id', '=', report.id)
      .where('outcome', '=', 'delivered')
      .limit(2),
  )
  const { file_name: name } = report
  const seen = { flows: [flow.id], returns: [report.id] }
  const [first, second] = deliveries
  if (first === undefined) {
    return waiting(`${name}: not delivered yet`, `${name} : pas encore remis`, { seen })
  }
  if (second !== undefined) {
    return failed(`${name}: delivered twice`, `${name} : remis deux fois`, { seen })
  }
  const session = await askedInVainSince(scene, report, first.at)
  if (session === undefined) {
    return waiting(`${name}: not asked for again`, `${name} : pas redemandé`, { seen })
  }
  return passed(`${name}: asked for again, and gone`, `${name} : redemandé, et n’y est plus`, {
    seen: { ...seen, sessions: [session] },
  })
}

/** The session in which a name that means the report was asked for in vain since. */
async function askedInVainSince(
  { journal, connection, runStartedAt }: Scene,
  { file_name: name }: ReturnRow,
  since: number,
): Promise<SessionId | undefined> {
  const rows = await journal.read(
    journal.db
      .selectFrom('sessions')
      .select(['id', 'fields_json'])
      .where('connection_id', '=', connection.id)
      .where('id', '>=', idsFrom('ses', runStartedAt - OLDEST_SESSION_MILLISECONDS))
      .where('fields_json', 'like', '%askedInVain%')
      .orderBy('id', 'desc')
      .limit(MAX_SESSIONS),
  )
  return rows.find(({ fields_json: json }) => {
    const { askedInVain: asked = '', askedInVainAt: at = '' } = JSON.parse(json) as {
      readonly askedInVain?: string
      readonly askedInVainAt?: string
    }
    // A pattern, or the code of its kind, means it too.
    return name.startsWith(asked.replace(/[*?].*$/s, '')) && Date.parse(at) >= since
  })?.id
}
