import type { InvoiceFamily, InvoiceFormatName, RuleSetName } from '../config/interface-codes.ts'
import type { Environment, Finding } from '../gateway/flow.ts'
import { InvoiceTerms } from './formats/invoice-terms.ts'
import { readInvoice } from './formats/read-invoice.ts'
import type { NodeId } from './formats/xml/xml-document.ts'
import type { XmlEncoding, XmlFault } from './formats/xml/xml-outcome.ts'
import { motiveFinding, MOTIVES } from './motives.ts'
import { applyRules } from './rules/apply-rules.ts'
import {
  recipientIdentifier,
  serviceCode,
  supplierIdentity,
  type SupplierType,
} from './rules/chorus-pro/supplier-identity.ts'
import { recipientQuestion, type RecipientQuestion } from './rules/directory/recipient-question.ts'

/** One file of a flow, as a chunk holds it. */
export interface InvoiceFile {
  /** Ordinal in the flow, from 1. */
  readonly part: number
  readonly file: string
  readonly bytes: Uint8Array
}

/** How an invoice is judged. Can be cloned to a thread. */
export interface CheckPolicy {
  readonly ruleSets: readonly RuleSetName[]
  /** What the interface code announces. */
  readonly format: InvoiceFormatName
  readonly settings: {
    readonly environment: Environment
    /** Another encoding than UTF-8 is fatal. */
    readonly utf8Only: boolean
    /** Of the interface code; a mixed invoice (E2, E5) should carry its readable PDF. */
    readonly family: InvoiceFamily | null
    /** A mixed invoice without its PDF is refused. */
    readonly requirePdf: boolean
    readonly unknownRecipient: 'refuse' | 'warn' | 'learn'
  }
}

/** What the journal keeps of an invoice; null = not given, or not readable. */
export interface InvoiceHeader {
  /** BT-1. */
  readonly number: string | null
  readonly issueDate: string | null
  readonly typeCode: string | null
  readonly supplierType: SupplierType | null
  readonly supplierId: string | null
  readonly supplierName: string | null
  readonly recipientId: string | null
  readonly recipientName: string | null
  readonly serviceCode: string | null
  readonly engagement: string | null
  readonly currency: string | null
  /** BT-115, as written. */
  readonly amountDue: string | null
}

export interface InvoiceVerdict {
  readonly header: InvoiceHeader
  readonly findings: readonly Finding[]
  /** No finding is fatal. */
  readonly isCorrect: boolean
  /** A fatal finding says that the file is ill-formed or breaks its schema (ERR_XSD). */
  readonly structureFailed: boolean
  /** What is left to ask the directory, when its rules are among the sets. */
  readonly recipient?: RecipientQuestion
}

/** Judges one invoice. Pure, and never throws whatever the bytes are. */
export function checkInvoice(invoice: InvoiceFile, policy: CheckPolicy): InvoiceVerdict {
  const result = readInvoice(invoice.bytes, policy.format)
  const origin = { part: invoice.part, file: invoice.file }
  if (result.outcome === 'refused')
    return verdict(NO_HEADER, [readingFinding(result.fault, origin)])
  const terms = new InvoiceTerms(result.document, 0, result.invoice.format)
  const header = headerOf(terms)
  const named = { ...origin, ...(header.number === null ? {} : { invoice: header.number }) }
  const { issues } = result
  const findings = applyRules(
    {
      document: result.document,
      root: 0,
      invoice: result.invoice,
      terms,
      issues,
      settings: policy.settings,
    },
    policy.ruleSets,
    named,
  )
  const encoding = encodingFindings(result.encoding, policy, named)
  const recipient = policy.ruleSets.includes('directory') ? recipientQuestion(terms) : undefined
  return {
    ...verdict(header, [...encoding, ...findings]),
    ...(recipient === undefined ? {} : { recipient }),
  }
}

function verdict(header: InvoiceHeader, findings: readonly Finding[]): InvoiceVerdict {
  const fatal = findings.filter(({ severity }) => severity === 'fatal')
  return {
    header,
    findings,
    isCorrect: fatal.length === 0,
    structureFailed: fatal.some(({ nature }) => nature === MOTIVES.ERR_XSD_001.nature),
  }
}

function readingFinding(fault: XmlFault, origin: { part: number; file: string }): Finding {
  const { rule, ...place } = fault
  return motiveFinding('ERR_XSD_001', { rule, ...place, ...origin })
}

function encodingFindings(
  encoding: XmlEncoding,
  policy: CheckPolicy,
  origin: { readonly part: number; readonly file: string },
): Finding[] {
  if (encoding === 'UTF-8') return []
  return [
    motiveFinding('ERR_XSD_001', {
      ...origin,
      rule: 'XML-NOT-UTF-8',
      severity: policy.settings.utf8Only ? 'fatal' : 'warning',
      message: {
        en: `The file is in ${encoding}; flows are to be in UTF-8.`,
        fr: `Le fichier est en ${encoding} ; les flux doivent être en UTF-8.`,
      },
      remedy: {
        en: 'Write the file in UTF-8 and declare it so.',
        fr: 'Écrivez le fichier en UTF-8 et déclarez-le ainsi.',
      },
    }),
  ]
}

const NO_HEADER: InvoiceHeader = {
  number: null,
  issueDate: null,
  typeCode: null,
  supplierType: null,
  supplierId: null,
  supplierName: null,
  recipientId: null,
  recipientName: null,
  serviceCode: null,
  engagement: null,
  currency: null,
  amountDue: null,
}

function headerOf(terms: InvoiceTerms): InvoiceHeader {
  const supplier = supplierIdentity(terms)
  const recipient = recipientIdentifier(terms)
  const service = serviceCode(terms)
  return {
    number: textOf(terms, terms.first('BT-1')),
    issueDate: textOf(terms, terms.first('BT-2')),
    typeCode: textOf(terms, terms.first('BT-3')),
    supplierType: supplier?.type ?? null,
    supplierId: supplier?.id ?? null,
    supplierName: textOf(terms, terms.first('BT-27')),
    recipientId: textOf(terms, recipient),
    recipientName: textOf(terms, terms.first('BT-44')),
    serviceCode: textOf(terms, service),
    engagement: textOf(terms, terms.first('BT-13')),
    currency: textOf(terms, terms.first('BT-5')),
    amountDue: textOf(terms, terms.first('BT-115')),
  }
}

/** Longer values are cut: a header is for lists and keys, the invoice keeps what it says. */
const MAX_HEADER_CHARACTERS = 200

function textOf({ document }: InvoiceTerms, node: NodeId): string | null {
  const text = document.trimmed(node)
  return text === '' ? null : text.slice(0, MAX_HEADER_CHARACTERS)
}
