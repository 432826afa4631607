import { same, TESTER_SECONDS, type StepKindRow } from './step-kind-row.ts'

/** What only a person can say. */
export const CONFIRM_KINDS = {
  question: {
    verb: 'confirm',
    parameters: {},
    meaning: {
      en: 'A question to the tester, who answers yes or no: what only the partner’s system shows.',
      fr: 'Une question au testeur, qui répond oui ou non : ce que seul montre le système partenaire.',
    },
    say: same('Is it so?', 'Est-ce bien le cas ?'),
    expected: same('confirmed', 'confirmé'),
    withinSeconds: TESTER_SECONDS,
  },
  'key-learned': {
    verb: 'confirm',
    parameters: {},
    meaning: {
      en: 'The tester says that the partner’s system knows the gateway’s next key.',
      fr: 'Le testeur dit que le système partenaire connaît la prochaine clé de la passerelle.',
    },
    say: same(
      'Give your system the gateway’s next key, beside the present one (raccord connection kit, or GET /api/v1/gateway). Does it know both?',
      'Donnez à votre système la prochaine clé de la passerelle, à côté de l’actuelle (raccord connection kit, ou GET /api/v1/gateway). Connaît-il les deux ?',
    ),
    expected: same('both keys known', 'les deux clés connues'),
    withinSeconds: TESTER_SECONDS,
  },
} as const satisfies Readonly<Record<string, StepKindRow>>
