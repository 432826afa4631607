import { csvTable, type CsvTable } from './csv.ts'
import type { RejectedInvoiceDocument, RejectionDocument } from './rejection-schemas.ts'

/** Rejections as a table. */
export function rejectionsCsv(language: 'en' | 'fr'): CsvTable<RejectionDocument> {
  return csvTable<RejectionDocument>(
    [
      { title: { en: 'what', fr: 'quoi' }, value: ({ key }) => key },
      { title: { en: 'code', fr: 'code' }, value: ({ code }) => code ?? '' },
      {
        title: { en: 'application code', fr: 'code application' },
        value: ({ partner }) => partner?.applicationCode ?? '',
      },
      { title: { en: 'partner', fr: 'partenaire' }, value: ({ partner }) => partner?.name ?? '' },
      { title: { en: 'flows', fr: 'flux' }, value: ({ flows }) => String(flows) },
      { title: { en: 'invoices', fr: 'factures' }, value: ({ invoices }) => String(invoices) },
      {
        title: { en: 'good invoices lost', fr: 'bonnes factures perdues' },
        value: ({ lost }) => String(lost),
      },
      { title: { en: 'partners', fr: 'partenaires' }, value: ({ partners }) => String(partners) },
      { title: { en: 'first', fr: 'premier' }, value: ({ firstAt }) => firstAt },
      { title: { en: 'last', fr: 'dernier' }, value: ({ lastAt }) => lastAt },
      {
        title: { en: 'flows before', fr: 'flux avant' },
        value: ({ before }) => String(before.flows),
      },
      {
        title: { en: 'invoices before', fr: 'factures avant' },
        value: ({ before }) => String(before.invoices),
      },
      { title: { en: 'trend', fr: 'tendance' }, value: ({ trend }) => trend },
      {
        title: { en: 'example', fr: 'exemple' },
        value: ({ example }) => example?.message[language] ?? '',
      },
    ],
    language,
  )
}

/** Refused invoices as a table, with the first of their findings. */
export function rejectedInvoicesCsv(language: 'en' | 'fr'): CsvTable<RejectedInvoiceDocument> {
  return csvTable<RejectedInvoiceDocument>(
    [
      { title: { en: 'received', fr: 'reçu' }, value: ({ receivedAt }) => receivedAt },
      { title: { en: 'flow', fr: 'flux' }, value: ({ flowNumber }) => flowNumber },
      {
        title: { en: 'application code', fr: 'code application' },
        value: ({ applicationCode }) => applicationCode,
      },
      {
        title: { en: 'interface code', fr: 'code interface' },
        value: ({ interfaceCode }) => interfaceCode,
      },
      {
        title: { en: 'ordinal', fr: 'rang' },
        value: ({ ordinal }) => (ordinal === null ? '' : String(ordinal)),
      },
      { title: { en: 'file', fr: 'fichier' }, value: ({ fileName }) => fileName },
      { title: { en: 'invoice', fr: 'facture' }, value: ({ number }) => number ?? '' },
      { title: { en: 'supplier', fr: 'fournisseur' }, value: ({ supplier }) => supplier ?? '' },
      {
        title: { en: 'recipient', fr: 'destinataire' },
        value: ({ recipient }) => recipient ?? '',
      },
      { title: { en: 'code', fr: 'code' }, value: ({ findings }) => findings[0]?.code ?? '' },
      { title: { en: 'rule', fr: 'règle' }, value: ({ findings }) => findings[0]?.rule ?? '' },
      {
        title: { en: 'message', fr: 'message' },
        value: ({ findings }) => findings[0]?.message[language] ?? '',
      },
    ],
    language,
  )
}
