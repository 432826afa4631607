import type { InvoiceFamily } from '../../../config/interface-codes.ts'
import type { BilingualText } from '../../../gateway/flow.ts'
import { NONE } from '../../formats/xml/xml-document.ts'
import { equals, parseDecimal, ZERO } from '../decimal.ts'
import { F_CODES, type Rule } from '../rule.ts'

/**
 * Billing frameworks (*cadres de facturation*, BT-23): reference invoices §5. Since February 2024
 * documents of works contracts belong to the works codes (E4, E5) and A3 to E3.
 */
export const FRAMEWORKS: readonly {
  readonly code: string
  readonly of: 'supplier' | 'justice' | 'works' | 'tax'
  readonly name: BilingualText
}[] = [
  { code: 'A1', of: 'supplier', name: { en: 'supplier invoice', fr: 'facture fournisseur' } },
  { code: 'A2', of: 'supplier', name: { en: 'invoice already paid', fr: 'facture déjà payée' } },
  {
    code: 'A3',
    of: 'justice',
    name: { en: 'justice-fee statement', fr: 'mémoire de frais de justice' },
  },
  {
    code: 'A4',
    of: 'works',
    name: { en: 'draft monthly statement', fr: 'projet de décompte mensuel' },
  },
  { code: 'A5', of: 'works', name: { en: 'account statement', fr: 'état d’acompte' } },
  {
    code: 'A6',
    of: 'works',
    name: {
      en: 'works document to the financial service',
      fr: 'pièce de travaux vers le service financier',
    },
  },
  {
    code: 'A7',
    of: 'works',
    name: { en: 'draft final statement', fr: 'projet de décompte final' },
  },
  {
    code: 'A8',
    of: 'works',
    name: { en: 'general and definitive statement', fr: 'décompte général et définitif' },
  },
  {
    code: 'A9',
    of: 'supplier',
    name: { en: 'subcontractor invoice', fr: 'facture de sous-traitant' },
  },
  {
    code: 'A10',
    of: 'works',
    name: {
      en: 'subcontractor draft monthly statement',
      fr: 'projet de décompte mensuel de sous-traitant',
    },
  },
  {
    code: 'A12',
    of: 'supplier',
    name: { en: 'co-contractor invoice', fr: 'facture de cotraitant' },
  },
  {
    code: 'A13',
    of: 'works',
    name: {
      en: 'co-contractor draft monthly statement',
      fr: 'projet de décompte mensuel de cotraitant',
    },
  },
  {
    code: 'A14',
    of: 'works',
    name: {
      en: 'co-contractor draft final statement',
      fr: 'projet de décompte final de cotraitant',
    },
  },
  {
    code: 'A15',
    of: 'works',
    name: { en: 'project manager’s account statement', fr: 'état d’acompte du maître d’œuvre' },
  },
  {
    code: 'A16',
    of: 'works',
    name: {
      en: 'project manager’s validated account statement',
      fr: 'état d’acompte validé du maître d’œuvre',
    },
  },
  {
    code: 'A17',
    of: 'works',
    name: {
      en: 'project manager’s draft general statement',
      fr: 'projet de décompte général du maître d’œuvre',
    },
  },
  {
    code: 'A18',
    of: 'works',
    name: { en: 'project manager’s general statement', fr: 'décompte général du maître d’œuvre' },
  },
  {
    code: 'A19',
    of: 'works',
    name: {
      en: 'contracting authority’s validated account statement',
      fr: 'état d’acompte validé du maître d’ouvrage',
    },
  },
  {
    code: 'A20',
    of: 'works',
    name: {
      en: 'contracting authority’s general statement',
      fr: 'décompte général du maître d’ouvrage',
    },
  },
  {
    code: 'A21',
    of: 'tax',
    name: {
      en: 'refund request of consumption tax (TIC)',
      fr: 'demande de remboursement de la TIC',
    },
  },
  {
    code: 'A22',
    of: 'works',
    name: { en: 'tacit draft general statement', fr: 'projet de décompte général tacite' },
  },
  {
    code: 'A23',
    of: 'works',
    name: {
      en: 'tacit general and definitive statement of the supplier',
      fr: 'décompte général et définitif tacite du fournisseur',
    },
  },
  {
    code: 'A24',
    of: 'works',
    name: {
      en: 'tacit general and definitive statement of the project manager',
      fr: 'décompte général et définitif tacite du maître d’œuvre',
    },
  },
  {
    code: 'A25',
    of: 'works',
    name: {
      en: 'tacit general and definitive statement of the contracting authority',
      fr: 'décompte général et définitif tacite du maître d’ouvrage',
    },
  },
]

const KNOWN = new Map(FRAMEWORKS.map((framework) => [framework.code, framework]))
/** Frameworks of the 2026 reform (BR-FR-08): goods, services, mixed. */
const REFORM = /^[BSM][1-9]$/

/** Which frameworks the families of interface codes take. */
const OF_FAMILY: Readonly<Record<InvoiceFamily, readonly string[]>> = {
  E1: ['supplier', 'tax'],
  E2: ['supplier', 'tax'],
  E3: ['justice'],
  E4: ['works'],
  E5: ['works'],
}

const TYPE_CODES: ReadonlySet<string> = new Set(['380', '381'])

export const FRAMEWORK_RULES: readonly Rule[] = [
  {
    id: 'G1.02',
    sets: ['chorus-pro'],
    severity: 'fatal',
    terms: ['BT-23'],
    code: F_CODES.framework,
    message: {
      en: 'The billing framework (BT-23) is none of Chorus Pro’s: A1 to A10, A12 to A25.',
      fr: 'Le cadre de facturation (BT-23) n’est pas de ceux de Chorus Pro : A1 à A10, A12 à A25.',
    },
    remedy: {
      en: 'Give A1 for a supplier’s invoice, A2 when it is already paid, A9 for a subcontractor, A12 for a co-contractor.',
      fr: 'Indiquez A1 pour une facture de fournisseur, A2 si elle est déjà payée, A9 pour un sous-traitant, A12 pour un cotraitant.',
    },
    platformText: 'Valeur de cadre de facturation non autorisée ({place}).',
    check: ({ terms }, report) => {
      for (const node of terms.all('BT-23')) {
        const value = terms.document.trimmed(node)
        if (value === '' || KNOWN.has(value)) continue
        report(
          node,
          REFORM.test(value)
            ? {
                detail: {
                  en: `${value} is a framework of the 2026 reform, which Chorus Pro does not read here.`,
                  fr: `${value} est un cadre de la réforme 2026, que Chorus Pro ne lit pas ici.`,
                },
              }
            : {},
        )
      }
    },
  },
  {
    id: 'CPRO-FRAMEWORK',
    sets: ['chorus-pro'],
    severity: 'fatal',
    terms: ['BT-23'],
    code: F_CODES.framework,
    message: {
      en: 'The billing framework (BT-23) is not one that this interface code carries.',
      fr: 'Le cadre de facturation (BT-23) n’est pas de ceux que porte ce code interface.',
    },
    remedy: {
      en: 'Send documents of works contracts (A4 to A8, A10, A13 to A20, A22 to A25) under a works code (E4, E5) and A3 under the code of justice costs.',
      fr: 'Envoyez les pièces de marchés de travaux (A4 à A8, A10, A13 à A20, A22 à A25) sous un code de travaux (E4, E5) et A3 sous celui des frais de justice.',
    },
    platformText: 'Cadre de facturation incompatible avec le flux ({place}).',
    check: ({ terms, settings }, report) => {
      const taken = settings.family === null ? undefined : OF_FAMILY[settings.family]
      if (taken === undefined) return
      for (const node of terms.all('BT-23')) {
        const framework = KNOWN.get(terms.document.trimmed(node))
        if (framework !== undefined && !taken.includes(framework.of)) report(node)
      }
    },
  },
  {
    id: 'CPRO-TYPE',
    sets: ['chorus-pro'],
    severity: 'fatal',
    terms: ['BT-3'],
    code: F_CODES.value,
    message: {
      en: 'The document type (BT-3) is neither 380 (invoice) nor 381 (credit note).',
      fr: 'Le type de document (BT-3) n’est ni 380 (facture) ni 381 (avoir).',
    },
    remedy: {
      en: 'Chorus Pro takes 380 and 381: send a corrected invoice as a new one, an advance as 380.',
      fr: 'Chorus Pro prend 380 et 381 : envoyez une facture rectificative comme une nouvelle, un acompte en 380.',
    },
    platformText: 'Type de document non autorisé ({place}).',
    check: ({ terms }, report) => {
      for (const node of terms.all('BT-3')) {
        const value = terms.document.trimmed(node)
        if (value !== '' && !TYPE_CODES.has(value)) report(node)
      }
    },
  },
  {
    id: 'CPRO-A2-PAID',
    sets: ['chorus-pro'],
    severity: 'fatal',
    terms: ['BT-23', 'BT-115'],
    code: F_CODES.amounts,
    message: {
      en: 'The invoice is already paid (framework A2), yet an amount is due (BT-115).',
      fr: 'La facture est déjà payée (cadre A2), mais un montant reste à payer (BT-115).',
    },
    remedy: {
      en: 'Give the paid amount (BT-113) and 0 as the amount due, or use A1.',
      fr: 'Indiquez le montant payé (BT-113) et 0 à payer, ou utilisez A1.',
    },
    platformText: 'Le montant à payer doit être nul pour le cadre A2 ({place}).',
    check: ({ terms }, report) => {
      if (terms.text('BT-23') !== 'A2') return
      const due = terms.first('BT-115')
      if (due === NONE) return
      const amount = parseDecimal(terms.document.text(due))
      if (amount !== undefined && !equals(amount, ZERO)) report(due)
    },
  },
]
