import { idsFrom } from '../../gateway/ids.ts'
import { flowNamed, isDecided, refusedNear, type FlowRow } from './run-facts.ts'
import { failed, passed, waiting, type JudgeStep, type Scene, type StepOutcome } from './scene.ts'

/** Keys and certificates that take each other's place, the gateway's and the partner's. */

export const renewKey: JudgeStep = async ({ actions, connection, values }) => {
  const overlap = Number(values['overlapSeconds']) * 1_000
  const keys = await actions.renewKey(connection.protocol, overlap)
  const next = keys.map(({ next: made }) => made).join(', ')
  return passed(next, next, { remember: { keys } })
}

/** With which of its two keys the gateway stood in the session of a flow. */
export const checkGatewayKey: JudgeStep = async (scene) => {
  const { memory, actions, connection, values } = scene
  const flow = await flowNamed(scene, String(values['flow']))
  const [key] = memory.keys ?? []
  if (flow === undefined || key === undefined) {
    return waiting('no such flow, or no next key', 'pas de tel flux, ou pas de prochaine clé')
  }
  const seen = { flows: [flow.id], sessions: [flow.session_id] }
  const wanted = values['is'] === 'next' ? key.next : key.present
  // What AS2 decrypted with is known; elsewhere a session met what was in use when it began.
  const opened = evidenceOf(flow)['decryptedWith']
  const met = connection.protocol === 'as2' ? opened : actions.keyInUse(key.kind)
  const movedAt = memory.clockMovedAt ?? 0
  const isOlder = connection.protocol !== 'as2' && flow.session_id < idsFrom('ses', movedAt)
  if (isOlder) {
    return failed(
      'the session is older than the change of keys',
      'la session est antérieure au changement de clé',
      { seen },
    )
  }
  const text = met ?? '–'
  return met === wanted ? passed(text, text, { seen }) : failed(text, text, { seen })
}

const evidenceOf = ({ evidence_json: json }: FlowRow): Readonly<Record<string, string>> =>
  JSON.parse(json) as Readonly<Record<string, string>>

/** Another certificate than the one a flow was sent with is in force, beside it. */
export const expectCertificateAdded: JudgeStep = async (scene) => {
  const flow = await flowNamed(scene, String(scene.values['flow']))
  if (flow === undefined) return waiting('no such flow yet', 'pas encore de tel flux')
  const [used, inForce] = await Promise.all([
    certificateOf(scene, flow),
    scene.actions.certificatesInForce(scene.connection.id),
  ])
  const others = inForce.filter((sha256) => sha256 !== used)
  const text = others.map((sha256) => sha256.slice(0, 16)).join(', ')
  if (others.length === 0) return waiting('one in force', 'un seul en vigueur')
  return inForce.some((sha256) => sha256 === used)
    ? passed(`${text} beside the present one`, `${text} à côté de l’actuel`)
    : failed(`${text} in place of the present one`, `${text} à la place de l’actuel`)
}

export const checkCertificate: JudgeStep = async (scene) => {
  const [flow, than] = await Promise.all([
    flowNamed(scene, String(scene.values['flow'])),
    flowNamed(scene, String(scene.values['than'])),
  ])
  if (flow === undefined || than === undefined || !isDecided(flow)) {
    return waiting('no such flow yet', 'pas encore de tel flux')
  }
  const [used, before] = await Promise.all([certificateOf(scene, flow), certificateOf(scene, than)])
  const isSame = used === before
  const text = used ?? '–'
  const seen = { flows: [flow.id, than.id] }
  const isIt = used !== undefined && isSame === (scene.values['is'] === 'same')
  return isIt ? passed(text, text, { seen }) : failed(text, text, { seen })
}

const certificateOf = ({ actions, connection }: Scene, flow: FlowRow) =>
  actions.certificateOf(connection.id, connection.protocol, evidenceOf(flow))

/** Beyond the end of every certificate of the partner. */
export const passCertificate: JudgeStep = async (scene) => {
  const { actions, memory, run, connection } = scene
  const before = memory.clockBefore ?? actions.clockOffsetMilliseconds()
  const end = await actions.certificatesEnd(connection.id)
  if (end === undefined) {
    return { state: 'NOT_CONCLUSIVE', got: { en: 'no certificate', fr: 'pas de certificat' } }
  }
  if (memory.clockBefore === null) {
    return waiting('about to move', 'sur le point d’avancer', { remember: { clockBefore: before } })
  }
  const offset = end + DAY_MILLISECONDS - Date.now()
  await actions.moveClock(run, offset)
  const now = new Date(Date.now() + offset).toISOString()
  return passed(now, now)
}

const DAY_MILLISECONDS = 86_400_000

/** Refused before anything could be sent: by what it showed, not by what it is. */
export const expectTurnedAway: JudgeStep = async ({ journal, connection, stepStartedAt }) => {
  const rows = await journal.read(
    journal.db
      .selectFrom('refusals')
      .select(['id', 'code', 'reason'])
      .where('id', '>=', idsFrom('rfs', stepStartedAt))
      .where('protocol', '=', connection.protocol)
      .where((row) => refusedNear(row, connection.id))
      .orderBy('id')
      .limit(20),
  )
  const refusal = rows.find(({ code }) => code === 'CREDENTIAL_REFUSED')
  if (refusal === undefined)
    return waiting('nobody was refused yet', 'personne n’est encore refusé')
  const text = `${refusal.code}: ${refusal.reason}`
  return passed(text, text, { seen: { refusals: [refusal.id] } })
}

/** Of an AS2 message whose receipt was asked for at a URL. */
export const checkReceiptPosted: JudgeStep = async (scene) => {
  const { journal, connection, values } = scene
  const flow = await flowNamed(scene, String(values['flow']))
  if (flow === undefined) return waiting('no such flow yet', 'pas encore de tel flux')
  const messageId = evidenceOf(flow)['messageId'] ?? ''
  const rows = await journal.read(
    journal.db
      .selectFrom('as2_receipts')
      .select(['state', 'body', 'url', 'failure'])
      .where('connection_id', '=', connection.id)
      .orderBy('id', 'desc')
      .limit(50),
  )
  const receipt = rows.find(({ body }) => Buffer.from(body, 'base64').includes(messageId))
  const seen = { flows: [flow.id] }
  if (receipt === undefined) {
    return failed('asked for in the answer', 'demandé dans la réponse', { seen })
  }
  return receiptOutcome(receipt, seen)
}

function receiptOutcome(
  {
    state,
    url,
    failure,
  }: { readonly state: string; readonly url: string; readonly failure: string | null },
  seen: NonNullable<StepOutcome['seen']>,
): StepOutcome {
  const text = `${url}: ${state}${failure === null ? '' : ` (${failure})`}`
  if (state === 'SENT') return passed(text, text, { seen })
  return state === 'FAILED' ? failed(text, text, { seen }) : waiting(text, text, { seen })
}
