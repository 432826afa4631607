import type { BilingualText, ProtocolName } from '../../flow.ts'
import type { ScenarioDocument, ScenarioStep } from '../../qualification/qualification.ts'

/** Ways our own partner side can go wrong, so that a scenario can be seen to fail. */
interface MisbehaviourRow {
  readonly meaning: BilingualText
  /** The steps of a partner it spoils. */
  readonly spoils: (step: ScenarioStep) => boolean
  /** Which one does not pass for it, where that is another. */
  readonly shows?: (step: ScenarioStep, protocol: ProtocolName) => boolean
}

const isFlow = ({ kind, values }: ScenarioStep): boolean =>
  kind === 'flow' && values['until'] !== 'taken'

/** Steps in which the partner sends. */
const SENDING = new Set(['flow', 'flows', 'meets-fault', 'refused', 'turned-away'])

export const MISBEHAVIOURS = {
  silent: {
    meaning: { en: 'sends nothing at all', fr: 'n’envoie rien du tout' },
    spoils: ({ kind }) => SENDING.has(kind),
  },
  'all-good': {
    meaning: {
      en: 'sends correct invoices where a bad one is wanted',
      fr: 'envoie des factures correctes là où une incorrecte est voulue',
    },
    spoils: (step) => isFlow(step) && Number(step.values['bad']) > 0,
  },
  'bad-invoice': {
    meaning: {
      en: 'sends a bad invoice where correct ones are wanted',
      fr: 'envoie une facture incorrecte là où des correctes sont voulues',
    },
    spoils: (step) => isFlow(step) && Number(step.values['bad']) === 0,
  },
  'too-few': {
    meaning: { en: 'sends one invoice less', fr: 'envoie une facture de moins' },
    spoils: (step) =>
      step.kind === 'flows' || (isFlow(step) && Number(step.values['invoices']) > 1),
  },
  'no-fetch': {
    meaning: { en: 'takes no report', fr: 'ne prend aucun compte rendu' },
    spoils: ({ kind }) => kind === 'report' || kind === 'reports',
  },
  'no-second-fetch': {
    meaning: {
      en: 'does not ask again for a report that it has fetched',
      fr: 'ne redemande pas un compte rendu déjà récupéré',
    },
    spoils: ({ kind }) => kind === 'fetch-again',
  },
  'no-status': {
    meaning: { en: 'takes no life-cycle flow', fr: 'ne prend aucun flux de cycle de vie' },
    spoils: ({ kind }) => kind === 'status-flow',
  },
  'no-retry': {
    meaning: {
      en: 'does not send again what was not acknowledged',
      fr: 'ne renvoie pas ce qui n’a pas été acquitté',
    },
    spoils: ({ kind }) => kind === 'recovers' || kind === 'flow-again',
  },
  'new-name': {
    meaning: {
      en: 'sends the same content under a new name',
      fr: 'envoie le même contenu sous un nouveau nom',
    },
    spoils: ({ kind }) => kind === 'flow-again' || kind === 'quiet',
  },
  'no-misdeed': {
    meaning: {
      en: 'sends a correct flow where a refusal is wanted',
      fr: 'envoie un flux correct là où un refus est voulu',
    },
    spoils: ({ kind }) => kind === 'refused',
  },
  'answers-no': {
    meaning: { en: 'answers no to every question', fr: 'répond non à chaque question' },
    spoils: ({ kind }) => kind === 'question' || kind === 'key-learned',
  },
  'sync-receipt': {
    meaning: {
      en: 'asks for the receipt in the answer where it is to come later',
      fr: 'demande l’accusé dans la réponse là où il doit venir plus tard',
    },
    spoils: ({ kind, values }) => kind === 'flow' && values['receipt'] === 'async',
    shows: ({ kind }) => kind === 'receipt-posted',
  },
  'old-key': {
    meaning: {
      en: 'says that it knows the gateway’s next key, and does not',
      fr: 'dit connaître la prochaine clé de la passerelle, et ne la connaît pas',
    },
    spoils: ({ kind }) => kind === 'key-learned',
    // Over AS2 it encrypts for the key before, which still opens what comes.
    shows: ({ kind, values }, protocol) =>
      protocol === 'as2'
        ? kind === 'gateway-key' && values['is'] === 'next'
        : kind === 'flow' && values['as'] === 'after',
  },
  'old-certificate': {
    meaning: {
      en: 'goes on with its present certificate once the next one is registered',
      fr: 'continue avec son certificat actuel une fois le suivant déclaré',
    },
    spoils: ({ kind }) => kind === 'question',
    shows: ({ kind, values }) => kind === 'certificate' && values['is'] === 'other',
  },
} as const satisfies Readonly<Record<string, MisbehaviourRow>>

export type Misbehaviour = keyof typeof MISBEHAVIOURS
export const MISBEHAVIOUR_NAMES = Object.keys(MISBEHAVIOURS) as readonly Misbehaviour[]

/** Number of the first step that a partner who goes wrong so does not pass; undefined: none. */
export function spoiledStep(
  { steps }: ScenarioDocument,
  what: Misbehaviour,
  protocol: ProtocolName,
): number | undefined {
  const { spoils, shows }: MisbehaviourRow = MISBEHAVIOURS[what]
  if (!steps.some(spoils)) return undefined
  const index = steps.findIndex((step) =>
    shows === undefined ? spoils(step) : shows(step, protocol),
  )
  return index === -1 ? undefined : index + 1
}
