import { NONE, path, type NodeId, type XmlDocument } from '../../formats/xml/xml-document.ts'
import { nameId, type NameId } from '../../formats/xml/xml-names.ts'
import { codeOf, exactCodeOf, packed } from '../element-values.ts'
import { remembered } from '../remembered.ts'
import { F_CODES, type Rule } from '../rule.ts'
import { enRule, must, mustWhen, type Condition } from './en-rule.ts'
import { has, needs } from './needs.ts'

/** Credit transfers: 30, and 58 for SEPA. */
const TRANSFERS = new Set([packed('30'), packed('58')])
const UBL_CODE = nameId('cbc:PaymentMeansCode')
const CII_CODE = nameId('ram:TypeCode')

/** The payment means that an account belongs to is a credit transfer; codes compared as written. */
const isTransfer = (code: NameId): Condition => {
  const isTransferMeans = remembered((means, { document }) => {
    let one = document.child(means, code)
    while (one !== NONE) {
      if (TRANSFERS.has(exactCodeOf(document, one))) return true
      one = document.next(one)
    }
    return false
  })
  return (node, subject) => isTransferMeans(subject.document.parent(node), subject)
}

const ACCOUNT = 'cac:PayeeFinancialAccount/cbc:ID'
const hasAccount = has(ACCOUNT, 'element')
const CII_ACCOUNT =
  '//ram:SpecifiedTradeSettlementPaymentMeans/ram:PayeePartyCreditorFinancialAccount'
const CII_ACCOUNT_ID = 'ram:IBANID | ram:ProprietaryID'

const CARD_DIGITS = 10
const isMasked = (document: XmlDocument, number: NodeId): boolean =>
  number === NONE ||
  Array.from(document.trimmed(number).replaceAll(/[ \t\r\n]+/g, ' ')).length <= CARD_DIGITS
const CARD_ID = path('ram:ID')

/** BR-49, BR-50, BR-51, BR-61: how the invoice is to be paid. */
export const PAYMENT_MEANS_RULES: readonly Rule[] = [
  needs({
    id: 'BR-49',
    terms: ['BG-16', 'BT-81'],
    kind: 'element',
    ubl: { at: '//cac:PaymentMeans', needs: 'cbc:PaymentMeansCode' },
    cii: { at: '//ram:SpecifiedTradeSettlementPaymentMeans', needs: 'ram:TypeCode' },
  }),
  needs({
    id: 'BR-50',
    terms: ['BG-17', 'BT-84'],
    kind: 'text',
    code: F_CODES.conditional,
    ubl: {
      at: '//cac:PaymentMeans/cac:PayeeFinancialAccount',
      needs: 'cbc:ID',
      when: isTransfer(UBL_CODE),
    },
    cii: { at: CII_ACCOUNT, needs: CII_ACCOUNT_ID, when: isTransfer(CII_CODE) },
  }),
  enRule({
    id: 'BR-51',
    terms: ['BT-87'],
    code: F_CODES.value,
    message: {
      en: 'A payment card number (BT-87) has more than 10 characters: it must not be given in full.',
      fr: 'Un numéro de carte de paiement (BT-87) compte plus de 10 caractères : il ne doit pas être indiqué en entier.',
    },
    remedy: {
      en: 'Give the first six and the last four digits at most.',
      fr: 'N’indiquez au plus que les six premiers et les quatre derniers chiffres.',
    },
    platformText: 'Numéro de carte de paiement complet ({place}).',
    // ARTEFACT: fatal in CII, a warning in UBL.
    ubl: {
      at: '//cac:PaymentMeans/cac:CardAccount/cbc:PrimaryAccountNumberID',
      check: (node, { document }, report) => {
        if (!isMasked(document, node)) report(node, { severity: 'warning' })
      },
    },
    cii: must('//ram:ApplicableTradeSettlementFinancialCard', (node, { document }) =>
      isMasked(document, document.first(node, CARD_ID)),
    ),
  }),
  {
    ...needs({
      id: 'BR-61',
      terms: ['BT-81', 'BT-84'],
      kind: 'element',
      code: F_CODES.conditional,
      cii: { at: CII_ACCOUNT, needs: CII_ACCOUNT_ID, when: isTransfer(CII_CODE) },
    }),
    ubl: [
      {
        ...mustWhen(
          '//cac:PaymentMeans',
          (node, { document }) => TRANSFERS.has(codeOf(document, document.child(node, UBL_CODE))),
          hasAccount,
        ),
        remedy: {
          en: `Fill in ${ACCOUNT} there: the account that a credit transfer goes to.`,
          fr: `Renseignez-y ${ACCOUNT} : le compte à créditer par le virement.`,
        },
        platformText: 'L’élément {place}.PayeeFinancialAccount.ID est obligatoire.',
      },
    ],
  },
]
