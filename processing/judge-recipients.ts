import type { Directory, DirectoryEntry } from '../gateway/directory/directory.ts'
import type { Finding } from '../gateway/flow.ts'
import type { CheckPolicy } from './check-invoices.ts'
import type { CheckedInvoice } from './invoice-tasks.ts'
import { judgeRecipient } from './rules/directory/directory-rules.ts'

/**
 * Adds what the directory says of the recipients of a chunk: looked up for all its invoices at once,
 * here, since the threads that read invoices have no journal.
 */
export async function judgeRecipients(
  directory: Directory,
  invoices: readonly CheckedInvoice[],
  settings: CheckPolicy['settings'],
): Promise<CheckedInvoice[]> {
  const sirets = new Set(invoices.flatMap(({ recipient }) => recipient?.siret ?? []))
  const entries = await directory.find([...sirets])
  if (settings.unknownRecipient === 'learn') await learn(directory, invoices, entries)
  return invoices.map((invoice) => {
    if (invoice.recipient === undefined) return invoice
    const { part, file, header, recipient } = invoice
    const findings = judgeRecipient(recipient, entries.get(recipient.siret), settings, {
      part,
      file,
      ...(header.number === null ? {} : { invoice: header.number }),
    })
    if (findings.length === 0) return invoice
    const known = JSON.parse(invoice.findingsJson) as Finding[]
    return {
      ...invoice,
      isCorrect: invoice.isCorrect && findings.every(({ severity }) => severity !== 'fatal'),
      findingsJson: JSON.stringify([...known, ...findings]),
    }
  })
}

/** Of correct invoices only: a refused one is no witness of a structure. */
async function learn(
  directory: Directory,
  invoices: readonly CheckedInvoice[],
  entries: ReadonlyMap<string, DirectoryEntry>,
): Promise<void> {
  const unknown = new Map<string, string>()
  for (const { recipient, isCorrect } of invoices) {
    if (recipient === undefined || !isCorrect || entries.has(recipient.siret)) continue
    unknown.set(recipient.siret, recipient.name ?? recipient.siret)
  }
  await directory.learn([...unknown].map(([siret, name]) => ({ siret, name })))
}
