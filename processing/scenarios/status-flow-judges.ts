import type { FlowId } from '../../gateway/flow.ts'
import { isInvoiceStatus } from '../returns/invoice-statuses.ts'
import { readToldCodes } from '../returns/read-told-codes.ts'
import { contentOf, flowNamed, type ReturnRow } from './run-facts.ts'
import { failed, passed, waiting, type JudgeStep, type Scene } from './scene.ts'

/** Steps on the flows that tell statuses of invoices. */

const NOTHING = ['nothing has come yet', 'rien n’est encore venu'] as const

/** Life-cycle flows to the partner that tell this status of invoices of a flow. */
function statusFlows(scene: Scene, flowId: FlowId): Promise<ReturnRow[]> {
  const { db } = scene.journal
  return scene.journal.read(
    db
      .selectFrom('return_items')
      .innerJoin('invoice_statuses', (join) =>
        join
          .onRef('invoice_statuses.flow_id', '=', 'return_items.flow_id')
          .onRef('invoice_statuses.ordinal', '=', 'return_items.ordinal')
          .onRef('invoice_statuses.sequence', '=', 'return_items.sequence'),
      )
      .innerJoin('return_flows', 'return_flows.id', 'return_items.return_flow_id')
      .selectAll('return_flows')
      .where('return_items.flow_id', '=', flowId)
      .where('return_items.connection_id', '=', scene.connection.id)
      .where('invoice_statuses.status', '=', String(scene.values['status']))
      .limit(50),
  )
}

export const expectStatusFlow: JudgeStep = async (scene) => {
  const flow = await flowNamed(scene, String(scene.values['flow']))
  if (flow === undefined) return waiting(...NOTHING)
  const rows = await statusFlows(scene, flow.id)
  const [first] = rows
  if (first === undefined) return waiting(...NOTHING)
  const seen = { flows: [flow.id], returns: [first.id] }
  const delivered = rows.find(({ state }) => state === 'DELIVERED')
  const { file_name: name, state } = delivered ?? first
  return delivered === undefined
    ? waiting(`${name}: ${state}`, `${name} : ${state}`, { seen })
    : passed(`${name}: delivered`, `${name} : remis`, { seen })
}

export const checkStatusFlow: JudgeStep = async (scene) => {
  const flow = await flowNamed(scene, String(scene.values['flow']))
  if (flow === undefined) return waiting(...NOTHING)
  const rows = await statusFlows(scene, flow.id)
  const row = rows.find(({ interface_code: code }) => code === 'FEN1200A')
  if (row === undefined) return waiting(...NOTHING)
  const codes = readToldCodes(await contentOf(scene, row))
  const says = String(scene.values['says'])
  const strange = codes.filter((code) => !isInvoiceStatus(code) && code !== says)
  const isIt = codes.includes(says) && strange.length === 0
  const text = `${row.file_name}: ${[...new Set(codes)].slice(0, 20).join(', ')}`
  const outcome = isIt ? passed(text, text) : failed(text, text)
  return { ...outcome, seen: { flows: [flow.id], returns: [row.id] } }
}
