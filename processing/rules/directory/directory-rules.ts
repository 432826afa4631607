import type { BilingualText, Finding, Severity } from '../../../gateway/flow.ts'
import type { DirectoryEntry } from '../../../gateway/directory/directory.ts'
import { motiveFinding, type MotiveCode } from '../../motives.ts'
import { F_CODES, type RuleSettings } from '../rule.ts'
import type { RecipientQuestion } from './recipient-question.ts'

/** What the directory says of the recipient of an invoice, one row a rule. */
export interface DirectoryRule {
  readonly id: string
  readonly terms: readonly string[]
  readonly code: MotiveCode
  readonly message: BilingualText
  readonly remedy: BilingualText
  readonly platformText: string
  readonly severity: Severity | ((settings: RuleSettings) => Severity)
  /** The part of the question whose place is reported. */
  readonly at: 'recipient' | 'service' | 'engagement'
  readonly isBroken: (
    question: RecipientQuestion,
    entry: DirectoryEntry | undefined,
    settings: RuleSettings,
  ) => boolean
}

const UNKNOWN_SEVERITY = { refuse: 'fatal', warn: 'warning', learn: 'information' } as const

const serviceOf = (
  { service }: RecipientQuestion,
  entry: DirectoryEntry | undefined,
): DirectoryEntry['services'][number] | undefined =>
  service.value === null ? undefined : entry?.services.find(({ code }) => code === service.value)

export const DIRECTORY_RULES: readonly DirectoryRule[] = [
  {
    id: 'DIR-03',
    terms: ['BT-46', 'BT-47'],
    code: F_CODES.recipient,
    message: {
      en: 'The recipient is not in the directory.',
      fr: 'Le destinataire n’est pas dans l’annuaire.',
    },
    remedy: {
      en: 'Give the SIRET of a public structure of the directory, or add the structure (raccord directory).',
      fr: 'Donnez le SIRET d’une structure publique de l’annuaire, ou ajoutez la structure (raccord directory).',
    },
    platformText: 'Destinataire inconnu ou inactif ({place}).',
    severity: ({ unknownRecipient }) => UNKNOWN_SEVERITY[unknownRecipient],
    at: 'recipient',
    isBroken: (_question, entry) => entry === undefined,
  },
  {
    id: 'DIR-04',
    terms: ['BT-46', 'BT-47'],
    code: F_CODES.recipient,
    message: {
      en: 'The recipient is inactive in the directory.',
      fr: 'Le destinataire est inactif dans l’annuaire.',
    },
    remedy: {
      en: 'Send the invoice to the structure that took its place.',
      fr: 'Adressez la facture à la structure qui lui a succédé.',
    },
    platformText: 'Destinataire inconnu ou inactif ({place}).',
    severity: 'fatal',
    at: 'recipient',
    isBroken: (_question, entry) => entry?.isActive === false,
  },
  {
    id: 'DIR-06',
    terms: ['BT-23', 'BT-46'],
    code: F_CODES.recipient,
    message: {
      en: 'The recipient is a contracting authority (MOA) only: it takes documents of works contracts.',
      fr: 'Le destinataire est uniquement maître d’ouvrage (MOA) : il prend des pièces de marchés de travaux.',
    },
    remedy: {
      en: 'Send invoices to the structure that pays, works documents under a works code.',
      fr: 'Adressez les factures à la structure qui paie, les pièces de travaux sous un code de travaux.',
    },
    platformText: 'Le destinataire ne peut pas recevoir ce type de facture ({place}).',
    severity: 'fatal',
    at: 'recipient',
    isBroken: (_question, entry, { family }) =>
      entry?.isContractingAuthorityOnly === true && (family === 'E1' || family === 'E2'),
  },
  {
    id: 'BR-FR-CPRO-11',
    terms: ['BT-10', 'BT-46'],
    code: 'ERR_FCT_003',
    message: {
      en: 'This recipient wants a service code on every invoice (BT-10, or BT-46 under scheme 0224).',
      fr: 'Ce destinataire exige un code service sur chaque facture (BT-10, ou BT-46 de schéma 0224).',
    },
    remedy: {
      en: 'Give the code of one of its active services.',
      fr: 'Indiquez le code d’un de ses services actifs.',
    },
    platformText: 'Code service obligatoire pour ce destinataire ({place}).',
    severity: 'fatal',
    at: 'service',
    isBroken: ({ service }, entry) => entry?.needsService === true && service.value === null,
  },
  {
    id: 'DIR-05',
    terms: ['BT-10', 'BT-46'],
    code: 'ERR_FCT_003',
    message: {
      en: 'The service code is not one of an active service of this recipient.',
      fr: 'Le code service n’est pas celui d’un service actif de ce destinataire.',
    },
    remedy: {
      en: 'Correct the service code; letters, digits and case count.',
      fr: 'Corrigez le code service ; lettres, chiffres et casse comptent.',
    },
    platformText: 'Code service inconnu ou inactif pour ce destinataire ({place}).',
    severity: 'fatal',
    at: 'service',
    // A structure without services takes any reference in BT-10: it is the buyer's own.
    isBroken: (question, entry) =>
      question.service.value !== null &&
      entry !== undefined &&
      (entry.needsService || entry.services.length > 0) &&
      serviceOf(question, entry)?.isActive !== true,
  },
  {
    id: 'BR-FR-CPRO-12',
    terms: ['BT-13'],
    code: 'ERR_FCT_002',
    message: {
      en: 'This recipient, or its service, wants an engagement number on every invoice (BT-13).',
      fr: 'Ce destinataire, ou son service, exige un numéro d’engagement sur chaque facture (BT-13).',
    },
    remedy: {
      en: 'Give the engagement number that the recipient put on its order.',
      fr: 'Indiquez le numéro d’engagement que le destinataire a porté sur sa commande.',
    },
    platformText: 'Numéro d’engagement obligatoire pour ce destinataire ({place}).',
    severity: 'fatal',
    at: 'engagement',
    isBroken: (question, entry) =>
      question.engagement.value === null &&
      (entry?.needsEngagement === true || serviceOf(question, entry)?.needsEngagement === true),
  },
  {
    id: 'BR-FR-CPRO-13',
    terms: ['BT-10', 'BT-13'],
    code: 'ERR_FCT_002',
    message: {
      en: 'This recipient wants a service code or an engagement number, and the invoice gives neither.',
      fr: 'Ce destinataire exige un code service ou un numéro d’engagement, et la facture ne donne ni l’un ni l’autre.',
    },
    remedy: {
      en: 'Give the service code (BT-10) or the engagement number (BT-13).',
      fr: 'Indiquez le code service (BT-10) ou le numéro d’engagement (BT-13).',
    },
    platformText: 'Code service ou numéro d’engagement obligatoire ({place}).',
    severity: 'fatal',
    at: 'recipient',
    isBroken: ({ service, engagement }, entry) =>
      entry?.needsServiceOrEngagement === true &&
      service.value === null &&
      engagement.value === null,
  },
]

/** Judges the recipient of one invoice by its entry; undefined = the directory has none. */
export function judgeRecipient(
  question: RecipientQuestion,
  entry: DirectoryEntry | undefined,
  settings: RuleSettings,
  origin: { readonly part: number; readonly file: string; readonly invoice?: string },
): Finding[] {
  return DIRECTORY_RULES.filter((rule) => rule.isBroken(question, entry, settings)).map((rule) =>
    motiveFinding(rule.code, {
      ...origin,
      rule: rule.id,
      severity: typeof rule.severity === 'function' ? rule.severity(settings) : rule.severity,
      ...question[rule.at].place,
      terms: rule.terms,
      message: rule.message,
      remedy: rule.remedy,
      platformText: rule.platformText,
    }),
  )
}
