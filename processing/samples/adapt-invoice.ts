import { frenchVatNumber } from '../formats/french-vat-number.ts'
import { readInvoices } from '../formats/read-invoices.ts'
import { InvoiceTerms } from '../formats/invoice-terms.ts'
import type { BusinessTermId } from '../formats/business-terms.ts'
import type { NodeId } from '../formats/xml/xml-document.ts'
import { schemeOf } from '../rules/chorus-pro/supplier-identity.ts'
import { applyEdits, elementRanges, textEdit, type Edit } from './element-ranges.ts'

/** Why a file cannot be used as a sample; its message is for the person who named it. */
export class SampleFault extends Error {}

export interface AdaptOrder {
  /** 14 digits, of structures that the gateway knows. */
  readonly supplierSiret: string
  readonly recipientSiret: string
  /** At most 20 characters; a document of several invoices gets `-2`, `-3` … behind it. */
  readonly number: string
}

const SELLER: readonly BusinessTermId[] = ['BT-29', 'BT-30', 'BT-34']
const BUYER: readonly BusinessTermId[] = ['BT-46', 'BT-47', 'BT-49']
const MAX_NUMBER_CHARACTERS = 20

/**
 * One's own invoice as it may be sent in qualification: the parties' SIRETs and SIRENs become those
 * of structures of the data set, the number a new one. Everything else stays as it was written.
 * @throws SampleFault for what is no XML invoice
 */
export function adaptInvoice(bytes: Uint8Array, order: AdaptOrder): Buffer {
  if (Buffer.from(bytes.subarray(0, 1_024)).toString('latin1').includes('%PDF-')) {
    throw new SampleFault('a PDF cannot be changed, only XML')
  }
  const xml = textOf(bytes)
  const read = readInvoices(Buffer.from(xml), null)
  if (read.outcome !== 'read') throw new SampleFault('no invoice can be read of it')
  const ranges = elementRanges(xml)
  const edits: Edit[] = []
  const set = (node: NodeId, text: string): void => {
    const range = ranges[node]
    const edit = range === undefined ? undefined : textEdit(range, text)
    if (edit !== undefined) edits.push(edit)
  }
  for (const [index, root] of read.invoices.entries()) {
    const terms = new InvoiceTerms(read.document, root, read.format.name)
    const number = terms.first('BT-1')
    if (number >= 0) set(number, numberOf(order.number, index))
    adaptParty(terms, SELLER, order.supplierSiret, set)
    adaptParty(terms, BUYER, order.recipientSiret, set)
    for (const node of terms.all('BT-31')) {
      if (terms.document.trimmed(node).startsWith('FR'))
        set(node, frenchVatNumber(order.supplierSiret.slice(0, 9)))
    }
  }
  return Buffer.from(applyEdits(xml, edits))
}

function numberOf(number: string, index: number): string {
  const suffix = index === 0 ? '' : `-${index + 1}`
  return number.slice(0, MAX_NUMBER_CHARACTERS - suffix.length) + suffix
}

function adaptParty(
  terms: InvoiceTerms,
  ids: readonly BusinessTermId[],
  siret: string,
  set: (node: NodeId, text: string) => void,
): void {
  for (const node of ids.flatMap((id) => terms.all(id))) {
    const text = terms.document.trimmed(node)
    const scheme = schemeOf(terms, node)
    if (scheme === '0009' || (terms.syntax === 'cpp' && /^\d{14}$/.test(text))) set(node, siret)
    else if (scheme === '0002') set(node, siret.slice(0, 9))
    // Electronic addresses begin with the SIREN and go on as they like.
    else if (scheme === '0225') set(node, siret.slice(0, 9) + text.slice(9))
  }
}

/** Samples are UTF-8: other encodings are for whoever wrote them to keep. */
export function textOf(bytes: Uint8Array): string {
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })
  try {
    return text.decode(bytes)
  } catch (error) {
    throw new SampleFault('it is not in UTF-8', { cause: error })
  }
}
