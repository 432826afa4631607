import { createReadStream } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { InvoiceFormatName } from '../config/interface-codes.ts'
import type { DirectoryEntry } from '../gateway/directory/directory.ts'
import type { BilingualText, Finding } from '../gateway/flow.ts'
import { readChunkParts } from './archives/chunk-file.ts'
import {
  checkInvoices,
  checkInvoicesInPieces,
  type CheckPolicy,
  type InvoiceVerdict,
} from './check-invoices.ts'
import { extractFlow } from './extract-flow.ts'
import { WHOLE_FILE_BYTES } from './formats/read-invoices.ts'
import { invoiceNumberKey } from './invoice-number-key.ts'
import { motiveFinding } from './motives.ts'
import { duplicateFinding } from './rules/chorus-pro/duplicate.ts'
import { judgeRecipient } from './rules/directory/directory-rules.ts'

/** What is said of one file, as if it had been received; of an archive, of each member. */
export interface FormatTestResult {
  /** `archive!member` inside an archive. */
  readonly file: string
  /** What the file was recognised as; null = as nothing. */
  readonly format: InvoiceFormatName | 'archive' | null
  readonly verdict: 'accepted' | 'refused'
  readonly structureValid: boolean
  /** In the file; several in a CPPFactureMixte document, which Partial mode judges one by one. */
  readonly invoices: number
  /** Of those, how many have no fatal finding. */
  readonly accepted: number
  readonly findings: readonly FormatTestFinding[]
}

export interface FormatTestFinding {
  readonly rule: string
  /** Number of the invoice (BT-1), when it is known. */
  readonly invoice?: string
  readonly severity: Finding['severity']
  readonly path?: string
  readonly line?: number
  readonly column?: number
  readonly terms: readonly string[]
  readonly message: BilingualText
  readonly remedy: BilingualText
  /** The short text of the real platform. */
  readonly platformText: string
}

export interface FormatTestOptions {
  readonly policy: CheckPolicy
  /** Asked of each recipient when the directory rules are among the sets. */
  readonly directory: (siret: string) => DirectoryEntry | undefined
  readonly limits: {
    readonly maxFileBytes: number
    readonly maxExtractedBytes: number
    readonly maxInvoices: number
  }
  /** One `.xsl` may travel in an archive. */
  readonly hasStylesheet: boolean
  /** The year of issue is part of what makes an invoice number unique. */
  readonly uniqueWithinYear: boolean
}

/** Numbers of the correct invoices of one flow: an archive, or one document of several invoices. */
type FlowNumbers = Set<string>

const READ_BYTES = 256 * 1024

/** How many invoices of an archive are held on disk together. */
const CHUNK = { invoices: 500, bytes: 64 * 1024 ** 2 } as const

/**
 * Judges files as the pipeline does: by the same functions, without a connection. Folders are gone
 * through, archives unpacked; one file is in memory at a time, a large one only in pieces.
 * @throws the error of the file system when something that was named cannot be read
 */
export async function* testFiles(
  paths: readonly string[],
  options: FormatTestOptions,
): AsyncGenerator<FormatTestResult> {
  for (const path of paths) {
    if ((await stat(path)).isDirectory()) {
      for (const name of await filesBelow(path)) yield* testFile(join(path, name), options)
    } else {
      yield* testFile(path, options)
    }
  }
}

/** In the order of their names; hidden ones are left out. */
async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length))
    .filter((name) => /\.(xml|pdf|tar\.gz|tgz|gz)$/i.test(name))
    .toSorted()
}

async function* testFile(
  path: string,
  options: FormatTestOptions,
): AsyncGenerator<FormatTestResult> {
  if (/\.(tar\.gz|tgz|gz)$/i.test(path)) yield* testArchive(path, options)
  else {
    const { size } = await stat(path)
    if (size > options.limits.maxFileBytes) {
      yield resultOf(path, null, [motiveFinding('ERR_ARC_005')], false)
    } else {
      const content = {
        bytes: size,
        whole: () => readFile(path),
        pieces: () => createReadStream(path, { highWaterMark: READ_BYTES }),
      }
      yield await testInvoice(path, content, options, new Set())
    }
  }
}

async function* testArchive(
  path: string,
  options: FormatTestOptions,
): AsyncGenerator<FormatTestResult> {
  const outputFolder = await mkdtemp(join(tmpdir(), 'raccord-format-test-'))
  try {
    const { chunks, findings } = await extractFlow({
      path,
      extension: 'tar.gz',
      code: {
        hasStylesheet: options.hasStylesheet,
        fileExtensions: options.policy.format === 'facturx' ? ['.pdf'] : ['.xml', '.pdf'],
      },
      limits: options.limits,
      chunk: CHUNK,
      outputFolder,
    })
    if (findings.length > 0) yield resultOf(path, 'archive', findings, chunks.length > 0)
    const numbers: FlowNumbers = new Set()
    for (const chunk of chunks) {
      for await (const part of readChunkParts(chunk.path)) {
        yield await testInvoice(`${path}!${part.file}`, part, options, numbers)
      }
      await rm(chunk.path)
    }
  } finally {
    await rm(outputFolder, { recursive: true, force: true })
  }
}

/** One invoice file, or one document of several invoices. */
async function testInvoice(
  file: string,
  content: {
    readonly bytes: number
    whole(): Promise<Uint8Array>
    pieces(): AsyncIterable<Uint8Array>
  },
  options: FormatTestOptions,
  numbers: FlowNumbers,
): Promise<FormatTestResult> {
  const { policy } = options
  const origin = { part: 1, file: basename(file) }
  const { format, invoices } =
    content.bytes > WHOLE_FILE_BYTES
      ? await checkInvoicesInPieces({ ...origin, pieces: content.pieces() }, policy)
      : checkInvoices({ ...origin, bytes: await content.whole() }, policy)
  const judged = invoices.map((invoice) => {
    const findings = [...invoice.findings, ...recipientFindings(file, invoice, options)]
    return [...findings, ...duplicateFindings(file, invoice, findings, options, numbers)]
  })
  const isValid = invoices.every(({ structureFailed }) => !structureFailed)
  const accepted = judged.filter((findings) => !isRefused(findings)).length
  return { ...resultOf(file, format, judged.flat(), isValid), invoices: invoices.length, accepted }
}

function recipientFindings(
  file: string,
  { part, header, recipient }: InvoiceVerdict,
  { policy, directory }: FormatTestOptions,
): readonly Finding[] {
  if (recipient === undefined) return []
  const invoice = header.number === null ? {} : { invoice: header.number }
  const origin = { part, file: basename(file), ...invoice }
  return judgeRecipient(recipient, directory(recipient.siret), policy.settings, origin)
}

/** The first invoice of a number in a flow is the valid one (reference chorus-pro-edi §8.3). */
function duplicateFindings(
  file: string,
  { part, header }: InvoiceVerdict,
  findings: readonly Finding[],
  { policy, uniqueWithinYear }: FormatTestOptions,
  numbers: FlowNumbers,
): readonly Finding[] {
  const { number, supplierType, supplierId, issueDate } = header
  const numbered = {
    number,
    supplier_type: supplierType,
    supplier_id: supplierId,
    issue_date: issueDate,
  }
  const key = invoiceNumberKey(numbered, uniqueWithinYear)
  const isAsked = policy.ruleSets.includes('chorus-pro')
  if (!isAsked || number === null || key === undefined || isRefused(findings)) return []
  if (numbers.has(key)) return [duplicateFinding({ part, file: basename(file), invoice: number })]
  numbers.add(key)
  return []
}

const isRefused = (findings: readonly Finding[]): boolean =>
  findings.some(({ severity }) => severity === 'fatal')

function resultOf(
  file: string,
  format: FormatTestResult['format'],
  findings: readonly Finding[],
  structureValid: boolean,
): FormatTestResult {
  const verdict = isRefused(findings) ? 'refused' : 'accepted'
  return {
    file,
    format,
    verdict,
    structureValid,
    invoices: 1,
    accepted: verdict === 'accepted' ? 1 : 0,
    findings: findings.map((finding) => ({
      rule: finding.rule,
      ...(finding.invoice === undefined ? {} : { invoice: finding.invoice }),
      severity: finding.severity,
      ...(finding.path === undefined ? {} : { path: finding.path }),
      ...(finding.line === undefined ? {} : { line: finding.line }),
      ...(finding.column === undefined ? {} : { column: finding.column }),
      terms: finding.terms,
      message: finding.message,
      remedy: finding.remedy,
      platformText: finding.platformText,
    })),
  }
}
