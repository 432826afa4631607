import { type Rule } from '../rule.ts'
import { frRule, mustBe, type Label } from './br-fr-rule.ts'
import { lengthOf } from './node-values.ts'
import { CII_LINE_SETTLEMENT, SETTLEMENT, ublLines } from './places.ts'

const MAX_CHARACTERS = 35
const isShort = (text: string): boolean => lengthOf(text) <= MAX_CHARACTERS

const NUMBER = /^[\t\r\n]*[A-Za-z0-9+\-_/]+[\t\r\n]*$/
/** ARTEFACT: line breaks and tabs around it are let through, blanks are not. */
const isWellFormed = (text: string): boolean => NUMBER.test(text)

interface NumberPlace {
  readonly term: string
  readonly label: Label
  readonly ubl: string
  readonly cii: string
}

const PLACES: readonly NumberPlace[] = [
  {
    term: 'BT-1',
    label: { en: 'invoice number', fr: 'numéro de facture' },
    ubl: 'cbc:ID',
    cii: 'rsm:ExchangedDocument/ram:ID',
  },
  {
    term: 'BT-25',
    label: { en: 'preceding invoice number', fr: 'numéro de facture antérieure' },
    ubl: 'cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID',
    cii: `${SETTLEMENT}/ram:InvoiceReferencedDocument/ram:IssuerAssignedID`,
  },
  {
    term: 'EXT-FR-FE-136',
    label: {
      en: 'preceding invoice number of a line',
      fr: 'numéro de facture antérieure d’une ligne',
    },
    ubl: ublLines('cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID'),
    cii: `${CII_LINE_SETTLEMENT}/ram:InvoiceReferencedDocument/ram:IssuerAssignedID`,
  },
]

const lengthTexts = ({ term, label }: NumberPlace) => ({
  message: {
    en: `The ${label.en} (${term}) is longer than ${MAX_CHARACTERS} characters.`,
    fr: `${label.fr} (${term}) : plus de ${MAX_CHARACTERS} caractères.`,
  },
  remedy: {
    en: `Use at most ${MAX_CHARACTERS} characters.`,
    fr: `Utilisez au plus ${MAX_CHARACTERS} caractères.`,
  },
})

const alphabetTexts = ({ term, label }: NumberPlace) => ({
  message: {
    en: `The ${label.en} (${term}) holds other characters than letters, digits and + - _ /.`,
    fr: `${label.fr} (${term}) : d’autres caractères que lettres, chiffres et + - _ /.`,
  },
  remedy: {
    en: 'Use letters without accents, digits, +, -, _ and / only, without spaces.',
    fr: 'Utilisez uniquement des lettres sans accent, des chiffres, +, -, _ et /, sans espace.',
  },
})

/** BR-FR-01 and BR-FR-02: in UBL the alphabet is in both, in CII each has its own. */
export const INVOICE_NUMBER_RULES: readonly Rule[] = PLACES.flatMap((place) => {
  const { term, ubl, cii } = place
  const tooLong = lengthTexts(place)
  const badCharacters = alphabetTexts(place)
  return [
    frRule({ id: `BR-FR-01_${term}`, ...tooLong, cii: [mustBe(cii, isShort)] }),
    frRule({ id: `BR-FR-01_${term}-1`, ...tooLong, ubl: [mustBe(ubl, isShort)] }),
    frRule({ id: `BR-FR-01_${term}-2`, ...badCharacters, ubl: [mustBe(ubl, isWellFormed)] }),
    frRule({
      id: `BR-FR-02_${term}`,
      ...badCharacters,
      ubl: [mustBe(ubl, isWellFormed)],
      cii: [mustBe(cii, isWellFormed)],
    }),
  ].map((rule) => ({ ...rule, terms: [term] }))
})
