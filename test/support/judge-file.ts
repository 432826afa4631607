import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { Finding } from '../../gateway/flow.ts'
import { checkInvoice } from './check-invoice.ts'
import type { CheckPolicy } from '../../processing/check-invoices.ts'
import { extractFlow } from '../../processing/extract-flow.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** By the structure and EN 16931 rules alone: what the recorded expectations judge. */
export const EN16931_POLICY: CheckPolicy = {
  ruleSets: ['structure', 'en16931'],
  format: 'ubl',
  settings: {
    environment: 'qualification',
    utf8Only: false,
    family: null,
    requirePdf: false,
    strictFacturX: false,
    unknownRecipient: 'warn',
  },
}

/** Findings about one file: an invoice by the rules, an archive by what it is and holds. */
export async function judgeFile(path: string): Promise<readonly Finding[]> {
  if (path.endsWith('.xml')) {
    const invoice = { part: 1, file: basename(path), bytes: readFileSync(path) }
    const format = invoice.bytes.includes('CrossIndustryInvoice') ? 'cii' : 'ubl'
    return checkInvoice(invoice, { ...EN16931_POLICY, format }).findings
  }
  const { findings } = await extractFlow({
    path,
    extension: 'tar.gz',
    code: { hasStylesheet: true, fileExtensions: ['.xml'] },
    limits: { maxFileBytes: 120 * 1024 ** 2, maxExtractedBytes: 1024 ** 3, maxInvoices: 500 },
    chunk: { invoices: 250, bytes: 64 * 1024 ** 2 },
    outputFolder: await temporaryFolder(),
  })
  return findings
}

export const isAccepted = (findings: readonly Finding[]): boolean =>
  findings.every(({ severity }) => severity !== 'fatal')
