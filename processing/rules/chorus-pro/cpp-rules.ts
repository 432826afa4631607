import { NONE, path } from '../../formats/xml/xml-document.ts'
import { add, equals, formatDecimal, parseDecimal, sum } from '../decimal.ts'
import { F_CODES, type Rule } from '../rule.ts'

const ATTACHMENT_TYPE = path('TypePJ')
const VALIDATOR = path('Valideur')
const NUMBERED = path('PJ')
/** Frameworks whose documents somebody validates before the recipient sees them. */
const VALIDATED: ReadonlySet<string> = new Set(['A9', 'A12'])

/** Rules of CPPFactureMixte alone: reference chorus-pro-edi §11. */
export const CPP_RULES: readonly Rule[] = [
  {
    id: 'CPP-PJ-01',
    sets: ['chorus-pro'],
    severity: 'fatal',
    terms: ['BG-24'],
    code: F_CODES.attachment,
    message: {
      en: 'A mixed invoice carries exactly one attachment of type 01, the readable invoice.',
      fr: 'Une facture mixte porte exactement une pièce jointe de type 01, la facture lisible.',
    },
    remedy: {
      en: 'Give TypePJ 01 to the PDF of the invoice, 02 to every other attachment.',
      fr: 'Donnez TypePJ 01 au PDF de la facture, 02 à toute autre pièce jointe.',
    },
    platformText: 'Une pièce jointe de type 01 et une seule est attendue ({place}).',
    check: ({ terms, document, root }, report) => {
      if (terms.syntax !== 'cpp') return
      const readable = document
        .all(root, NUMBERED)
        .filter((node) => document.trimmed(document.first(node, ATTACHMENT_TYPE)) === '01')
      if (readable.length !== 1) report(readable[1] ?? root)
    },
  },
  {
    id: 'CPP-VALIDEUR',
    sets: ['chorus-pro'],
    severity: 'fatal',
    terms: ['BT-23'],
    code: F_CODES.conditional,
    message: {
      en: 'Invoices of subcontractors (A9) and co-contractors (A12) name their validator (Valideur).',
      fr: 'Les factures de sous-traitants (A9) et de cotraitants (A12) nomment leur valideur.',
    },
    remedy: {
      en: 'Add the element Valideur with the identifier of the contractor who validates.',
      fr: 'Ajoutez l’élément Valideur avec l’identifiant de l’entreprise qui valide.',
    },
    platformText: 'Le valideur est obligatoire pour ce cadre de facturation ({place}).',
    check: ({ terms, document, root }, report) => {
      if (terms.syntax !== 'cpp' || !VALIDATED.has(terms.text('BT-23'))) return
      if (document.first(root, VALIDATOR) === NONE) report(root)
    },
  },
  {
    id: 'CPP-MONTANTS',
    sets: ['chorus-pro'],
    severity: 'fatal',
    terms: ['BT-109', 'BT-112', 'BT-117'],
    code: F_CODES.amounts,
    message: {
      en: 'The total with VAT is not the total without VAT and the VAT amounts together.',
      fr: 'Le montant TTC n’est pas la somme du montant HT et des montants de TVA.',
    },
    remedy: {
      en: 'Correct MontantTTC, MontantHT or the amounts of TVAS.',
      fr: 'Corrigez MontantTTC, MontantHT ou les montants de TVAS.',
    },
    platformText: 'Incohérence de montants ({place}).',
    check: ({ terms, document }, report) => {
      if (terms.syntax !== 'cpp') return
      const taxes = terms.everywhere('BT-117').map((node) => parseDecimal(document.text(node)))
      const total = terms.first('BT-112')
      const stated = parseDecimal(document.text(total))
      const net = parseDecimal(document.text(terms.first('BT-109')))
      // Without a breakdown there is nothing to compare; what is no number the structure reports.
      if (taxes.length === 0 || stated === undefined || net === undefined) return
      const known = taxes.filter((tax) => tax !== undefined)
      if (known.length < taxes.length) return
      const computed = add(net, sum(known))
      if (equals(computed, stated)) return
      report(total, {
        detail: {
          en: `Stated ${formatDecimal(stated)}, computed ${formatDecimal(computed)}.`,
          fr: `Indiqué ${formatDecimal(stated)}, calculé ${formatDecimal(computed)}.`,
        },
      })
    },
  },
]
