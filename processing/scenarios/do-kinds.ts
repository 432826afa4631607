import { choice, flowName, number, text } from './step-parameter.ts'
import { GATEWAY_SECONDS, same, type StepKindRow } from './step-kind-row.ts'

/** What the gateway does. */
export const DO_KINDS = {
  fault: {
    verb: 'do',
    parameters: {
      name: text('no-answer', 'Of the catalogue of faults.', 'Du catalogue des pannes.'),
      values: text('', 'Its parameters: name=value name=value.', 'Ses paramètres : nom=valeur.'),
      next: number(1, 1, 1_000, 'Acts so many times.', 'Agit autant de fois.'),
    },
    meaning: {
      en: 'A fault is put on the connection; the run ends it.',
      fr: 'Une panne est posée sur le raccordement ; le déroulement la lève.',
    },
    say: ({ name }) => ({ en: `The fault ${name} is put.`, fr: `La panne ${name} est posée.` }),
    expected: ({ name }) => ({ en: `${name} active`, fr: `${name} active` }),
    withinSeconds: GATEWAY_SECONDS,
  },
  'clear-faults': {
    verb: 'do',
    parameters: {},
    meaning: {
      en: 'The faults of this run end now.',
      fr: 'Les pannes de ce déroulement sont levées.',
    },
    say: same('Its faults are ended.', 'Ses pannes sont levées.'),
    expected: same('no fault of this run', 'aucune panne de ce déroulement'),
    withinSeconds: GATEWAY_SECONDS,
  },
  'advance-clock': {
    verb: 'do',
    isAlone: true,
    parameters: { seconds: number(86_400, 1, 315_360_000, 'How far.', 'De combien.') },
    meaning: {
      en: 'The gateway’s clock moves forward; the run sets it right at its end.',
      fr: 'L’horloge de la passerelle avance ; le déroulement la remet à la fin.',
    },
    say: ({ seconds }) => ({
      en: `The clock moves on by ${seconds} s.`,
      fr: `L’horloge avance de ${seconds} s.`,
    }),
    expected: ({ seconds }) => ({ en: `${seconds} s later`, fr: `${seconds} s plus tard` }),
    withinSeconds: GATEWAY_SECONDS,
  },
  'reset-clock': {
    verb: 'do',
    isAlone: true,
    parameters: {},
    meaning: {
      en: 'The clock goes back to what it was before the run.',
      fr: 'L’horloge revient à ce qu’elle était avant le déroulement.',
    },
    say: same('The clock is set right.', 'L’horloge est remise à l’heure.'),
    expected: same('the clock as before', 'l’horloge comme avant'),
    withinSeconds: GATEWAY_SECONDS,
  },
  purge: {
    verb: 'do',
    isAlone: true,
    parameters: {},
    meaning: {
      en: 'What nobody fetched in time is withdrawn at once.',
      fr: 'Ce que personne n’a récupéré à temps est retiré aussitôt.',
    },
    say: same(
      'Reports out of their time are withdrawn.',
      'Les comptes rendus périmés sont retirés.',
    ),
    expected: same('the purge done', 'la purge faite'),
    withinSeconds: GATEWAY_SECONDS,
  },
  'move-invoices': {
    verb: 'do',
    parameters: {
      flow: flowName(),
      to: text('03', 'Status, two digits.', 'Statut, deux chiffres.'),
    },
    meaning: {
      en: 'The recipient moves the invoices of a flow to that status.',
      fr: 'Le destinataire fait passer les factures d’un flux à ce statut.',
    },
    say: ({ to }) => ({
      en: `The invoices go to status ${to}.`,
      fr: `Les factures passent au statut ${to}.`,
    }),
    expected: ({ to }) => ({ en: `status ${to}`, fr: `statut ${to}` }),
    withinSeconds: GATEWAY_SECONDS,
  },
  'return-flow': {
    verb: 'do',
    parameters: {
      flow: flowName(),
      move: choice(
        ['again', 'hold', 'release', 'cancel'],
        'What is done with its report.',
        'Ce qui est fait de son compte rendu.',
      ),
    },
    meaning: {
      en: 'An operator’s move on the report of a flow.',
      fr: 'Une opération d’exploitant sur le compte rendu d’un flux.',
    },
    say: ({ move }) => ({
      en: `The report: ${move}.`,
      fr: `Le compte rendu : ${RETURN_MOVE_TEXTS[String(move)] ?? move}.`,
    }),
    expected: ({ move }) => ({ en: `${move} done`, fr: 'opération faite' }),
    withinSeconds: GATEWAY_SECONDS,
  },
  'renew-key': {
    verb: 'do',
    isAlone: true,
    parameters: {
      overlapSeconds: number(
        3_600,
        0,
        31_536_000,
        'How long it is published before it is used.',
        'Durée de publication avant usage.',
      ),
    },
    meaning: {
      en: 'The gateway gets its next key for the protocol; the one in use stays accepted.',
      fr: 'La passerelle reçoit sa prochaine clé pour le protocole ; l’actuelle reste acceptée.',
    },
    say: same('The gateway’s next key is made.', 'La prochaine clé de la passerelle est créée.'),
    expected: same('a next key published', 'une prochaine clé publiée'),
    withinSeconds: GATEWAY_SECONDS,
  },
  'pass-certificate': {
    verb: 'do',
    isAlone: true,
    parameters: {},
    meaning: {
      en: 'The clock moves past the end of the partner’s certificates; the run sets it right at its end.',
      fr: 'L’horloge passe la fin des certificats du partenaire ; le déroulement la remet à la fin.',
    },
    say: same('The certificate’s end is passed.', 'La fin du certificat est dépassée.'),
    expected: same('no certificate in force', 'aucun certificat en vigueur'),
    withinSeconds: GATEWAY_SECONDS,
  },
} as const satisfies Readonly<Record<string, StepKindRow>>

const RETURN_MOVE_TEXTS: Readonly<Record<string, string>> = {
  again: 'renvoi',
  hold: 'retenu',
  release: 'libéré',
  cancel: 'annulé',
}
