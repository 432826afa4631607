import type { InvoiceFamily, InvoiceFormatName, RuleSetName } from '../config/interface-codes.ts'
import type { Environment, Finding } from '../gateway/flow.ts'
import { InvoiceTerms } from './formats/invoice-terms.ts'
import {
  FACTURX_FAULTS,
  FACTURX_WARNINGS,
  type FacturXText,
} from './formats/facturx/facturx-faults.ts'
import { profileWarnings, type FacturXContent } from './formats/facturx/facturx.ts'
import { profileOf } from './formats/facturx/profiles.ts'
import {
  issuesOf,
  readInvoices,
  readInvoicesInPieces,
  type ReadInvoices,
  type ReadResult,
} from './formats/read-invoices.ts'
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

/** The same, when its bytes come one after the other. */
export interface InvoicePieces extends Omit<InvoiceFile, 'bytes'> {
  /** Each valid until the next one. */
  readonly pieces: AsyncIterable<Uint8Array>
}

/** How an invoice is judged. Can be cloned to a thread. */
export interface CheckPolicy {
  readonly ruleSets: readonly RuleSetName[]
  /** What the interface code announces; null = whatever the file is. */
  readonly format: InvoiceFormatName | null
  readonly settings: {
    readonly environment: Environment
    /** Another encoding than UTF-8 is fatal. */
    readonly utf8Only: boolean
    /** Of the interface code; a mixed invoice (E2, E5) should carry its readable PDF. */
    readonly family: InvoiceFamily | null
    /** A mixed invoice without its PDF is refused. */
    readonly requirePdf: boolean
    /** What is not right about a Factur-X PDF, but does not hide its invoice, is fatal. */
    readonly strictFacturX: boolean
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
  /** Ordinal in the flow: see `FURTHER_INVOICES`. */
  readonly part: number
  readonly header: InvoiceHeader
  readonly findings: readonly Finding[]
  /** No finding is fatal. */
  readonly isCorrect: boolean
  /** A fatal finding says that the file is ill-formed or breaks its schema (ERR_XSD). */
  readonly structureFailed: boolean
  /** What is left to ask the directory, when its rules are among the sets. */
  readonly recipient?: RecipientQuestion
}

/**
 * More files than any flow holds. The first invoice of a file has the ordinal of the file; further
 * ones (CPPFactureMixte) have it plus this for each before them, so that ordinals are known before
 * any file of the flow has been read.
 */
export const FURTHER_INVOICES = 1_000_000

/** What is said of one file: of each invoice in it, of the file itself when none can be read. */
export interface FileVerdict {
  /** As it was recognised; null = as nothing that is read. */
  readonly format: InvoiceFormatName | null
  /** One at least, in document order. */
  readonly invoices: readonly InvoiceVerdict[]
}

/** Judges one file of invoices. Pure, and never throws whatever the bytes are. */
export function checkInvoices({ bytes, ...origin }: InvoiceFile, policy: CheckPolicy): FileVerdict {
  return judge(readInvoices(bytes, policy.format), origin, policy)
}

/** The same of a file that comes in pieces, of which little is held. @throws what the pieces do */
export async function checkInvoicesInPieces(
  { pieces, ...origin }: InvoicePieces,
  policy: CheckPolicy,
): Promise<FileVerdict> {
  return judge(await readInvoicesInPieces(pieces, policy.format), origin, policy)
}

function judge(
  result: ReadResult,
  origin: { readonly part: number; readonly file: string },
  policy: CheckPolicy,
): FileVerdict {
  switch (result.outcome) {
    case 'refused': {
      const { format, fault } = result
      return {
        format,
        invoices: [verdict(origin.part, NO_HEADER, [readingFinding(fault, origin)])],
      }
    }
    case 'refused-pdf': {
      const found = pdfFinding(FACTURX_FAULTS[result.fault], result.fault, 'fatal', origin)
      return { format: 'facturx', invoices: [verdict(origin.part, NO_HEADER, [found])] }
    }
    case 'read':
      return {
        format: result.container === undefined ? result.format.name : 'facturx',
        invoices: result.invoices.map((root, index) =>
          checkInvoice(result, root, policy, {
            ...origin,
            part: origin.part + index * FURTHER_INVOICES,
          }),
        ),
      }
  }
}

function checkInvoice(
  read: ReadInvoices,
  root: NodeId,
  policy: CheckPolicy,
  origin: { readonly part: number; readonly file: string },
): InvoiceVerdict {
  const { document, format, container } = read
  const { ruleSets, settings } = policy
  const terms = new InvoiceTerms(document, root, format.name)
  const header = headerOf(terms)
  const named = { ...origin, ...(header.number === null ? {} : { invoice: header.number }) }
  const isPdf = container !== undefined
  const subject = { document, root, terms, issues: issuesOf(read, root), settings, isPdf }
  const profile = isPdf ? profileOf(terms.text('BT-24')) : undefined
  const findings = [
    ...encodingFindings(read.encoding, policy, named),
    ...(isPdf ? containerFindings(container, terms, settings, named) : []),
    ...applyRules(subject, ruleSets, named, profile?.isJudged),
  ]
  const recipient = ruleSets.includes('directory') ? recipientQuestion(terms) : undefined
  return {
    ...verdict(origin.part, header, findings),
    ...(recipient === undefined ? {} : { recipient }),
  }
}

function verdict(
  part: number,
  header: InvoiceHeader,
  findings: readonly Finding[],
): InvoiceVerdict {
  const fatal = findings.filter(({ severity }) => severity === 'fatal')
  return {
    part,
    header,
    findings,
    isCorrect: fatal.length === 0,
    structureFailed: fatal.some(({ nature }) => nature === MOTIVES.ERR_XSD_001.nature),
  }
}

/** What is not right about the PDF around an invoice that could be read all the same. */
function containerFindings(
  { warnings, metadata }: FacturXContent,
  terms: InvoiceTerms,
  { strictFacturX }: CheckPolicy['settings'],
  origin: { readonly part: number; readonly file: string },
): Finding[] {
  const severity = strictFacturX ? 'fatal' : 'warning'
  return [...warnings, ...profileWarnings(terms.text('BT-24'), metadata)].map((id) =>
    pdfFinding(FACTURX_WARNINGS[id], id, severity, origin),
  )
}

function pdfFinding(
  texts: FacturXText,
  rule: string,
  severity: 'fatal' | 'warning',
  origin: { readonly part: number; readonly file: string },
): Finding {
  return motiveFinding('ERR_XSD_001', { ...origin, rule, severity, ...texts })
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
