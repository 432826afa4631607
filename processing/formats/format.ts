import type { InvoiceFormatName } from '../../config/interface-codes.ts'
import type { Invoice } from './invoice.ts'
import type { Shape } from './shape.ts'
import type { XmlNode } from './xml-node.ts'

/** One invoice syntax in XML: how to know it, what to read of it, what that means. */
export interface InvoiceFormat {
  readonly name: InvoiceFormatName
  /** The shape of a document with this root element; undefined = another format. */
  shapeOf(root: { readonly uri: string; readonly local: string }): Shape | undefined
  toInvoice(root: XmlNode): Invoice
}
