import type { BilingualText } from '../../gateway/flow.ts'
import type { StepValues } from '../../gateway/qualification/qualification.ts'
import { choice, flowName, number, text } from './step-parameter.ts'
import { FLOW, PARTNER_SECONDS, same, type StepKindRow } from './step-kind-row.ts'

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

/** For many flows: a real system may send them one a minute. */
const VOLUME_SECONDS = 86_400

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
    values['session'] === 'new' ? ', in a new session' : '',
    values['receipt'] === 'async' ? ', its receipt asked for at your URL (asynchronous MDN)' : '',
  ]
  const fr = [
    `${start.fr} de ${what('facture', 'factures, quel que soit leur nombre')}`,
    isBad(values) ? `, dont ${bad} incorrecte(s) (${values['fault']})` : ', toutes correctes',
    Number(suppliers) > 1 ? `, de ${suppliers} fournisseurs` : '',
    mode === 'ANY' ? '' : `, sous un code en mode ${mode === 'PARTIAL' ? 'partiel' : 'complet'}`,
    values['session'] === 'new' ? ', dans une nouvelle session' : '',
    values['receipt'] === 'async' ? ', l’accusé demandé à votre URL (MDN asynchrone)' : '',
  ]
  return { en: `${en.join('')}.`, fr: `${fr.join('')}.` }
}
/** What is expected of the partner. */
export const EXPECT_KINDS = {
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
      session: choice(
        ['any', 'new'],
        'In a session that is open, or in one of its own.',
        'Dans une session ouverte, ou dans une nouvelle.',
      ),
      receipt: choice(
        ['any', 'async'],
        'AS2: how the receipt is asked for.',
        'AS2 : comment l’accusé est demandé.',
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
  'fetch-again': {
    verb: 'expect',
    parameters: FLOW,
    meaning: {
      en: 'The partner tries to fetch the report it has already fetched: it is gone, each is given once.',
      fr: 'Le partenaire tente de récupérer le compte rendu déjà récupéré : il n’y est plus, chacun étant remis une fois.',
    },
    say: ({ flow }) => ({
      en: `Try to fetch the report on the flow "${flow}" once more, by its whole name: it is gone.`,
      fr: `Tentez de récupérer encore le compte rendu du flux « ${flow} », par son nom entier : il n’y est plus.`,
    }),
    expected: same(
      'asked for in vain once it was delivered, and delivered once',
      'demandé en vain une fois remis, et remis une seule fois',
    ),
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
  flows: {
    verb: 'expect',
    parameters: {
      count: number(10, 1, 100_000, 'How many flows.', 'Combien de flux.'),
      invoices: number(1, 1, 500, 'Invoices in each.', 'Factures dans chacun.'),
    },
    meaning: {
      en: 'The partner sends so many flows; each is taken in charge and integrated, none lost, none twice.',
      fr: 'Le partenaire envoie autant de flux ; chacun est pris en charge et intégré, aucun perdu ni doublé.',
    },
    say: ({ count, invoices }) => ({
      en: `Send ${plural(count, 'flow')} of ${plural(invoices, 'correct invoice')} each.`,
      fr: `Envoyez ${count} flux de ${plural(invoices, 'facture')} correcte(s) chacun.`,
    }),
    expected: ({ count }) => ({
      en: `${count} flows taken in charge and integrated`,
      fr: `${count} flux pris en charge et intégrés`,
    }),
    withinSeconds: VOLUME_SECONDS,
  },
  reports: {
    verb: 'expect',
    parameters: { count: number(10, 1, 100_000, 'How many.', 'Combien.') },
    meaning: {
      en: 'The partner has the reports on so many flows of this run.',
      fr: 'Le partenaire a les comptes rendus d’autant de flux de ce déroulement.',
    },
    say: ({ count }) => ({
      en: `Take all ${count} reports.`,
      fr: `Prenez les ${count} comptes rendus.`,
    }),
    expected: ({ count }) => ({
      en: `${count} reports delivered`,
      fr: `${count} comptes rendus remis`,
    }),
    withinSeconds: VOLUME_SECONDS,
  },
  'certificate-added': {
    verb: 'expect',
    parameters: { flow: flowName('One sent with the present one.', 'Un envoyé avec l’actuel.') },
    meaning: {
      en: 'The partner’s next certificate is in force on the connection, beside the present one.',
      fr: 'Le prochain certificat du partenaire est en vigueur sur le raccordement, à côté de l’actuel.',
    },
    say: same(
      'Add your next certificate to the connection with a start date that has come, and have it put in force (certificate checking, then submit).',
      'Ajoutez votre prochain certificat au raccordement avec une date de début échue, et faites-le mettre en vigueur (contrôle du certificat, puis transmission).',
    ),
    expected: same('two certificates in force', 'deux certificats en vigueur'),
    withinSeconds: PARTNER_SECONDS,
  },
  'turned-away': {
    verb: 'expect',
    parameters: {
      as: flowName('The flow it tries to send.', 'Le flux qu’il tente d’envoyer.'),
    },
    meaning: {
      en: 'The partner tries to send a flow and is refused for what it shows itself by.',
      fr: 'Le partenaire tente d’envoyer un flux et est refusé pour ce qu’il présente.',
    },
    say: same(
      'Send a flow with correct invoices, in a new session: your certificate is over.',
      'Envoyez un flux de factures correctes, dans une nouvelle session : votre certificat a expiré.',
    ),
    expected: same('refused: CREDENTIAL_REFUSED', 'refus : CREDENTIAL_REFUSED'),
    withinSeconds: PARTNER_SECONDS,
  },
} as const satisfies Readonly<Record<string, StepKindRow>>

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
