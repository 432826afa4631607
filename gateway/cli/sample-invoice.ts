import { findInterfaceCode, type InvoiceFormatName } from '../../config/interface-codes.ts'
import type { ArchiveFile } from '../../processing/archives/write-archive.ts'
import { makeCppDocument } from '../../processing/formats/cpp/sample.ts'
import { makeUblInvoice } from '../../processing/formats/ubl/sample.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'

/** Fictional SIRETs of the qualification platform's own samples (reference §7.5). */
export const SAMPLE_SUPPLIER_SIRET = '00000000005719'
export const SAMPLE_RECIPIENT_SIRET = '00000000005734'

interface SampleOrder {
  readonly number: string
  /** `YYYY-MM-DD`. */
  readonly issueDate: string
  readonly supplierSiret: string
  readonly recipientSiret: string
}

/** The formats that samples are made in; each invoice is a file. */
const SAMPLERS: Partial<Record<InvoiceFormatName, (order: SampleOrder) => string>> = {
  ubl: makeUblInvoice,
  cpp: (order) => makeCppDocument([order]),
}

/**
 * What makes a valid invoice for an interface code.
 * @throws CommandFailure usage: not the code of an incoming flow, or of a format without samples
 */
function samplerFor(code: string): (order: SampleOrder) => string {
  const row = requireInboundCode(code)
  const sampler = SAMPLERS[row.format as InvoiceFormatName]
  if (sampler !== undefined) return sampler
  throw new CommandFailure(
    EXIT.usage,
    `No samples are made for ${code} (${row.syntax}).`,
    'Name files of your own, or a code of UBL or CPP: docs/interface-codes.md lists them.',
  )
}

/** The row of a code that partners send. @throws CommandFailure usage */
export function requireInboundCode(code: string) {
  const row = findInterfaceCode(code)
  if (row?.direction === 'in') return row
  throw new CommandFailure(
    EXIT.usage,
    `${code} is not the code of an incoming flow.`,
    'docs/interface-codes.md lists them.',
  )
}

/**
 * A valid invoice under a number that was never given: whoever sends it twice, or after somebody
 * else, is not refused for a number that is integrated already.
 * @param now milliseconds UTC
 */
export function sampleInvoice(code: string, applicationCode: string, now: number): ArchiveFile {
  const number = `${applicationCode}-${now.toString(36).toUpperCase()}`
  const issueDate = new Date(now).toISOString().slice(0, 10)
  return sampleFile(samplerFor(code), number, issueDate)
}

/**
 * Valid invoices of one flow of many, made as they are read, under numbers never given before.
 * @param sequence number of the flow, never given before by this partner
 */
export function* generatedInvoices(
  code: string,
  applicationCode: string,
  sequence: number,
  count: number,
): Generator<ArchiveFile> {
  const sampler = samplerFor(code)
  const issueDate = new Date().toISOString().slice(0, 10)
  const batch = `${applicationCode}-${sequence.toString(36).toUpperCase()}`
  for (let index = 1; index <= count; index += 1) {
    yield sampleFile(sampler, `${batch}-${index.toString(36).toUpperCase()}`, issueDate)
  }
}

function sampleFile(
  sampler: (order: SampleOrder) => string,
  number: string,
  issueDate: string,
): ArchiveFile {
  const xml = sampler({
    number,
    issueDate,
    supplierSiret: SAMPLE_SUPPLIER_SIRET,
    recipientSiret: SAMPLE_RECIPIENT_SIRET,
  })
  return { name: `${number}.xml`, content: Buffer.from(xml) }
}
