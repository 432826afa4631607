import { sentIdentifier } from '../../config/flow-name.ts'
import { readCsoReport } from '../returns/read-cso-report.ts'
import {
  contentOf,
  flowNamed,
  incorrectParts,
  isDecided,
  reportOn,
  type FlowRow,
} from './run-facts.ts'
import { failed, passed, waiting, type JudgeStep, type Scene, type StepOutcome } from './scene.ts'

/** What is looked at in the gateway's record: the judge of each `check` of the table of step kinds. */

/** A check of a flow that is decided. */
function ofDecided(judge: (scene: Scene, flow: FlowRow) => Promise<StepOutcome>): JudgeStep {
  return async (scene) => {
    const flow = await flowNamed(scene, String(scene.values['flow']))
    if (flow === undefined) return waiting('no such flow yet', 'pas encore de tel flux')
    const outcome = isDecided(flow) ? await judge(scene, flow) : waiting(flow.state, flow.state)
    return { ...outcome, seen: { flows: [flow.id], ...outcome.seen } }
  }
}

const verdict = (isPassed: boolean, en: string, fr: string): StepOutcome =>
  isPassed ? passed(en, fr) : failed(en, fr)

export const checkState = ofDecided(async ({ values }, { state }) =>
  verdict(state === values['is'], state, state),
)

export const checkCounts = ofDecided(async ({ values }, { integrated, total }) => {
  // As the public document counts: whatever was not integrated.
  const refused = total - integrated
  return verdict(
    integrated === values['integrated'] && refused === values['refused'],
    `${integrated} integrated, ${refused} refused`,
    `${integrated} intégrée(s), ${refused} refusée(s)`,
  )
})

export const checkReport = ofDecided(async (scene, flow) => {
  const row = await reportOn(scene, flow.id)
  if (row === undefined) return waiting('no report yet', 'pas encore de compte rendu')
  const report = readCsoReport(await contentOf(scene, row))
  const named = [...new Set(report.errors.map(({ part }) => part).filter((part) => part > 0))]
  const wanted = await incorrectParts(scene, flow.id)
  const isIt =
    report.status === scene.values['status'] &&
    report.flowIdentifier === sentIdentifier(flow.flow_identifier) &&
    named.toSorted((one, other) => one - other).join() === wanted.join()
  const errors = report.errors
    .slice(0, 3)
    .map(({ part, code, description }) => `${part}: ${code} ${description}`.slice(0, 160))
  const names = named.length === 0 ? '–' : named.slice(0, 20).join(', ')
  return {
    ...verdict(
      isIt,
      `status ${report.status}, invoices named: ${names}${said(errors)}`,
      `statut ${report.status}, factures nommées : ${names}${said(errors)}`,
    ),
    seen: { flows: [flow.id], returns: [row.id] },
  }
})

const said = (errors: readonly string[]): string =>
  errors.length === 0 ? '' : ` (${errors.join(' | ')})`

export const checkFinding = ofDecided(async ({ journal, values }, flow) => {
  const rows = await journal.read(
    journal.db
      .selectFrom('invoices')
      .select('findings_json')
      .where('flow_id', '=', flow.id)
      .where('is_correct', '=', 0)
      .limit(500),
  )
  const findings = [flow.findings_json, ...rows.map((row) => row.findings_json)].flatMap(
    (json) => JSON.parse(json) as readonly { readonly rule: string }[],
  )
  const rules = [...new Set(findings.map(({ rule }) => rule))]
  const text = rules.slice(0, 20).join(', ') || '–'
  return verdict(
    rules.some((rule) => rule.startsWith(String(values['rule']))),
    text,
    text,
  )
})

export const checkOnce = ofDecided(async ({ journal, connection }, flow) => {
  const rows = await journal.read(
    journal.db
      .selectFrom('flows')
      .select('id')
      .where('connection_id', '=', connection.id)
      .where('sha256', '=', flow.sha256)
      .limit(50),
  )
  return {
    ...verdict(
      rows.length === 1,
      `${rows.length} flow(s) with this content`,
      `${rows.length} flux de ce contenu`,
    ),
    seen: { flows: rows.map(({ id }) => id) },
  }
})

/** The state of a report may still change to what is awaited: until the time of the step is over. */
export const checkReportState = ofDecided(async (scene, flow) => {
  const row = await reportOn(scene, flow.id)
  if (row === undefined) return waiting('no report yet', 'pas encore de compte rendu')
  const { file_name: name, state } = row
  const seen = { flows: [flow.id], returns: [row.id] }
  const text = [`${name}: ${state}`, `${name} : ${state}`] as const
  return state === scene.values['is'] ? passed(...text, { seen }) : waiting(...text, { seen })
})

/** Evidence of protocols that says from where a transfer went on. */
const RESUMED = ['resumedAtBytes', 'startPoint']

export const checkResumed = ofDecided(async (_scene, flow) => {
  const evidence = JSON.parse(flow.evidence_json) as Readonly<Record<string, string>>
  const at = RESUMED.map((name) => evidence[name]).find((value) => value !== undefined) ?? '0'
  return verdict(Number(at) > 0, `resumed at ${at}`, `repris à ${at}`)
})

export const checkOvertakes = ofDecided(async (scene, flow) => {
  const earlier = await flowNamed(scene, String(scene.values['reportOf']))
  if (earlier === undefined) return waiting('no such flow yet', 'pas encore de tel flux')
  const report = await reportOn(scene, earlier.id)
  const seen = { flows: [earlier.id, flow.id] }
  if (report === undefined) {
    return passed('no report then', 'pas de compte rendu alors', { seen })
  }
  const milliseconds = report.created_at - flow.received_at
  return {
    ...verdict(
      milliseconds > 0,
      `report ${milliseconds} ms after the flow`,
      `compte rendu ${milliseconds} ms après le flux`,
    ),
    seen: { ...seen, returns: [report.id] },
  }
})

export const checkSuppliers = ofDecided(async ({ journal, values }, flow) => {
  const rows = await journal.read(
    journal.db
      .selectFrom('invoices')
      .select('supplier_id')
      .distinct()
      .where('flow_id', '=', flow.id)
      .limit(500),
  )
  const text = `${rows.length}: ${rows.map((row) => row.supplier_id ?? '–').join(', ')}`
  return verdict(rows.length === values['count'], text, text)
})
