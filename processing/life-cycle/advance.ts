import { GatewayError } from '../../gateway/errors.ts'
import type { Journal, WriteStatement } from '../../gateway/journal/journal.ts'
import type { AdvanceResult, InvoiceChoice } from '../../gateway/life-cycle/life-cycle.ts'
import { isInvoiceStatus, movesFrom, type InvoiceStatus } from '../returns/invoice-statuses.ts'
import { standingInvoice, type StandingInvoice } from './invoice-row.ts'
import { selectInvoices, selectNamed, documentOf, type FoundInvoice } from './invoice-search.ts'
import { actorOf, moveStatements, type Move } from './moves.ts'

/** Invoices of one message: seven statements each at most. */
const INVOICES_PER_WRITE = 50

/** @throws GatewayError API_REQUEST_INVALID for what is no status */
export function knownStatus(code: string): InvoiceStatus {
  if (isInvoiceStatus(code)) return code
  throw new GatewayError('API_REQUEST_INVALID', `${code} is no status of an invoice.`, {
    remedy: 'docs/life-cycle.md lists them.',
  })
}

/** @throws GatewayError INVOICE_MOVE_ILLEGAL, with the moves that are allowed */
export function refuseMove(from: InvoiceStatus, to: string, name: string): never {
  const allowed = movesFrom(from).map((move) => `${move.to} (${move.by})`)
  throw new GatewayError(
    'INVOICE_MOVE_ILLEGAL',
    `The invoice ${name} is in status ${from} and cannot go to ${to}.`,
    {
      remedy:
        allowed.length === 0
          ? `${from} is final: send a new invoice.`
          : `From ${from} it may go to ${allowed.join(', ')}.`,
    },
  )
}

/** What is chosen: by name, each of them has to be there; or what matches, newest flows first. */
export async function readChoice(
  journal: Journal,
  { invoices, where, limit }: InvoiceChoice,
): Promise<{ readonly rows: readonly FoundInvoice[]; readonly isCut: boolean }> {
  if (invoices === undefined) {
    const rows = await journal.read(selectInvoices(journal, where).limit(limit + 1))
    return { rows: rows.slice(0, limit), isCut: rows.length > limit }
  }
  const rows: FoundInvoice[] = []
  for (const name of invoices) rows.push(await readNamed(journal, name, where.sirets))
  return { rows, isCut: false }
}

/** @throws GatewayError API_NOT_FOUND, API_AMBIGUOUS */
export async function readNamed(
  journal: Journal,
  name: string,
  sirets: readonly string[] | undefined,
): Promise<FoundInvoice> {
  const [row, other] = await journal.read(selectNamed(journal, name, sirets).limit(2))
  if (row === undefined) throw new GatewayError('API_NOT_FOUND', `No invoice is called ${name}.`)
  if (other !== undefined) {
    const ids = [row, other].map((one) => documentOf(one).id).join(', ')
    throw new GatewayError('API_AMBIGUOUS', `Several invoices have the number ${name}: ${ids}…`)
  }
  return row
}

/**
 * Moves what is chosen. What somebody else moved meanwhile is looked at again, once; `audit` is
 * written with the first slice.
 */
export async function advanceInvoices(
  journal: Journal,
  choice: InvoiceChoice,
  move: Move,
  audit: () => WriteStatement,
): Promise<AdvanceResult> {
  const { rows, isCut } = await readChoice(journal, choice)
  const refused: AdvanceResult['refused'][number][] = []
  const movable: StandingInvoice[] = []
  for (const row of rows) {
    const invoice = standingInvoice(row)
    if (invoice === undefined) continue
    if (actorOf(invoice.status, move.to) !== undefined) movable.push(invoice)
    else {
      const { id, number, status, allowed } = documentOf(row)
      refused.push({ id, number, status, allowed })
    }
  }
  const [first] = refused
  if (choice.invoices !== undefined && movable.length === 0 && first !== undefined) {
    refuseMove(knownStatus(first.status), move.to, first.number ?? first.id)
  }
  let moved = 0
  for (let start = 0; start < movable.length; start += INVOICES_PER_WRITE) {
    const slice = movable.slice(start, start + INVOICES_PER_WRITE)
    const extra = start === 0 ? [audit()] : []
    const statements = slice.flatMap((invoice) => moveStatements(journal, invoice, move))
    const { committed } = await journal.write([...extra, ...statements])
    if (committed) moved += slice.length
    else moved += await moveOneByOne(journal, slice, move)
  }
  return { moved, refused, isCut }
}

/** Of a slice that somebody else has touched: those that are still where they were. */
async function moveOneByOne(
  journal: Journal,
  invoices: readonly StandingInvoice[],
  move: Move,
): Promise<number> {
  const results = await Promise.all(
    invoices.map((invoice) => journal.write(moveStatements(journal, invoice, move))),
  )
  return results.filter(({ committed }) => committed).length
}
