import { frRule, must, type FrRow, type Label } from './br-fr-rule.ts'
import { F_CODES, type Rule } from '../rule.ts'
import { isBidirectional, isGrouped, isMultiVendor } from './framework.ts'
import { eachLine, onGroups, onInvoice, onLines } from './grouped-line-checks.ts'
import type { GroupedLine, GroupedLines } from './grouped-lines.ts'
import { CII_LINE } from './places.ts'

/** ‹In an invoice with framework 8 or 9, …›. */
const grouped = (
  row: Omit<FrRow, 'code' | 'message' | 'remedy'> & {
    readonly says: Label
    readonly remedy?: Label
    readonly code?: Rule['code']
  },
): Rule => {
  const { says, remedy = COMPLETE, ...rest } = row
  return frRule({
    code: F_CODES.conditional,
    message: {
      en: `In a multi-vendor or bidirectional invoice (BT-23), ${says.en}.`,
      fr: `Dans une facture multi-vendeurs ou bidirectionnelle (BT-23), ${says.fr}.`,
    },
    remedy,
    ...rest,
  })
}
const COMPLETE: Label = {
  en: 'Fill it in on the line that begins the group.',
  fr: 'Renseignez-le sur la ligne qui commence le groupe.',
}

const countOf = (lines: GroupedLines, sellers: ReadonlySet<string>): number =>
  lines.groups.filter(({ line }) => sellers.has(line.sellerId)).length

const isDetail = ({ memberships }: GroupedLine): boolean =>
  memberships.some(({ status }) => status === 'DETAIL')

const OF_SELLER = onInvoice(isBidirectional, (lines) => countOf(lines, lines.sellerIds) === 1)
const ONE_OF_SELLER = {
  terms: ['BT-30', 'EXT-FR-FE-167'],
  says: {
    en: 'one group of lines, and only one, must be of the seller (BT-30)',
    fr: 'un groupe de lignes et un seul doit être du vendeur (BT-30)',
  },
  remedy: {
    en: 'Give the legal identifier of the seller on one of the two groups.',
    fr: 'Indiquez l’identifiant légal du vendeur sur l’un des deux groupes.',
  },
}

/** BR-FR-MV-01, 02, 03, 05 to 12 and BR-FR-BD-02: frameworks 8 and 9. */
export const GROUPED_LINE_RULES: readonly Rule[] = [
  grouped({
    id: 'BR-FR-MV-01_EXT-FR-FE-163',
    says: {
      en: 'each line must say what it is in its group (EXT-FR-FE-163)',
      fr: 'chaque ligne doit dire son sous-type (EXT-FR-FE-163)',
    },
    remedy: {
      en: 'Say GROUP, DETAIL or INFORMATION.',
      fr: 'Indiquez GROUP, DETAIL ou INFORMATION.',
    },
    ubl: [eachLine((_lines, { memberships: [first] }) => (first?.status ?? '').trim() !== '')],
    // ARTEFACT: in CII the type itself is looked at, so one that is missing is not.
    cii: [
      must(
        `${CII_LINE}/ram:AssociatedDocumentLineDocument/ram:LineStatusReasonCode`,
        (node, subject) => !isGrouped(subject) || subject.document.hasText(node),
      ),
    ],
  }),
  grouped({
    id: 'BR-FR-MV-02_EXT-FR-FE-163',
    says: {
      en: 'there must be a group of lines that hangs below no other line (BT-23 B8, S8, M8)',
      fr: 'il faut un groupe de lignes sans ligne parent (BT-23 B8, S8, M8)',
    },
    remedy: {
      en: 'Begin the lines of each seller by a line of type GROUP without parent.',
      fr: 'Commencez les lignes de chaque vendeur par une ligne GROUP sans parent.',
    },
    ...onInvoice(isMultiVendor, ({ groups }) => groups.length > 0),
  }),
  grouped({
    id: 'BR-FR-BD-02_EXT-FR-FE-163',
    says: {
      en: 'there must be exactly two groups of lines (BT-23 B9, S9, M9)',
      fr: 'il faut exactement deux groupes de lignes (BT-23 B9, S9, M9)',
    },
    remedy: {
      en: 'Give one group of lines of the seller and one of the buyer.',
      fr: 'Indiquez un groupe de lignes du vendeur et un de l’acheteur.',
    },
    ...onInvoice(isBidirectional, ({ groups }) => groups.length === 2),
  }),
  grouped({ id: 'BR-FR-BD-02_BT-30', ...ONE_OF_SELLER, ubl: OF_SELLER.ubl }),
  // ARTEFACT: the same rule, by a wrong term.
  grouped({ id: 'BR-FR-BD-02_BT-31', ...ONE_OF_SELLER, cii: OF_SELLER.cii }),
  grouped({
    id: 'BR-FR-BD-02_BT-47',
    terms: ['BT-47', 'EXT-FR-FE-167'],
    says: {
      en: 'one group of lines, and only one, must be of the buyer (BT-47)',
      fr: 'un groupe de lignes et un seul doit être de l’acheteur (BT-47)',
    },
    remedy: {
      en: 'Give the legal identifier of the buyer on one of the two groups.',
      fr: 'Indiquez l’identifiant légal de l’acheteur sur l’un des deux groupes.',
    },
    ...onInvoice(isBidirectional, (lines) => countOf(lines, lines.buyerIds) === 1),
  }),
  grouped({
    id: 'BR-FR-MV-03_EXT-FR-FE-164',
    says: {
      en: 'a group must name its seller (EXT-FR-FE-164)',
      fr: 'un groupe doit nommer son vendeur (EXT-FR-FE-164)',
    },
    ...onGroups((lines, line) => lines.has(line, 'sellerName')),
  }),
  grouped({
    id: 'BR-FR-MV-03_EXT-FR-FE-167',
    says: {
      en: 'a group must give the legal identifier of its seller (EXT-FR-FE-167)',
      fr: 'un groupe doit donner l’identifiant légal de son vendeur (EXT-FR-FE-167)',
    },
    ...onGroups((_lines, line) => line.sellerId !== ''),
  }),
  grouped({
    id: 'BR-FR-MV-03_EXT-FR-FE-177',
    says: {
      en: 'a group must give the country of its seller (EXT-FR-FE-177)',
      fr: 'un groupe doit donner le pays de son vendeur (EXT-FR-FE-177)',
    },
    ...onGroups((lines, line) => lines.has(line, 'sellerCountry')),
  }),
  grouped({
    id: 'BR-FR-MV-03_EXT-FR-FE-181',
    says: {
      en: 'a group must give its VAT in the currency of the invoice (EXT-FR-FE-181)',
      fr: 'un groupe doit donner sa TVA dans la devise de la facture (EXT-FR-FE-181)',
    },
    ...onGroups((lines, line) => lines.vatTotal(line, 'currency') !== ''),
  }),
  grouped({
    id: 'BR-FR-MV-03_EXT-FR-FE-182',
    says: {
      en: 'a group must give its VAT in the VAT accounting currency (EXT-FR-FE-182) when there is one (BT-6)',
      fr: 'un groupe doit donner sa TVA dans la devise de comptabilisation (EXT-FR-FE-182) si elle existe (BT-6)',
    },
    ...onGroups(
      (lines, line) =>
        lines.vatCurrency === undefined ||
        (lines.vatCurrency !== '' && lines.vatTotal(line, 'vatCurrency') !== ''),
    ),
  }),
  grouped({
    id: 'BR-FR-MV-05_EXT-FR-FE-BG-12',
    terms: ['EXT-FR-FE-BG-12', 'BT-131'],
    code: F_CODES.amounts,
    says: {
      en: 'the net amount of a group (BT-131) must be the sum of its lines, within a cent a line',
      fr: 'le montant net d’un groupe (BT-131) doit être la somme de ses lignes, à un centime près par ligne',
    },
    remedy: {
      en: 'Correct the amount of the group or of its lines.',
      fr: 'Corrigez le montant du groupe ou de ses lignes.',
    },
    ...onGroups((lines, line) => lines.isSumOfLines(line)),
  }),
  grouped({
    id: 'BR-FR-MV-06_EXT-FR-FE-167',
    says: {
      en: 'each line must give the legal identifier of its seller (EXT-FR-FE-167), that of its group',
      fr: 'chaque ligne doit donner l’identifiant légal de son vendeur (EXT-FR-FE-167), celui de son groupe',
    },
    remedy: {
      en: 'Repeat on the line the identifier of the line it hangs below.',
      fr: 'Répétez sur la ligne l’identifiant de sa ligne parent.',
    },
    ...onLines((lines, line) => lines.agreesWithParent(line, ({ sellerId }) => sellerId)),
  }),
  grouped({
    id: 'BR-FR-MV-07_BT-128',
    says: {
      en: 'each line must give the number of its invoice (BT-128, scheme AFL), that of its group',
      fr: 'chaque ligne doit donner le numéro de sa facture (BT-128, schéma AFL), celui de son groupe',
    },
    remedy: {
      en: 'Repeat on the line the AFL number of the line it hangs below.',
      fr: 'Répétez sur la ligne le numéro AFL de sa ligne parent.',
    },
    ...onLines((lines, line) => lines.agreesWithParent(line, ({ invoice }) => invoice)),
  }),
  grouped({
    id: 'BR-FR-MV-08_BT-128',
    says: {
      en: 'the exemption reason of a detail must begin with the number of its invoice between two #',
      fr: 'le motif d’exonération d’un détail doit commencer par le numéro de sa facture entre deux #',
    },
    remedy: {
      en: 'Begin the exemption reason with the AFL number: #F-2#.',
      fr: 'Commencez le motif d’exonération par le numéro AFL : #F-2#.',
    },
    ...onLines((lines, line) => !isDetail(line) || lines.namesItsInvoice(line)),
  }),
  grouped({
    id: 'BR-FR-MV-09_EXT-FR-FE-181',
    terms: ['EXT-FR-FE-181', 'BT-117'],
    code: F_CODES.amounts,
    says: {
      en: 'the VAT of a group must be that of the rates of the breakdown (BT-117) that name its invoice',
      fr: 'la TVA d’un groupe doit être celle des taux de la ventilation (BT-117) qui nomment sa facture',
    },
    remedy: {
      en: 'Correct the VAT of the group, or the amounts and reasons of the breakdown.',
      fr: 'Corrigez la TVA du groupe, ou les montants et motifs de la ventilation.',
    },
    ...onGroups((lines, line) => lines.isVatOfBreakdown(line)),
  }),
  grouped({
    id: 'BR-FR-MV-10_EXT-FR-FE-184',
    code: F_CODES.amounts,
    says: {
      en: 'the total with VAT of a group (EXT-FR-FE-184) must be its net amount and its VAT, within a cent a detail',
      fr: 'le total TTC d’un groupe (EXT-FR-FE-184) doit être son montant net et sa TVA, à un centime près par détail',
    },
    remedy: { en: 'Correct the total, or leave it out.', fr: 'Corrigez le total, ou retirez-le.' },
    ...onGroups((lines, line) => lines.isTotalWithVat(line)),
  }),
  grouped({
    id: 'BR-FR-MV-11_BT-128',
    says: {
      en: 'one group of the seller must have the number of the invoice itself (BT-128, scheme AFL = BT-1)',
      fr: 'un groupe du vendeur doit avoir le numéro de la facture elle-même (BT-128, schéma AFL = BT-1)',
    },
    remedy: {
      en: 'Give the number of the invoice to one group of the seller.',
      fr: 'Donnez le numéro de la facture à un groupe du vendeur.',
    },
    ...onGroups((lines, line) => {
      if (!lines.isOfSeller(line) || lines.ownGroups === 1) return true
      const isOwn = line.invoice === lines.invoiceNumber
      return lines.ownGroups === 0 ? isOwn : !isOwn
    }),
  }),
  grouped({
    id: 'BR-FR-MV-12_BT-128',
    says: {
      en: 'the numbers of the groups (BT-128, scheme AFL) must differ from one another',
      fr: 'les numéros des groupes (BT-128, schéma AFL) doivent être distincts',
    },
    remedy: {
      en: 'Give each group a number of its own.',
      fr: 'Donnez à chaque groupe son propre numéro.',
    },
    ...onInvoice(isGrouped, (lines) => !lines.hasRepeatedNumber),
  }),
]
