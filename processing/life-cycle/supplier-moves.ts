import { GatewayError } from '../../gateway/errors.ts'
import type { InvoiceFile, Mover, NewRecipient } from '../../gateway/life-cycle/life-cycle.ts'
import { INVOICE_STATUSES, type InvoiceStatus } from '../returns/invoice-statuses.ts'
import { readNamed, refuseMove } from './advance.ts'
import { standingInvoice, type StandingInvoice } from './invoice-row.ts'
import { actorOf, moveStatements, type Move } from './moves.ts'
import type { LifeCycleOptions } from './open-life-cycle.ts'

/**
 * What a supplier does with its own invoice (reference chorus-pro-edi §10.2): it keeps its number.
 */

/** Rejected for its routing data: to another recipient or service, under the same number. */
export async function recycleInvoice(
  options: LifeCycleOptions,
  id: string,
  { recipient, service, engagement }: NewRecipient,
  by: Mover,
): Promise<void> {
  const invoice = await standing(options, id)
  requireSupplier(invoice, '01', id)
  const entry =
    recipient === undefined ? undefined : (await options.directory.find([recipient])).get(recipient)
  if (entry?.isActive === false) {
    throw new GatewayError('API_REQUEST_INVALID', `${recipient} does not receive invoices.`, {
      remedy: 'Name an active structure: raccord directory list --active.',
    })
  }
  const name = entry === undefined ? null : entry.name
  await moveByHand(options, invoice, by, {
    to: '01',
    comment: 'Recyclée',
    changes: {
      ...(recipient === undefined ? {} : { recipient_id: recipient, recipient_name: name }),
      ...(service === undefined ? {} : { service_code: service }),
      ...(engagement === undefined ? {} : { engagement }),
    },
  })
}

/** Suspended: the documents that were missing, and back to the recipient. */
export async function completeInvoice(
  options: LifeCycleOptions,
  id: string,
  documents: readonly InvoiceFile[],
  by: Mover,
  comment?: string,
): Promise<void> {
  const invoice = await standing(options, id)
  requireSupplier(invoice, '12', id)
  const { journal, payloads, clock } = options
  const { flowId, ordinal } = invoice
  const [last] = await journal.read(
    journal.db
      .selectFrom('invoice_documents')
      .select(({ fn }) => fn.max('number').as('number'))
      .where('flow_id', '=', flowId)
      .where('ordinal', '=', ordinal),
  )
  const rows = []
  for (const [index, { name, mediaType, bytes }] of documents.entries()) {
    const content = await payloads.put(oneBuffer(bytes))
    rows.push({
      flow_id: flowId,
      ordinal,
      number: (last?.number ?? 0) + index + 1,
      name,
      media_type: mediaType,
      ...content,
      added_at: clock.now(),
    })
  }
  await moveByHand(
    options,
    invoice,
    by,
    { to: '12', comment: comment ?? null },
    rows.length === 0 ? [] : [{ query: journal.db.insertInto('invoice_documents').values(rows) }],
  )
}

/** It has taken note of a rejection or a suspension. Again changes nothing. */
export async function acknowledgeInvoice(
  options: LifeCycleOptions,
  id: string,
  by: Mover,
): Promise<void> {
  const invoice = await standing(options, id)
  const { flowId, ordinal, status, sequence } = invoice
  if (!('isAcknowledged' in INVOICE_STATUSES[status])) {
    throw new GatewayError(
      'INVOICE_MOVE_ILLEGAL',
      `The invoice ${id} is in status ${status}, which nobody acknowledges.`,
      { remedy: 'Rejected and suspended invoices are acknowledged: 04, 05, 06.' },
    )
  }
  const { journal, clock } = options
  await journal.write([
    {
      query: journal.db
        .updateTable('invoices')
        .set({ acknowledged_at: clock.now() })
        .where('flow_id', '=', flowId)
        .where('ordinal', '=', ordinal)
        .where('status_sequence', '=', sequence)
        .where('acknowledged_at', 'is', null),
      expectRows: 1,
      announce: 'flows',
    },
    by.audit({ objectId: id, after: { acknowledged: status } }),
  ])
}

async function standing({ journal }: LifeCycleOptions, id: string): Promise<StandingInvoice> {
  const invoice = standingInvoice(await readNamed(journal, id, undefined))
  if (invoice === undefined) throw new GatewayError('API_NOT_FOUND', `No invoice is called ${id}.`)
  return invoice
}

/** @throws GatewayError INVOICE_MOVE_ILLEGAL unless it is the supplier who makes that move */
function requireSupplier(invoice: StandingInvoice, to: InvoiceStatus, id: string): void {
  if (actorOf(invoice.status, to) !== 'supplier') refuseMove(invoice.status, to, id)
}

async function moveByHand(
  { journal, clock }: LifeCycleOptions,
  invoice: StandingInvoice,
  by: Mover,
  move: Omit<Move, 'at' | 'cause'>,
  more: Parameters<LifeCycleOptions['journal']['write']>[0] = [],
): Promise<void> {
  const { flowId, ordinal } = invoice
  const { committed } = await journal.write([
    ...more,
    ...moveStatements(journal, invoice, { ...move, at: clock.now(), cause: by.name }),
    by.audit({ objectId: `${flowId}.${ordinal}`, after: { to: move.to, ...move.changes } }),
  ])
  if (!committed) {
    throw new GatewayError('INVOICE_MOVE_ILLEGAL', 'The invoice was moved meanwhile.', {
      remedy: 'Look at it again: raccord invoices show.',
    })
  }
}

async function* oneBuffer(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
