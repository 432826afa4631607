import type { BilingualText } from '../../gateway/flow.ts'
import type { StepValues, StepVerb } from '../../gateway/qualification/qualification.ts'
import { choice, flowName, number, text, type StepParameter } from './step-parameter.ts'

/** One kind of step; docs/scenarios.md and the API read the same rows. */
export interface StepKindRow {
  readonly verb: StepVerb
  readonly parameters: Readonly<Record<string, StepParameter>>
  readonly meaning: BilingualText
  /** What must be done now, told to the tester unless the scenario says it in its own words. */
  readonly say: (values: StepValues) => BilingualText
  /** What the step passes with. */
  readonly expected: (values: StepValues) => BilingualText
  /** Unless the scenario says. */
  readonly withinSeconds: number
}

const PARTNER_SECONDS = 900
const GATEWAY_SECONDS = 120
const TESTER_SECONDS = 86_400

/** What can be wrong with the bad invoices of a flow; our own partner side makes them so. */
const FLOW_FAULTS = [
  'wrong-total',
  'no-number',
  'no-date',
  'no-lines',
  'comma-in-amount',
  'cut',
  'no-recipient-siret',
  'unknown-recipient',
] as const

/** How a partner comes to be refused at the door. */
const DOOR_MISDEEDS = [
  'identifier-taken',
  'name-malformed',
  'content-cut',
  'other-application-code',
  'report-direction',
] as const

const FLOW = { flow: flowName() }

const same = (en: string, fr: string) => (): BilingualText => ({ en, fr })
const isBad = ({ bad }: StepValues): boolean => Number(bad) > 0
const plural = (count: string | number | undefined, one: string): string =>
  `${count} ${one}${Number(count) === 1 ? '' : 's'}`

function flowText(values: StepValues, start: BilingualText): BilingualText {
  const { invoices, bad, suppliers, mode } = values
  const what = (invoice: string, any: string): string =>
    Number(invoices) === 0 ? any : plural(invoices, invoice)
  const en = [
    `${start.en} with ${what('invoice', 'any number of invoices')}`,
    isBad(values) ? `, of which ${bad} incorrect (${values['fault']})` : ', all correct',
    Number(suppliers) > 1 ? `, of ${suppliers} suppliers` : '',
    mode === 'ANY' ? '' : `, under a code in ${String(mode).toLowerCase()} mode`,
  ]
  const fr = [
    `${start.fr} de ${what('facture', 'factures, quel que soit leur nombre')}`,
    isBad(values) ? `, dont ${bad} incorrecte(s) (${values['fault']})` : ', toutes correctes',
    Number(suppliers) > 1 ? `, de ${suppliers} fournisseurs` : '',
    mode === 'ANY' ? '' : `, sous un code en mode ${mode === 'PARTIAL' ? 'partiel' : 'complet'}`,
  ]
  return { en: `${en.join('')}.`, fr: `${fr.join('')}.` }
}

export const STEP_KINDS = {
  flow: {
    verb: 'expect',
    parameters: {
      as: flowName('The name it has from then on.', 'Le nom qu’il porte ensuite.'),
      invoices: number(1, 0, 5_000, 'How many; 0 = any.', 'Combien ; 0 = peu importe.'),
      bad: number(0, 0, 5_000, 'How many incorrect.', 'Combien d’incorrectes.'),
      fault: choice(FLOW_FAULTS, 'What is wrong with them.', 'Leur anomalie.'),
      suppliers: number(1, 1, 50, 'Of how many suppliers.', 'De combien de fournisseurs.'),
      mode: choice(
        ['ANY', 'PARTIAL', 'COMPLETE'],
        'Mode of its interface code.',
        'Mode de son code interface.',
      ),
      until: choice(
        ['decided', 'taken'],
        'Passes once it is decided, or at once when it is taken in charge.',
        'Réussit une fois décidé, ou dès la prise en charge.',
      ),
    },
    meaning: {
      en: 'The partner sends a flow; it is taken in charge, and decided.',
      fr: 'Le partenaire envoie un flux ; il est pris en charge, puis décidé.',
    },
    say: (values) => flowText(values, { en: 'Send a flow', fr: 'Envoyez un flux' }),
    expected: (values) => flowText(values, { en: 'a flow', fr: 'un flux' }),
    withinSeconds: PARTNER_SECONDS,
  },
  'flow-again': {
    verb: 'expect',
    parameters: FLOW,
    meaning: {
      en: 'The partner sends the identical flow again: same name, same content.',
      fr: 'Le partenaire renvoie le flux identique : même nom, même contenu.',
    },
    say: ({ flow }) => ({
      en: `Send the flow "${flow}" again: same name, same content.`,
      fr: `Renvoyez le flux « ${flow} » : même nom, même contenu.`,
    }),
    expected: same(
      'the same flow again, recognised as the one that was taken',
      'le même flux de nouveau, reconnu comme celui déjà pris en charge',
    ),
    withinSeconds: PARTNER_SECONDS,
  },
  refused: {
    verb: 'expect',
    parameters: {
      code: text('IDENTIFIER_TAKEN', 'Code of the refusal.', 'Code du refus.'),
      how: choice(DOOR_MISDEEDS, 'What the partner does for it.', 'Ce que fait le partenaire.'),
      flow: flowName(),
    },
    meaning: {
      en: 'The partner is refused at the door, with that code.',
      fr: 'Le partenaire est refusé à l’entrée, avec ce code.',
    },
    say: ({ how, flow }) => MISDEED_TEXTS[String(how)]?.(String(flow)) ?? { en: '', fr: '' },
    expected: ({ code }) => ({
      en: `refused at the door: ${code}`,
      fr: `refus à l’entrée : ${code}`,
    }),
    withinSeconds: PARTNER_SECONDS,
  },
  report: {
    verb: 'expect',
    parameters: {
      flow: flowName(),
      times: number(1, 1, 20, 'How often it was delivered in all.', 'Nombre de remises en tout.'),
    },
    meaning: {
      en: 'The partner has the report on a flow: fetched whole, or acknowledged.',
      fr: 'Le partenaire a le compte rendu d’un flux : récupéré entier, ou acquitté.',
    },
    say: ({ flow }) => ({
      en: `Take the report on the flow "${flow}": fetch it, or acknowledge it when it is brought.`,
      fr: `Prenez le compte rendu du flux « ${flow} » : récupérez-le, ou acquittez-le à son arrivée.`,
    }),
    expected: ({ times }) => ({
      en: Number(times) === 1 ? 'the report delivered' : `the report delivered ${times} times`,
      fr: Number(times) === 1 ? 'le compte rendu remis' : `le compte rendu remis ${times} fois`,
    }),
    withinSeconds: PARTNER_SECONDS,
  },
  'status-flow': {
    verb: 'expect',
    parameters: {
      flow: flowName(),
      status: text('03', 'Status, two digits.', 'Statut, deux chiffres.'),
    },
    meaning: {
      en: 'The partner has the flow that tells that status of the invoices.',
      fr: 'Le partenaire a le flux qui annonce ce statut des factures.',
    },
    say: ({ status }) => ({
      en: `Take the life-cycle flow that tells status ${status}.`,
      fr: `Prenez le flux de cycle de vie qui annonce le statut ${status}.`,
    }),
    expected: ({ status }) => ({
      en: `a life-cycle flow with status ${status} delivered`,
      fr: `un flux de cycle de vie avec le statut ${status} remis`,
    }),
    withinSeconds: PARTNER_SECONDS,
  },
  'meets-fault': {
    verb: 'expect',
    parameters: {
      as: flowName('The flow it tries to send.', 'Le flux qu’il tente d’envoyer.'),
      times: number(1, 1, 100, 'How often.', 'Combien de fois.'),
      kibibytes: number(0, 0, 65_536, 'Of at least this size.', 'D’au moins cette taille.'),
    },
    meaning: {
      en: 'The partner tries to send a flow and meets the fault that was put.',
      fr: 'Le partenaire tente d’envoyer un flux et rencontre la panne posée.',
    },
    say: ({ kibibytes }) => ({
      en: `Send a flow with correct invoices${Number(kibibytes) > 0 ? ` of ${kibibytes} KiB at least` : ''}: a fault awaits it.`,
      fr: `Envoyez un flux de factures correctes${Number(kibibytes) > 0 ? ` d’au moins ${kibibytes} Kio` : ''} : une panne l’attend.`,
    }),
    expected: ({ times }) => ({
      en: `the fault met ${times}×`,
      fr: `la panne rencontrée ${times}×`,
    }),
    withinSeconds: PARTNER_SECONDS,
  },
  recovers: {
    verb: 'expect',
    parameters: {
      as: flowName('The flow that met the fault.', 'Le flux qui a rencontré la panne.'),
    },
    meaning: {
      en: 'After a fault the partner sends the same flow again, or goes on with it, and it is decided.',
      fr: 'Après une panne le partenaire renvoie ou poursuit le même flux, qui est décidé.',
    },
    say: same(
      'Send the flow that met the fault again, under the same name.',
      'Renvoyez, sous le même nom, le flux qui a rencontré la panne.',
    ),
    expected: same(
      'the same flow taken in charge and integrated',
      'le même flux pris en charge et intégré',
    ),
    withinSeconds: PARTNER_SECONDS,
  },
  quiet: {
    verb: 'expect',
    parameters: { seconds: number(30, 1, 3_600, 'How long.', 'Combien de temps.') },
    meaning: {
      en: 'The partner sends no further flow for that time.',
      fr: 'Le partenaire n’envoie aucun autre flux pendant ce temps.',
    },
    say: same('Send nothing more for now.', 'N’envoyez plus rien pour le moment.'),
    expected: same('no further flow', 'aucun autre flux'),
    withinSeconds: 3_600,
  },
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
  state: {
    verb: 'check',
    parameters: {
      flow: flowName(),
      is: text('IN_INTEGRE', 'Code of the state.', 'Code de l’état.'),
    },
    meaning: { en: 'A flow ended in that state.', fr: 'Un flux a fini dans cet état.' },
    say: same('The state is looked at.', 'L’état est vérifié.'),
    expected: ({ is }) => ({ en: String(is), fr: String(is) }),
    withinSeconds: GATEWAY_SECONDS,
  },
  counts: {
    verb: 'check',
    parameters: {
      flow: flowName(),
      integrated: number(1, 0, 5_000, 'Invoices integrated.', 'Factures intégrées.'),
      refused: number(0, 0, 5_000, 'Invoices not integrated.', 'Factures non intégrées.'),
    },
    meaning: {
      en: 'So many invoices of a flow are integrated, so many refused.',
      fr: 'Tant de factures d’un flux intégrées, tant de refusées.',
    },
    say: same('The invoices are counted.', 'Les factures sont comptées.'),
    expected: ({ integrated, refused }) => ({
      en: `${integrated} integrated, ${refused} refused`,
      fr: `${integrated} intégrée(s), ${refused} refusée(s)`,
    }),
    withinSeconds: GATEWAY_SECONDS,
  },
  'report-says': {
    verb: 'check',
    parameters: {
      flow: flowName(),
      status: choice(['90', '93', '96'], 'IdStatut of the report.', 'IdStatut du compte rendu.'),
    },
    meaning: {
      en: 'The report has that status, and names the incorrect invoices and no other.',
      fr: 'Le compte rendu a ce statut et nomme les factures incorrectes, et elles seules.',
    },
    say: same('The report is read.', 'Le compte rendu est lu.'),
    expected: ({ status }) => ({
      en: `status ${status}, exactly the incorrect invoices named`,
      fr: `statut ${status}, exactement les factures incorrectes nommées`,
    }),
    withinSeconds: GATEWAY_SECONDS,
  },
  finding: {
    verb: 'check',
    parameters: {
      flow: flowName(),
      rule: text('', 'Id of a rule, or its start.', 'Identifiant d’une règle, ou son début.'),
    },
    meaning: {
      en: 'The flow, or one of its invoices, was found at fault by that rule.',
      fr: 'Le flux, ou une de ses factures, est en défaut selon cette règle.',
    },
    say: same('The findings are looked at.', 'Les anomalies sont vérifiées.'),
    expected: ({ rule }) => ({ en: `a finding of ${rule}`, fr: `une anomalie ${rule}` }),
    withinSeconds: GATEWAY_SECONDS,
  },
  once: {
    verb: 'check',
    parameters: FLOW,
    meaning: {
      en: 'The content of a flow was taken in charge once.',
      fr: 'Le contenu d’un flux a été pris en charge une fois.',
    },
    say: same('Flows with this content are counted.', 'Les flux de ce contenu sont comptés.'),
    expected: same('taken in charge once', 'pris en charge une fois'),
    withinSeconds: GATEWAY_SECONDS,
  },
  'report-is': {
    verb: 'check',
    parameters: {
      flow: flowName(),
      is: choice(
        ['DELIVERED', 'OFFERED', 'HELD', 'EXPIRED', 'CANCELLED', 'FAILED'],
        'State of the report.',
        'État du compte rendu.',
      ),
    },
    meaning: { en: 'The report is in that state.', fr: 'Le compte rendu est dans cet état.' },
    say: same('The report’s state is looked at.', 'L’état du compte rendu est vérifié.'),
    expected: ({ is }) => ({ en: `report ${is}`, fr: `compte rendu ${is}` }),
    withinSeconds: GATEWAY_SECONDS,
  },
  resumed: {
    verb: 'check',
    parameters: FLOW,
    meaning: {
      en: 'The transfer of a flow went on where it was cut, instead of beginning anew.',
      fr: 'Le transfert d’un flux a repris où il fut coupé, au lieu de recommencer.',
    },
    say: same('The transfer is looked at.', 'Le transfert est vérifié.'),
    expected: same('resumed behind byte 0', 'repris après l’octet 0'),
    withinSeconds: GATEWAY_SECONDS,
  },
  overtakes: {
    verb: 'check',
    parameters: {
      flow: flowName('The flow that came.', 'Le flux arrivé.'),
      reportOf: flowName('Before the report on this one.', 'Avant le compte rendu de celui-ci.'),
    },
    meaning: {
      en: 'A flow was taken in charge before the report on an earlier one was there.',
      fr: 'Un flux a été pris en charge avant que le compte rendu d’un précédent ne soit là.',
    },
    say: same('Their order is looked at.', 'Leur ordre est vérifié.'),
    expected: ({ flow, reportOf }) => ({
      en: `"${flow}" taken before the report on "${reportOf}"`,
      fr: `« ${flow} » pris en charge avant le compte rendu de « ${reportOf} »`,
    }),
    withinSeconds: GATEWAY_SECONDS,
  },
  suppliers: {
    verb: 'check',
    parameters: {
      flow: flowName(),
      count: number(1, 1, 50, 'How many.', 'Combien.'),
    },
    meaning: {
      en: 'The invoices of a flow are of so many suppliers.',
      fr: 'Les factures d’un flux sont de tant de fournisseurs.',
    },
    say: same('The suppliers are counted.', 'Les fournisseurs sont comptés.'),
    expected: ({ count }) => ({ en: `${count} suppliers`, fr: `${count} fournisseurs` }),
    withinSeconds: GATEWAY_SECONDS,
  },
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
} as const satisfies Readonly<Record<string, StepKindRow>>

export type StepKind = keyof typeof STEP_KINDS

/** @returns undefined when there is no such kind */
export function findStepKind(name: string): StepKindRow | undefined {
  return Object.hasOwn(STEP_KINDS, name) ? STEP_KINDS[name as StepKind] : undefined
}

const RETURN_MOVE_TEXTS: Readonly<Record<string, string>> = {
  again: 'renvoi',
  hold: 'retenu',
  release: 'libéré',
  cancel: 'annulé',
}

const MISDEED_TEXTS: Readonly<Record<string, (flow: string) => BilingualText>> = {
  'identifier-taken': (flow) => ({
    en: `Send other content under the name of the flow "${flow}".`,
    fr: `Envoyez un autre contenu sous le nom du flux « ${flow} ».`,
  }),
  'name-malformed': () => ({
    en: 'Send a flow whose name breaks the rule.',
    fr: 'Envoyez un flux dont le nom ne respecte pas la règle.',
  }),
  'content-cut': () => ({
    en: 'Send an archive that is cut in the middle.',
    fr: 'Envoyez une archive coupée au milieu.',
  }),
  'other-application-code': () => ({
    en: 'Send a flow named with the application code of another connection (as a qualification code in production).',
    fr: 'Envoyez un flux nommé avec le code application d’un autre raccordement (comme un code de qualification en production).',
  }),
  'report-direction': () => ({
    en: 'Send a flow named as a return flow (CSO…).',
    fr: 'Envoyez un flux nommé comme un flux retour (CSO…).',
  }),
}
