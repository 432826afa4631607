import type { Finding } from '../../gateway/flow.ts'
import type { Journal } from '../../gateway/journal/journal.ts'
import { motiveFinding } from '../motives.ts'
import { movesFrom, type InvoiceStatus } from '../returns/invoice-statuses.ts'
import { invoiceId, standingInvoice, type StandingInvoice } from './invoice-row.ts'
import { selectInvoices } from './invoice-search.ts'
import type { ReceivedStatus } from './read-statuses.ts'

/** A status that may be given, to the invoice as it will stand when its turn has come. */
export interface AllowedStatus {
  readonly received: ReceivedStatus
  readonly invoice: StandingInvoice
  readonly to: InvoiceStatus
  /** The gateway's own step on the way to the recipient, which has it once it reports on it. */
  readonly isImplied: boolean
}

/** What may be given; where a recipient reports several in one flow, one after the other. */
export interface JudgedStatuses {
  readonly allowed: readonly AllowedStatus[]
  readonly findings: readonly Finding[]
  /** Units that cannot be taken. */
  readonly bad: number
}

/**
 * Holds each status against the invoice it is of: it has to be integrated, to be of this recipient
 * (`siret`; null = the connection is of no structure, and may move all), and to stand where the
 * status may follow.
 * @param isTaken those that an earlier attempt has given already
 */
export async function judgeStatuses(
  journal: Journal,
  received: readonly ReceivedStatus[],
  siret: string | null,
  isTaken: (unit: ReceivedStatus) => boolean,
): Promise<JudgedStatuses> {
  const standing = new Map<string, StandingInvoice>()
  const allowed: AllowedStatus[] = []
  const findings: Finding[] = []
  let bad = 0
  const refuse = (unit: ReceivedStatus, more: readonly Finding[]): void => {
    bad += 1
    findings.push(...more.map((finding) => placed(finding, unit)))
  }
  for (const unit of received) {
    if (unit.findings.length > 0 || unit.status === null) {
      refuse(unit, unit.findings)
      continue
    }
    if (isTaken(unit)) continue
    const found = await findInvoice(journal, unit, siret)
    if (found === undefined) {
      refuse(unit, [UNKNOWN])
      continue
    }
    const id = invoiceId(found)
    let invoice = standing.get(id) ?? found
    const steps: AllowedStatus[] = []
    const take = (to: InvoiceStatus, isImplied: boolean): void => {
      steps.push({ received: unit, invoice, to, isImplied })
      invoice = { ...invoice, status: to, sequence: invoice.sequence + 1 }
    }
    for (const [from, to] of ON_THE_WAY) {
      const isOnTheWay = invoice.status === from && from !== unit.status && to !== unit.status
      if (isOnTheWay) take(to, true)
    }
    const move = movesFrom(invoice.status).find(({ to }) => to === unit.status)
    if (move === undefined || move.by === 'supplier') {
      refuse(unit, [illegal(invoice.status, unit.status)])
      continue
    }
    take(unit.status, false)
    allowed.push(...steps)
    standing.set(id, invoice)
  }
  return { allowed, findings, bad }
}

const ON_THE_WAY: readonly (readonly [InvoiceStatus, InvoiceStatus])[] = [
  ['01', '02'],
  ['02', '03'],
]

async function findInvoice(
  journal: Journal,
  { number, supplierId, recipientId }: ReceivedStatus,
  siret: string | null,
): Promise<StandingInvoice | undefined> {
  const recipient = siret ?? (recipientId === '' ? undefined : recipientId)
  const rows = await journal.read(
    selectInvoices(journal, {
      number,
      ...(supplierId === '' ? {} : { supplier: supplierId }),
      ...(recipient === undefined ? {} : { recipient }),
    })
      .where('invoices.status', 'not in', ['22', '37'])
      .limit(1),
  )
  return rows[0] === undefined ? undefined : standingInvoice(rows[0])
}

const placed = (finding: Finding, { part, file, number }: ReceivedStatus): Finding => ({
  ...finding,
  part,
  file,
  ...(number === '' ? {} : { invoice: number }),
})

const UNKNOWN = motiveFinding('ERR_FCT_007', {
  rule: 'CDV-INVOICE',
  message: {
    en: 'No integrated invoice of this number, supplier and recipient is known.',
    fr: 'Aucune facture intégrée de ce numéro, fournisseur et destinataire n’est connue.',
  },
  remedy: {
    en: 'Give the number and the supplier’s identifier as the invoice has them; only its recipient may report on it.',
    fr: 'Indiquez le numéro et l’identifiant du fournisseur tels que sur la facture ; seul son destinataire peut la suivre.',
  },
})

function illegal(from: InvoiceStatus, to: InvoiceStatus): Finding {
  const moves = movesFrom(from).map((move) => move.to)
  const list = moves.length === 0 ? '–' : moves.join(', ')
  return motiveFinding('ERR_FCT_008', {
    rule: 'CDV-MOVE',
    message: {
      en: `An invoice in status ${from} cannot go to ${to}; allowed: ${list}.`,
      fr: `Une facture au statut ${from} ne peut pas passer à ${to} ; permis : ${list}.`,
    },
    remedy: {
      en: 'Report the statuses in their order: docs/life-cycle.md.',
      fr: 'Transmettez les statuts dans leur ordre : docs/life-cycle.md.',
    },
  })
}
