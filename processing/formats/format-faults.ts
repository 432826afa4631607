import type { InvoiceFormatName } from '../../config/interface-codes.ts'
import { KNOWN_ROOTS } from './formats.ts'
import type { XmlFault } from './xml/xml-outcome.ts'
import type { XmlName } from './xml/xml-names.ts'

/** Names of the formats an interface code can announce. */
const FORMAT_NAMES: Readonly<Record<InvoiceFormatName, string>> = {
  ubl: 'UBL',
  cii: 'CII',
  facturx: 'Factur-X',
  cpp: 'CPPFactureMixte',
  pes: 'PES Facture',
  xcbl: 'xCBL',
}

const ANY_FORMAT = 'UBL, CII, CPPFactureMixte'

/** A document with another root element than expected; null = any known format would do. */
export function foreignFault(root: XmlName, expected: InvoiceFormatName | null): XmlFault {
  const known = KNOWN_ROOTS.find(({ matches }) => matches(root))
  const format = expected === null ? ANY_FORMAT : FORMAT_NAMES[expected]
  const name = JSON.stringify(`{${root.uri.slice(0, 120)}}${root.local.slice(0, 60)}`)
  return {
    rule: known?.rule ?? 'FMT-UNKNOWN-ROOT',
    detail:
      known === undefined
        ? {
            en: `The root element ${name} is that of no known invoice format; ${format} is expected.`,
            fr: `L’élément racine ${name} n’est celui d’aucun format de facture connu ; le format ${format} est attendu.`,
          }
        : {
            en: `It is ${known.name.en}; this interface code takes ${format}.`,
            fr: `C’est ${known.name.fr} ; ce code interface attend le format ${format}.`,
          },
    remedy: {
      en: `Send the invoice in ${format}, or under the interface code of its format.`,
      fr: `Envoyez la facture au format ${format}, ou sous le code interface de son format.`,
    },
  }
}

export const EMPTY_FAULT: XmlFault = {
  rule: 'XML-EMPTY',
  detail: { en: 'The file is empty.', fr: 'Le fichier est vide.' },
}

/** Files that are no XML at all, known by their first bytes (`start`, Latin-1). */
export function binaryFault(start: string): XmlFault | undefined {
  const name = start.includes('%PDF-')
    ? (['FMT-PDF', 'a PDF', 'un PDF'] as const)
    : start.startsWith('PK\u0003\u0004')
      ? (['FMT-ZIP', 'a zip archive', 'une archive zip'] as const)
      : start.startsWith('\u001f\u008b')
        ? (['FMT-GZIP', 'a gzip archive', 'une archive gzip'] as const)
        : undefined
  if (name === undefined) return undefined
  const [rule, en, fr] = name
  return {
    rule,
    detail: {
      en: `The file is ${en}, not an XML invoice.`,
      fr: `Le fichier est ${fr}, pas une facture XML.`,
    },
  }
}
