import type {
  InterfaceCode,
  InvoiceFamily,
  InvoiceFormatName,
} from '../../config/interface-codes.ts'
import { makeCiiInvoice } from '../formats/cii/sample.ts'
import { makeCppDocument } from '../formats/cpp/sample.ts'
import { makeFacturXPdf } from '../formats/facturx/sample.ts'
import { makeUblInvoice } from '../formats/ubl/sample.ts'

export interface SampleOrder {
  /** At most 20 characters. */
  readonly number: string
  /** `YYYY-MM-DD`. */
  readonly issueDate: string
  /** 14 digits. */
  readonly supplierSiret: string
  readonly recipientSiret: string
}

/** How valid invoices of an interface code are made, each being a file. */
export interface SampleMaker {
  readonly extension: '.xml' | '.pdf'
  readonly xml: (order: SampleOrder) => string
  /** The file of it: the document itself, or the PDF that it travels in. */
  readonly file: (xml: string, number: string) => Buffer
}

type Maker = Omit<SampleMaker, 'xml'> & {
  readonly xml: (order: SampleOrder, framework: string) => string
}

const asItIs = { extension: '.xml', file: (xml: string) => Buffer.from(xml) } as const
const MAKERS: Partial<Record<InvoiceFormatName, Maker>> = {
  ubl: { ...asItIs, xml: (order, framework) => makeUblInvoice({ ...order, framework }) },
  cii: { ...asItIs, xml: (order, framework) => makeCiiInvoice({ ...order, framework }) },
  cpp: { ...asItIs, xml: (order, framework) => makeCppDocument([{ ...order, framework }]) },
  facturx: {
    extension: '.pdf',
    xml: (order, framework) => makeCiiInvoice({ ...order, framework, pdf: false }),
    file: (xml, number) => makeFacturXPdf(`Facture ${number}`, xml),
  },
}

/** A billing framework that the codes of the family carry. */
const FRAMEWORKS: Readonly<Record<InvoiceFamily, string>> = {
  E1: 'A1',
  E2: 'A1',
  E3: 'A3',
  E4: 'A4',
  E5: 'A4',
}

/** Undefined for a code that carries no invoices, or of a format that is not read either. */
export function sampleMaker(code: InterfaceCode): SampleMaker | undefined {
  const maker = MAKERS[code.format as InvoiceFormatName]
  const framework = FRAMEWORKS[code.family as InvoiceFamily]
  if (maker === undefined || code.direction !== 'in') return undefined
  return { ...maker, xml: (order) => maker.xml(order, framework) }
}
