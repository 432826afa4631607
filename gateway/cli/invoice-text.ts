import type {
  AdvanceResult,
  InvoiceHistory,
  InvoiceStatusDocument,
} from '../life-cycle/life-cycle.ts'
import type { Language } from './command-context.ts'
import { formatTable } from './terminal.ts'

const MAX_SHOWN_REFUSED = 20

/** Everything a person asks about one invoice. */
export function invoiceText(invoice: InvoiceHistory, language: Language): string {
  const isFrench = language === 'fr'
  const { recipient, supplier, allowed, acknowledgedAt } = invoice
  const lines = [
    `${invoice.number ?? '–'}   ${invoice.status} ${invoice.statusLabel[language]}`,
    `${invoice.id}   ${isFrench ? 'flux' : 'flow'} ${invoice.flowNumber}   ${invoice.amountDue ?? ''} ${invoice.currency ?? ''}`,
    `${isFrench ? 'fournisseur' : 'supplier'} ${supplier.id ?? '–'} ${supplier.name ?? ''}`,
    `${isFrench ? 'destinataire' : 'recipient'} ${[recipient.id, recipient.name, recipient.service, recipient.engagement].filter((one) => one !== null).join('  ')}`,
    ...(acknowledgedAt === null
      ? []
      : [`${isFrench ? 'acquittée le' : 'acknowledged'} ${acknowledgedAt}`]),
    '',
    ...invoice.history.map(
      ({ at, status, label, actor, cause, comment }) =>
        `  ${at}  ${status} ${label[language]}  (${actor}: ${cause})${comment === null ? '' : `  ${comment}`}`,
    ),
    ...invoice.documents.map(
      ({ addedAt, name, bytes }) =>
        `  ${addedAt}  + ${name}  ${bytes} ${isFrench ? 'octets' : 'bytes'}`,
    ),
    ...invoice.plan.map(({ at, to }) => `  ${at}  → ${to}  (${isFrench ? 'prévu' : 'planned'})`),
    '',
    allowed.length === 0
      ? isFrench
        ? 'Statut final.'
        : 'This status is final.'
      : `${isFrench ? 'Peut passer à' : 'May go to'} ${allowed.join(', ')}`,
  ]
  return `${lines.join('\n')}\n`
}

/** What became of a move of many. */
export function advancedText(result: AdvanceResult, to: string, language: Language): string {
  const isFrench = language === 'fr'
  const refused = result.refused.slice(0, MAX_SHOWN_REFUSED)
  const hidden = result.refused.length - refused.length
  return [
    isFrench
      ? `${result.moved} facture${result.moved > 1 ? 's passées' : ' passée'} à ${to}.`
      : `${result.moved} invoice${result.moved === 1 ? '' : 's'} moved to ${to}.`,
    ...refused.map(
      ({ id, number, status, allowed }) =>
        `  ✗ ${number ?? id}  ${status} → ${to} ${isFrench ? 'non permis ; permis' : 'not allowed; allowed'}: ${allowed.join(', ') || '–'}`,
    ),
    ...(hidden > 0 ? [`  … ${hidden}`] : []),
    ...(result.isCut
      ? [
          isFrench
            ? 'D’autres correspondent : recommencez.'
            : 'There are more that match: do it again.',
        ]
      : []),
  ].join('\n')
}

/** The graph, a line a status. */
export function statusesText(
  statuses: readonly InvoiceStatusDocument[],
  language: Language,
): string {
  const isFrench = language === 'fr'
  return `${formatTable(
    isFrench ? ['statut', 'libellé', 'vers'] : ['status', 'label', 'may go to'],
    statuses.map(({ code, label, moves }) => [
      code,
      label[language],
      moves.map(({ to, by }) => `${to} (${by})`).join(', ') || '–',
    ]),
  )}\n`
}
