import type { BilingualText } from '../../flow.ts'
import type { ScenarioDocument, ScenarioStep } from '../../qualification/qualification.ts'

/** Ways our own partner side can go wrong, so that a scenario can be seen to fail. */
interface MisbehaviourRow {
  readonly meaning: BilingualText
  /** The steps of a partner it spoils. */
  readonly spoils: (step: ScenarioStep) => boolean
}

const isFlow = ({ kind, values }: ScenarioStep): boolean =>
  kind === 'flow' && values['until'] !== 'taken'

export const MISBEHAVIOURS = {
  silent: {
    meaning: { en: 'sends nothing at all', fr: 'n’envoie rien du tout' },
    spoils: ({ kind }) => ['flow', 'meets-fault', 'refused'].includes(kind),
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
    spoils: (step) => isFlow(step) && Number(step.values['invoices']) > 1,
  },
  'no-fetch': {
    meaning: { en: 'takes no report', fr: 'ne prend aucun compte rendu' },
    spoils: ({ kind }) => kind === 'report',
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
    spoils: ({ kind }) => kind === 'question',
  },
} as const satisfies Readonly<Record<string, MisbehaviourRow>>

export type Misbehaviour = keyof typeof MISBEHAVIOURS
export const MISBEHAVIOUR_NAMES = Object.keys(MISBEHAVIOURS) as readonly Misbehaviour[]

/** Number of the first step that a partner who goes wrong so does not pass; undefined: none. */
export function spoiledStep(scenario: ScenarioDocument, what: Misbehaviour): number | undefined {
  const index = scenario.steps.findIndex((step) => MISBEHAVIOURS[what].spoils(step))
  return index === -1 ? undefined : index + 1
}
