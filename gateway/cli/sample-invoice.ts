import { findInterfaceCode } from '../../config/interface-codes.ts'
import type { ArchiveFile } from '../../processing/archives/write-archive.ts'
import { sampleMaker, type SampleMaker } from '../../processing/samples/sample-makers.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'

/** Fictional SIRETs of the qualification platform's own samples (reference §7.5). */
export const SAMPLE_SUPPLIER_SIRET = '00000000005719'
export const SAMPLE_RECIPIENT_SIRET = '00000000005734'

/**
 * What makes a valid invoice for an interface code.
 * @throws CommandFailure usage: not the code of an incoming flow, or of a format without samples
 */
export function requireSampleMaker(code: string): SampleMaker {
  const row = requireInboundCode(code)
  const maker = sampleMaker(row)
  if (maker !== undefined) return maker
  throw new CommandFailure(
    EXIT.usage,
    `No samples are made for ${code} (${row.syntax}).`,
    'Name files of your own, or a code of UBL, CII, Factur-X or CPP: docs/interface-codes.md lists them.',
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
  return sampleFile(requireSampleMaker(code), number, issueDate)
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
  const maker = requireSampleMaker(code)
  const issueDate = new Date().toISOString().slice(0, 10)
  const batch = `${applicationCode}-${sequence.toString(36).toUpperCase()}`
  for (let index = 1; index <= count; index += 1) {
    yield sampleFile(maker, `${batch}-${index.toString(36).toUpperCase()}`, issueDate)
  }
}

function sampleFile(maker: SampleMaker, number: string, issueDate: string): ArchiveFile {
  const xml = maker.xml({
    number,
    issueDate,
    supplierSiret: SAMPLE_SUPPLIER_SIRET,
    recipientSiret: SAMPLE_RECIPIENT_SIRET,
  })
  return { name: number + maker.extension, content: maker.file(xml, number) }
}
