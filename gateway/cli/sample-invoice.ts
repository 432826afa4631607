import type { ArchiveFile } from '../../processing/archives/write-archive.ts'
import { makeUblInvoice } from '../../processing/formats/ubl/sample.ts'

/** Fictional SIRETs of the qualification platform's own samples (reference §7.5). */
export const SAMPLE_SUPPLIER_SIRET = '00000000005719'
export const SAMPLE_RECIPIENT_SIRET = '00000000005734'

/**
 * A valid invoice under a number that was never given: whoever sends it twice, or after somebody
 * else, is not refused for a number that is integrated already.
 * @param now milliseconds UTC
 */
export function sampleInvoice(applicationCode: string, now: number): ArchiveFile {
  const number = `${applicationCode}-${now.toString(36).toUpperCase()}`
  const xml = makeUblInvoice({
    number,
    issueDate: new Date(now).toISOString().slice(0, 10),
    supplierSiret: SAMPLE_SUPPLIER_SIRET,
    recipientSiret: SAMPLE_RECIPIENT_SIRET,
  })
  return { name: `${number}.xml`, content: Buffer.from(xml) }
}

/**
 * Valid invoices of one flow of many, made as they are read, under numbers never given before.
 * @param sequence number of the flow, never given before by this partner
 */
export function* generatedInvoices(
  applicationCode: string,
  sequence: number,
  count: number,
): Generator<ArchiveFile> {
  const issueDate = new Date().toISOString().slice(0, 10)
  const batch = `${applicationCode}-${sequence.toString(36).toUpperCase()}`
  for (let index = 1; index <= count; index += 1) {
    const number = `${batch}-${index.toString(36).toUpperCase()}`
    const xml = makeUblInvoice({
      number,
      issueDate,
      supplierSiret: SAMPLE_SUPPLIER_SIRET,
      recipientSiret: SAMPLE_RECIPIENT_SIRET,
    })
    yield { name: `${number}.xml`, content: xml }
  }
}
