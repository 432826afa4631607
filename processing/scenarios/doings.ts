import type { FlowId } from '../../gateway/flow.ts'
import { GatewayError } from '../../gateway/errors.ts'
import { flowNamed, reportOn } from './run-facts.ts'
import { passed, waiting, type JudgeStep, type Scene } from './scene.ts'

/** What the gateway does: the work of each `do` of the table of step kinds. Done again, it harms nothing. */

export const putFault: JudgeStep = async ({ actions, run, connection, values }) => {
  await actions.clearFaults(run)
  const id = await actions.putFault({
    run,
    connectionId: connection.id,
    protocol: connection.protocol,
    name: String(values['name']),
    values: pairsOf(String(values['values'])),
    next: Number(values['next']),
  })
  return passed(id, id, { seen: { faults: [id] } })
}

export const clearFaults: JudgeStep = async ({ actions, run }) => {
  const count = await actions.clearFaults(run)
  return passed(`${count} ended`, `${count} levée(s)`)
}

export const advanceClock: JudgeStep = async (scene) => {
  const { actions, memory, run } = scene
  // Worked out and kept before it is done: moved twice, the clock is where once would have it.
  if (memory.clockTarget === null) {
    const before = actions.clockOffsetMilliseconds()
    const clockTarget = before + Number(scene.values['seconds']) * 1_000
    const remember = { clockBefore: memory.clockBefore ?? before, clockTarget }
    return waiting('about to move', 'sur le point d’avancer', { remember })
  }
  await actions.moveClock(run, memory.clockTarget)
  const now = new Date(Date.now() + memory.clockTarget).toISOString()
  return passed(now, now, {
    remember: { clockTarget: null, clockMovedAt: Date.now() },
  })
}

export const resetClock: JudgeStep = async ({ actions, run, memory }) => {
  const offset = memory.clockBefore ?? 0
  await actions.moveClock(run, offset)
  const now = new Date(Date.now() + offset).toISOString()
  return passed(now, now)
}

export const purgeReturns: JudgeStep = async ({ actions }) => {
  const count = await actions.purgeReturns()
  return passed(`${count} withdrawn`, `${count} retiré(s)`)
}

export const moveInvoices: JudgeStep = async (scene) => {
  const flow = await requireFlow(scene)
  const to = String(scene.values['to'])
  const rows = await scene.journal.read(
    scene.journal.db
      .selectFrom('invoices')
      .select(['ordinal', 'status'])
      .where('flow_id', '=', flow)
      .where('is_correct', '=', 1)
      .limit(5_000),
  )
  const seen = { flows: [flow] }
  if (rows.length === 0 || rows.some(({ status }) => status === null)) {
    return waiting('no status yet', 'pas encore de statut', { seen })
  }
  if (rows.every(({ status }) => status === to)) return passed(to, to, { seen })
  const moved = await scene.actions.moveInvoices(scene.run, flow, to)
  return moved === 0
    ? waiting(`at ${rows[0]?.status}`, `au statut ${rows[0]?.status}`, { seen })
    : passed(`${moved} at ${to}`, `${moved} au statut ${to}`, { seen })
}

export const moveReport: JudgeStep = async (scene) => {
  const flow = await requireFlow(scene)
  const report = await reportOn(scene, flow)
  if (report === undefined) return waiting('no report yet', 'pas encore de compte rendu')
  const move = String(scene.values['move'])
  await scene.actions.moveReturn(scene.run, report.id, move)
  return passed(`${report.file_name}: ${move}`, `${report.file_name} : ${move}`, {
    seen: { flows: [flow], returns: [report.id] },
  })
}

async function requireFlow(scene: Scene): Promise<FlowId> {
  const name = String(scene.values['flow'])
  const flow = await flowNamed(scene, name)
  if (flow !== undefined) return flow.id
  throw new GatewayError('API_NOT_FOUND', `No step before has met a flow "${name}".`)
}

function pairsOf(text: string): Readonly<Record<string, string>> {
  const words = text.split(/\s+/).filter((word) => word.includes('='))
  return Object.fromEntries(
    words.map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]),
  )
}
