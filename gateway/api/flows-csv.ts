import type { FlowDocument } from '../flow.ts'

const COLUMNS: readonly (readonly [title: string, value: (flow: FlowDocument) => string])[] = [
  ['received', (flow) => flow.receivedAt],
  ['flow', (flow) => flow.number],
  ['id', (flow) => flow.id],
  ['file', (flow) => flow.file.name],
  ['connection', (flow) => flow.connectionId],
  ['application code', (flow) => flow.applicationCode],
  ['protocol', (flow) => flow.protocol],
  ['interface code', (flow) => flow.interfaceCode],
  ['mode', (flow) => flow.mode],
  ['state', (flow) => flow.state],
  ['invoices', (flow) => String(flow.invoices.total)],
  ['integrated', (flow) => String(flow.invoices.integrated)],
  ['refused', (flow) => String(flow.invoices.refused)],
  ['bytes', (flow) => String(flow.file.size)],
  ['first finding', (flow) => flow.findings[0]?.message.en ?? ''],
]

/** UTF-8 with a byte order mark and `;`, as spreadsheets in France expect. */
export const flowsCsvHeader = `\ufeff${COLUMNS.map(([title]) => title).join(';')}\r\n`

export function flowsCsvRow(flow: FlowDocument): string {
  return `${COLUMNS.map(([, value]) => csvField(value(flow))).join(';')}\r\n`
}

/** Quoted where needed; a leading `=`, `+`, `-` or `@` must not become a formula. */
function csvField(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[";\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
