import type { Finding } from '../gateway/flow.ts'
import { faultContextOf } from './flow-faults.ts'
import { motiveFinding, MOTIVES, type MotiveCode } from './motives.ts'
import type { JournaledFlow, PipelineContext } from './pipeline-context.ts'

/**
 * Asks for a fault on one invoice of a flow whose invoices are all checked: a correct one is then
 * refused with that code, and its number is free again. One that was refused already stays as it is,
 * so that a second try of the decision changes nothing.
 */
export async function meetInvoiceFault(
  { faults, journal }: Pick<PipelineContext, 'faults' | 'journal'>,
  flow: JournaledFlow,
): Promise<void> {
  const action = faults.at('stage:uniqueness', faultContextOf(flow))
  if (action?.kind !== 'answer' || action.name !== 'invoice-error') return
  const [code = '', position = ''] = (action.value ?? '').split(' ')
  if (!Object.hasOwn(MOTIVES, code)) return
  const { db } = journal
  const ordinal = Number(position)
  const [invoice] = await journal.read(
    db
      .selectFrom('invoices')
      .select(['file_name', 'number', 'findings_json'])
      .where('flow_id', '=', flow.id)
      .where('ordinal', '=', ordinal)
      .where('is_correct', '=', 1),
  )
  if (invoice === undefined) return
  const finding = motiveFinding(code as MotiveCode, {
    rule: 'RACCORD-FAULT',
    part: ordinal,
    file: invoice.file_name,
    ...(invoice.number === null ? {} : { invoice: invoice.number }),
    detail: {
      en: 'This error was asked for (fault on demand).',
      fr: 'Cette erreur a été demandée (panne à la demande).',
    },
  })
  const findings = [...(JSON.parse(invoice.findings_json) as Finding[]), finding]
  await journal.write([
    {
      query: db
        .updateTable('invoices')
        .set({ is_correct: 0, findings_json: JSON.stringify(findings) })
        .where('flow_id', '=', flow.id)
        .where('ordinal', '=', ordinal)
        .where('is_correct', '=', 1),
      expectRows: 1,
    },
    {
      // Counted with those that a rule refused, not with the duplicates.
      query: db
        .updateTable('chunks')
        .set((row) => ({ refused: row('refused', '+', 1) }))
        .where('flow_id', '=', flow.id)
        .where('first_part', '<=', ordinal)
        .where((row) => row(row('first_part', '+', row.ref('parts')), '>', ordinal)),
    },
    {
      query: db
        .deleteFrom('invoice_numbers')
        .where('flow_id', '=', flow.id)
        .where('ordinal', '=', ordinal),
    },
  ])
}
