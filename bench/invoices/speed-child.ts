import { checkInvoice } from '../../test/support/check-invoice.ts'
import { DOCUMENTS, documentsPerSample, perSecond, policyFor } from './judged-documents.ts'
import { parseOnly } from './parse-only.ts'

/**
 * A process in which only one of the two runs, so that neither is compiled for the other's code.
 * Arguments: `ours` or `saxes`, place of the document in `DOCUMENTS`. Answers each message with one
 * sample, documents a second.
 */
const [which, index] = process.argv.slice(2)
const measured = DOCUMENTS[Number(index)]
if (measured === undefined) throw new Error(`There is no document ${index ?? ''}.`)
const { format, lines, bytes } = measured
const invoice = { part: 1, file: 'bench.xml', bytes }
const policy = policyFor(format)
const work = which === 'ours' ? () => checkInvoice(invoice, policy) : () => parseOnly(bytes)
process.on('message', () => process.send?.(perSecond(documentsPerSample(lines), work)))
