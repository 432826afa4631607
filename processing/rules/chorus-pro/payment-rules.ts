import type { BilingualText } from '../../../gateway/flow.ts'
import { isBic, isIban } from '../../formats/bank-account.ts'
import { NONE } from '../../formats/xml/xml-document.ts'
import { F_CODES, isMixed, type Rule } from '../rule.ts'

/** Payment means that Chorus Pro takes (S2.05): reference chorus-pro-edi §8.5. */
export const PAYMENT_MEANS: ReadonlyMap<string, BilingualText> = new Map([
  ['10', { en: 'cash', fr: 'espèces' }],
  ['20', { en: 'cheque', fr: 'chèque' }],
  ['30', { en: 'credit transfer', fr: 'virement' }],
  ['31', { en: 'debit transfer', fr: 'prélèvement' }],
  ['42', { en: 'payment to a bank account', fr: 'versement sur un compte bancaire' }],
  ['48', { en: 'bank card', fr: 'carte bancaire' }],
  ['49', { en: 'direct debit', fr: 'prélèvement automatique' }],
  ['97', { en: 'clearing between partners', fr: 'compensation entre partenaires' }],
])
/** Those that need an account. */
const TRANSFERS: ReadonlySet<string> = new Set(['30', '31', '42'])
const CREDIT_NOTE = '381'

export const PAYMENT_RULES: readonly Rule[] = [
  {
    id: 'CPRO-PAYMENT',
    sets: ['chorus-pro'],
    severity: 'fatal',
    terms: ['BG-16', 'BT-81'],
    code: F_CODES.missing,
    message: {
      en: 'The invoice gives no payment means (BT-81).',
      fr: 'La facture n’indique pas de moyen de paiement (BT-81).',
    },
    remedy: {
      en: 'Give a payment means code, 30 for a credit transfer for instance.',
      fr: 'Indiquez un code de moyen de paiement, 30 pour un virement par exemple.',
    },
    platformText: 'Le mode de paiement est obligatoire ({place}).',
    check: ({ terms, root, settings }, report) => {
      if (terms.text('BT-3') === CREDIT_NOTE || terms.groups('BG-16').length > 0) return
      // Minimal flows [simulated]: their samples go without.
      report(root, isMixed(settings) ? { severity: 'warning' } : {})
    },
  },
  {
    id: 'S2.05',
    sets: ['chorus-pro'],
    severity: 'fatal',
    terms: ['BT-81'],
    code: F_CODES.value,
    message: {
      en: 'The payment means code (BT-81) is none of Chorus Pro’s: 10, 20, 30, 31, 42, 48, 49, 97.',
      fr: 'Le code de moyen de paiement (BT-81) n’est pas de ceux de Chorus Pro : 10, 20, 30, 31, 42, 48, 49, 97.',
    },
    remedy: {
      en: 'Use one of these codes: 30 in place of 58 (SEPA transfer), 49 in place of 59 (SEPA direct debit).',
      fr: 'Utilisez un de ces codes : 30 à la place de 58 (virement SEPA), 49 à la place de 59 (prélèvement SEPA).',
    },
    platformText: 'Mode de paiement non autorisé ({place}).',
    check: ({ terms }, report) => {
      for (const node of terms.everywhere('BT-81')) {
        const code = terms.document.trimmed(node)
        // CPPFactureMixte also knows 01, not defined: its schema lists its own codes.
        if (code !== '' && !PAYMENT_MEANS.has(code) && terms.syntax !== 'cpp') report(node)
      }
    },
  },
  {
    id: 'CPRO-ACCOUNT',
    sets: ['chorus-pro'],
    severity: 'fatal',
    terms: ['BT-81', 'BT-84'],
    code: F_CODES.conditional,
    message: {
      en: 'A transfer (payment means 30, 31 or 42) needs the account to pay to (BT-84, an IBAN).',
      fr: 'Un virement (moyen de paiement 30, 31 ou 42) exige le compte à créditer (BT-84, un IBAN).',
    },
    remedy: {
      en: 'Give the IBAN of the supplier, or another payment means.',
      fr: 'Indiquez l’IBAN du fournisseur, ou un autre moyen de paiement.',
    },
    platformText: 'Les coordonnées bancaires sont obligatoires pour ce mode de paiement ({place}).',
    check: ({ terms, settings }, report) => {
      for (const means of terms.groups('BG-16')) {
        const code = terms.first('BT-81', means)
        if (code === NONE || !TRANSFERS.has(terms.document.trimmed(code))) continue
        if (terms.text('BT-84', means) !== '') continue
        report(means, isMixed(settings) ? { severity: 'warning' } : {})
      }
    },
  },
  {
    id: 'CPRO-IBAN',
    sets: ['chorus-pro'],
    severity: 'fatal',
    terms: ['BT-84'],
    code: F_CODES.value,
    message: {
      en: 'The account to pay to (BT-84) looks like an IBAN, but its length or its check digits are wrong.',
      fr: 'Le compte à créditer (BT-84) ressemble à un IBAN, mais sa longueur ou sa clé est fausse.',
    },
    remedy: { en: 'Correct the IBAN.', fr: 'Corrigez l’IBAN.' },
    platformText: 'IBAN invalide ({place}).',
    check: ({ terms }, report) => {
      for (const node of terms.everywhere('BT-84')) {
        const account = terms.document.trimmed(node).replaceAll(' ', '')
        // Two letters, two digits: an IBAN is meant; other accounts have no shape to check.
        if (/^[A-Za-z]{2}\d{2}/.test(account) && !isIban(account)) report(node)
      }
    },
  },
  {
    id: 'CPRO-BIC',
    sets: ['chorus-pro'],
    severity: 'warning',
    terms: ['BT-86'],
    code: F_CODES.value,
    message: {
      en: 'The BIC (BT-86) is not made of 8 or 11 letters and digits.',
      fr: 'Le BIC (BT-86) n’est pas fait de 8 ou 11 lettres et chiffres.',
    },
    remedy: { en: 'Correct the BIC, or leave it out.', fr: 'Corrigez le BIC, ou omettez-le.' },
    platformText: 'BIC invalide ({place}).',
    check: ({ terms }, report) => {
      for (const node of terms.everywhere('BT-86')) {
        const bic = terms.document.trimmed(node)
        if (bic !== '' && !isBic(bic)) report(node)
      }
    },
  },
  {
    id: 'CPRO-CREDIT-PAYMENT',
    sets: ['chorus-pro'],
    severity: 'warning',
    terms: ['BT-3', 'BT-81'],
    code: F_CODES.value,
    message: {
      en: 'A credit note gives a payment means (BT-81), which integrators leave out for Chorus Pro.',
      fr: 'Un avoir indique un moyen de paiement (BT-81), que les intégrateurs omettent pour Chorus Pro.',
    },
    remedy: {
      en: 'Leave the payment means out of credit notes.',
      fr: 'Omettez le moyen de paiement dans les avoirs.',
    },
    platformText: 'Un avoir ne doit pas porter de mode de paiement ({place}).',
    check: ({ terms }, report) => {
      const [means] = terms.text('BT-3') === CREDIT_NOTE ? terms.groups('BG-16') : []
      if (means !== undefined) report(means)
    },
  },
]
