import type { InvoiceTerms } from '../../formats/invoice-terms.ts'
import { NONE, type NodeId, type Place } from '../../formats/xml/xml-document.ts'
import { recipientIdentifier, serviceCode } from '../chorus-pro/supplier-identity.ts'

/**
 * What an invoice asks of the directory. It leaves the thread that read the invoice: the directory
 * is looked up for many invoices at once.
 */
export interface RecipientQuestion {
  /** 14 digits. */
  readonly siret: string
  readonly name: string | null
  readonly recipient: Asked
  readonly service: Asked
  readonly engagement: Asked
}

interface Asked {
  /** null = not given. */
  readonly value: string | null
  /** Of the term, or of the group that lacks it. */
  readonly place: Place
}

/** Undefined when the invoice names no recipient by a SIRET: BR-FR-CPRO-10 says so. */
export function recipientQuestion(terms: InvoiceTerms): RecipientQuestion | undefined {
  const { document, root } = terms
  const recipient = recipientIdentifier(terms)
  const siret = document.trimmed(recipient)
  if (!/^\d{14}$/.test(siret)) return undefined
  const asked = (node: NodeId): Asked => {
    const value = document.trimmed(node)
    return {
      value: value === '' ? null : value,
      place: document.place(node === NONE ? root : node),
    }
  }
  return {
    siret,
    name: terms.text('BT-44') || null,
    recipient: asked(recipient),
    service: asked(serviceCode(terms)),
    engagement: asked(terms.first('BT-13')),
  }
}
