import type { FlowDocument } from '../flow.ts'
import { csvTable, type CsvColumn, type CsvTable } from './csv.ts'

const COLUMNS: readonly CsvColumn<FlowDocument>[] = [
  { title: { en: 'received', fr: 'reçu' }, value: (flow) => flow.receivedAt },
  { title: { en: 'flow', fr: 'flux' }, value: (flow) => flow.number },
  { title: { en: 'id', fr: 'identifiant' }, value: (flow) => flow.id },
  { title: { en: 'file', fr: 'fichier' }, value: (flow) => flow.file.name },
  { title: { en: 'connection', fr: 'raccordement' }, value: (flow) => flow.connectionId },
  {
    title: { en: 'application code', fr: 'code application' },
    value: (flow) => flow.applicationCode,
  },
  { title: { en: 'protocol', fr: 'protocole' }, value: (flow) => flow.protocol },
  { title: { en: 'interface code', fr: 'code interface' }, value: (flow) => flow.interfaceCode },
  { title: { en: 'mode', fr: 'mode' }, value: (flow) => flow.mode },
  { title: { en: 'state', fr: 'état' }, value: (flow) => flow.state },
  { title: { en: 'invoices', fr: 'factures' }, value: (flow) => String(flow.invoices.total) },
  {
    title: { en: 'integrated', fr: 'intégrées' },
    value: (flow) => String(flow.invoices.integrated),
  },
  { title: { en: 'refused', fr: 'refusées' }, value: (flow) => String(flow.invoices.refused) },
  { title: { en: 'bytes', fr: 'octets' }, value: (flow) => String(flow.file.size) },
  {
    title: { en: 'content removed', fr: 'contenu supprimé' },
    value: (flow) => flow.file.removedAt ?? '',
  },
]

/** A list of flows as a table. */
export function flowsCsv(language: 'en' | 'fr'): CsvTable<FlowDocument> {
  return csvTable(
    [
      ...COLUMNS,
      {
        title: { en: 'first finding', fr: 'première anomalie' },
        value: (flow) => flow.findings[0]?.message[language] ?? '',
      },
    ],
    language,
  )
}
