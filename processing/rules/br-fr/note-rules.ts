import { trimXml } from '../../formats/simple-types.ts'
import { rememberedOfInvoice } from '../remembered.ts'
import { F_CODES, type Rule } from '../rule.ts'
import { frRule, must, mustWhere, type Condition, type Label } from './br-fr-rule.ts'
import {
  barNotes,
  ciiNotes,
  contentsOf,
  isOfSubject,
  joinedNotes,
  occurrences,
  TREATMENTS,
  ublNote,
} from './notes.ts'

interface Subject {
  readonly code: string
  /** Of the assertions in UBL. */
  readonly ordinal: number
  readonly label: Label
}

const MANDATORY: readonly Subject[] = [
  {
    code: 'PMT',
    ordinal: 1,
    label: {
      en: 'fixed compensation for recovery costs',
      fr: 'indemnité forfaitaire de recouvrement',
    },
  },
  {
    code: 'PMD',
    ordinal: 2,
    label: { en: 'penalties for late payment', fr: 'pénalités de retard' },
  },
  {
    code: 'AAB',
    ordinal: 3,
    label: { en: 'discount for early payment, or none', fr: 'escompte ou absence d’escompte' },
  },
]
const ONCE: readonly Subject[] = [
  ...MANDATORY,
  { code: 'TXD', ordinal: 4, label: { en: 'tax mention', fr: 'mention de taxe' } },
]

const CII_DOCUMENT = 'rsm:ExchangedDocument'
const TERMS = ['BT-21', 'BT-22']

const isInUbl =
  (code: string): Condition =>
  (_node, subject) =>
    joinedNotes(subject).includes(`#${code}#`)
const isInCii =
  (code: string): Condition =>
  (_node, subject) =>
    ciiNotes(subject, code).length > 0
const isOnceInUbl =
  (code: string): Condition =>
  (_node, subject) =>
    occurrences(joinedNotes(subject), `#${code}#`) <= 1
const isOnceInCii =
  (code: string): Condition =>
  (_node, subject) =>
    ciiNotes(subject, code).length <= 1

const presence = ({ code, ordinal, label }: Subject): readonly Rule[] => {
  const texts = {
    code: F_CODES.missing,
    message: {
      en: `No note with subject ${code} (BT-21, BT-22): ${label.en}.`,
      fr: `Aucune note de sujet ${code} (BT-21, BT-22) : ${label.fr}.`,
    },
    remedy: {
      en: `Add a note that begins with #${code}# in UBL, or with subject code ${code} in CII.`,
      fr: `Ajoutez une note qui commence par #${code}# en UBL, ou de code sujet ${code} en CII.`,
    },
  }
  return [
    frRule({
      id: `BR-FR-05_BT-22-${ordinal}`,
      ...texts,
      terms: TERMS,
      ubl: [must('/', isInUbl(code))],
    }),
    frRule({
      id: `BR-FR-05_BT-22_${code}`,
      ...texts,
      terms: TERMS,
      cii: [must(CII_DOCUMENT, isInCii(code))],
    }),
  ]
}

const uniqueness = ({ code, ordinal, label }: Subject): readonly Rule[] => {
  const texts = {
    message: {
      en: `Several notes have subject ${code} (BT-21): ${label.en}.`,
      fr: `Plusieurs notes ont le sujet ${code} (BT-21) : ${label.fr}.`,
    },
    remedy: {
      en: 'Keep one of them.',
      fr: 'N’en conservez qu’une.',
    },
  }
  return [
    frRule({
      id: `BR-FR-06_BT-21-${ordinal}`,
      ...texts,
      terms: TERMS,
      ubl: [must('/', isOnceInUbl(code))],
    }),
    frRule({
      id: `BR-FR-06_BT-21_${code}`,
      ...texts,
      terms: TERMS,
      cii: [must(CII_DOCUMENT, isOnceInCii(code))],
    }),
  ]
}

const isTreatmentInUbl: Condition = (_node, subject) => {
  const treatment = ublNote(subject, 'BAR')
  return treatment === '' || TREATMENTS.has(treatment)
}
const isTreatment: Condition = (note, { document }) =>
  contentsOf(document, note).some((content) => TREATMENTS.has(content))
const isBar: Condition = (note, { document }) => isOfSubject(document, note, 'BAR')

const hasOneTreatmentInUbl: Condition = (_node, subject) => {
  const notes = barNotes(subject)
  let count = 0
  for (const treatment of TREATMENTS) count += occurrences(notes, `BAR#${treatment}#`)
  return count <= 1
}
const hasOneTreatment = rememberedOfInvoice((subject) => {
  const { document } = subject
  const treated = ciiNotes(subject, 'BAR').filter((note) =>
    contentsOf(document, note).some((content) => TREATMENTS.has(trimXml(content))),
  )
  return treated.length <= 1
})
const hasOneTreatmentInCii: Condition = (_node, subject) => hasOneTreatment(subject)

const SEVERAL = {
  terms: TERMS,
  message: {
    en: 'Several notes with subject BAR say how the invoice is treated.',
    fr: 'Plusieurs notes de sujet BAR disent le traitement de la facture.',
  },
  remedy: {
    en: 'Keep one note with subject BAR.',
    fr: 'Ne conservez qu’une note de sujet BAR.',
  },
}

/** BR-FR-05, BR-FR-06, BR-FR-20, BR-FR-31. */
export const NOTE_RULES: readonly Rule[] = [
  ...MANDATORY.flatMap(presence),
  ...ONCE.flatMap(uniqueness),
  frRule({
    id: 'BR-FR-20_BT-21',
    terms: TERMS,
    message: {
      en: 'The note with subject BAR says no known treatment of the invoice.',
      fr: 'La note de sujet BAR ne dit aucun traitement connu de la facture.',
    },
    remedy: {
      en: `Use one of ${[...TREATMENTS].join(', ')}, or leave the note out.`,
      fr: `Utilisez l’un de ${[...TREATMENTS].join(', ')}, ou retirez la note.`,
    },
    ubl: [must('/', isTreatmentInUbl)],
    cii: [mustWhere(`${CII_DOCUMENT}/ram:IncludedNote`, isBar, isTreatment)],
  }),
  // ARTEFACT: BR-FR-31 by its number, another id in UBL.
  frRule({ id: 'BR-FR-30_BT-21', ...SEVERAL, ubl: [must('/', hasOneTreatmentInUbl)] }),
  frRule({ id: 'BR-FR-31_BT-21', ...SEVERAL, cii: [must(CII_DOCUMENT, hasOneTreatmentInCii)] }),
]
