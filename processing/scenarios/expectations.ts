import type { BilingualText } from '../../gateway/flow.ts'
import type { FlowRow } from './run-facts.ts'
import {
  faultHits,
  flowNamed,
  incorrectParts,
  isDecided,
  newFlows,
  newRefusals,
  reportOn,
  sessionsSince,
  timesAgain,
  timesDelivered,
} from './run-facts.ts'
import { failed, passed, waiting, type JudgeStep, type Scene, type StepOutcome } from './scene.ts'

/** What is expected of the partner: the judge of each `expect` of the table of step kinds. */

const NOTHING = ['nothing has come yet', 'rien n’est encore venu'] as const

const seeFlow = (flow: FlowRow) => ({ flows: [flow.id], sessions: [flow.session_id] })

/** What a flow turned out to be. */
function flowSaid(flow: FlowRow, incorrect: number): BilingualText {
  const { total, integrated, state, interface_code: code, mode } = flow
  return {
    en: `${flow.flow_identifier}: ${total} invoices, ${incorrect} incorrect, ${integrated} integrated, ${state} (${code}, ${mode})`,
    fr: `${flow.flow_identifier} : ${total} factures, ${incorrect} incorrecte(s), ${integrated} intégrée(s), ${state} (${code}, ${mode})`,
  }
}

export const expectFlow: JudgeStep = async (scene) => {
  const name = String(scene.values['as'])
  const [flow] = await newFlows(scene)
  if (flow === undefined) return refusedInstead(scene)
  const seen = seeFlow(flow)
  const remember = { flows: { ...scene.memory.flows, [name]: flow.id } }
  if (scene.values['until'] === 'taken') {
    return passed(flow.flow_identifier, flow.flow_identifier, { seen, remember })
  }
  if (!isDecided(flow)) return waiting(flow.state, flow.state, { seen })
  const incorrect = (await incorrectParts(scene, flow.id)).length
  const { en, fr } = flowSaid(flow, incorrect)
  if (flow.state === 'IN_INCIDENTE') return { state: 'NOT_CONCLUSIVE', got: { en, fr }, seen }
  const isIt = isAsWanted(scene, flow, incorrect)
  return isIt ? passed(en, fr, { seen, remember }) : failed(en, fr, { seen })
}

function isAsWanted({ values }: Scene, flow: FlowRow, incorrect: number): boolean {
  const { invoices, bad, mode } = values
  const isCounted = Number(invoices) === 0 || flow.total === Number(invoices)
  // A flow that could not be taken apart has no invoices that could be counted.
  const isUnread = flow.total === 0 && flow.state === 'IN_REJETE'
  const isBad = incorrect === Number(bad)
  return (
    ((isUnread && incorrect === 0) || (isCounted && isBad)) &&
    (mode === 'ANY' || flow.mode === String(mode))
  )
}

/** The flow did not come because it was refused at the door: that is what the tester wants to read. */
async function refusedInstead(scene: Scene): Promise<StepOutcome> {
  const last = (await newRefusals(scene)).at(-1)
  if (last === undefined) return waiting(...NOTHING)
  const { code, offered, reason } = last
  return waiting(
    `refused at the door: ${code} ${offered ?? ''} (${reason})`,
    `refusé à l’entrée : ${code} ${offered ?? ''} (${reason})`,
    { seen: { refusals: [last.id] } },
  )
}

export const expectFlowAgain: JudgeStep = async (scene) => {
  const flow = await flowNamed(scene, String(scene.values['flow']))
  if (flow === undefined) return waiting(...NOTHING)
  const seen = seeFlow(flow)
  const [other] = await newFlows(scene)
  if (other !== undefined) {
    const isSame = other.sha256 === flow.sha256
    return failed(
      `${isSame ? 'the same content' : 'another content'} under a new name: ${other.flow_identifier}`,
      `${isSame ? 'le même contenu' : 'un autre contenu'} sous un nouveau nom : ${other.flow_identifier}`,
      { seen: seeFlow(other) },
    )
  }
  const again = await timesAgain(scene, flow.id)
  if (again <= scene.memory.again) return refusedInstead(scene)
  return passed(
    `${flow.flow_identifier} came again and was recognised`,
    `${flow.flow_identifier} est revenu et a été reconnu`,
    { seen, remember: { again } },
  )
}

export const expectRefused: JudgeStep = async (scene) => {
  const [refusal] = await newRefusals(scene)
  if (refusal === undefined) {
    const [flow] = await newFlows(scene)
    if (flow === undefined) return waiting(...NOTHING)
    const { flow_identifier: number } = flow
    return failed(`${number} was taken in charge`, `${number} a été pris en charge`, {
      seen: seeFlow(flow),
    })
  }
  const refusals = [...scene.memory.refusals, refusal.id]
  const text = `${refusal.code} ${refusal.offered ?? ''}`
  const rest = { seen: { refusals: [refusal.id] }, remember: { refusals } }
  return refusal.code === scene.values['code']
    ? passed(text, text, rest)
    : failed(text, text, { seen: rest.seen })
}

export const expectReport: JudgeStep = async (scene) => {
  const flow = await flowNamed(scene, String(scene.values['flow']))
  const report = flow === undefined ? undefined : await reportOn(scene, flow.id)
  if (flow === undefined || report === undefined) {
    return waiting('no report is issued yet', 'aucun compte rendu n’est encore émis')
  }
  const seen = { flows: [flow.id], returns: [report.id] }
  const delivered = await timesDelivered(scene, report.id)
  const { file_name: name, state } = report
  const times = Number(scene.values['times'])
  return delivered >= times
    ? passed(`${name}: delivered ${delivered}×`, `${name} : remis ${delivered}×`, { seen })
    : waiting(
        `${name}: ${state}, delivered ${delivered}×`,
        `${name} : ${state}, remis ${delivered}×`,
        { seen },
      )
}

export const expectFaultMet: JudgeStep = async (scene) => {
  const hits = await faultHits(scene)
  const times = Number(scene.values['times'])
  const faults = [...new Set(hits.map(({ fault }) => fault))]
  const sessions = (await sessionsSince(scene, scene.stepStartedAt)).map(({ id }) => id)
  const text = [`met ${hits.length}×`, `rencontrée ${hits.length}×`] as const
  const seen = { faults, sessions }
  if (hits.length < times) return waiting(...text, { seen })
  return passed(...text, { seen })
}

export const expectRecovery: JudgeStep = async (scene) => {
  const name = String(scene.values['as'])
  const flows = await newFlows(scene)
  const [flow, second] = flows
  if (flow === undefined) return refusedInstead(scene)
  if (second !== undefined) {
    return failed(
      `two flows for one: ${flow.flow_identifier}, ${second.flow_identifier}`,
      `deux flux pour un : ${flow.flow_identifier}, ${second.flow_identifier}`,
      { seen: { flows: [flow.id, second.id] } },
    )
  }
  const seen = seeFlow(flow)
  // Taken before its answer was lost: the partner has to have come again all the same.
  const again = await timesAgain(scene, flow.id)
  const lastHit = Math.max(0, ...(await faultHits(scene)).map(({ at }) => at))
  if (flow.received_at <= lastHit && again === 0) {
    return waiting(
      `${flow.flow_identifier} is taken; the partner, who was not told so, has not sent it again`,
      `${flow.flow_identifier} est pris en charge ; le partenaire, qui l’ignore, ne l’a pas renvoyé`,
      { seen },
    )
  }
  if (!isDecided(flow)) return waiting(flow.state, flow.state, { seen })
  const { en, fr } = flowSaid(flow, (await incorrectParts(scene, flow.id)).length)
  const remember = { flows: { ...scene.memory.flows, [name]: flow.id }, again }
  return flow.state === 'IN_INTEGRE' ? passed(en, fr, { seen, remember }) : failed(en, fr, { seen })
}

export const expectQuiet: JudgeStep = async (scene) => {
  const [flow] = await newFlows(scene)
  if (flow !== undefined) {
    return failed(`${flow.flow_identifier} came`, `${flow.flow_identifier} est venu`, {
      seen: seeFlow(flow),
    })
  }
  const end = Math.min(
    scene.deadline,
    scene.stepStartedAt + Number(scene.values['seconds']) * 1_000,
  )
  return Date.now() >= end - QUIET_MARGIN_MILLISECONDS
    ? passed('nothing came', 'rien n’est venu')
    : waiting('nothing so far', 'rien jusqu’ici')
}

/** It is over just before the time of the step is. */
const QUIET_MARGIN_MILLISECONDS = 300
