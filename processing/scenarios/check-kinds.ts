import { choice, flowName, number, text } from './step-parameter.ts'
import { FLOW, GATEWAY_SECONDS, same, type StepKindRow } from './step-kind-row.ts'

/** What is looked at in the gateway’s record. */
export const CHECK_KINDS = {
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
      status: choice(
        ['90', '93', '96', '99'],
        'IdStatut of the report; 99 is none of the published ones.',
        'IdStatut du compte rendu ; 99 n’est pas publié.',
      ),
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
  'status-flow-says': {
    verb: 'check',
    parameters: {
      flow: flowName(),
      status: text('03', 'Status that the invoices were given.', 'Statut donné aux factures.'),
      says: text('03', 'Code that stands in its place.', 'Code écrit à sa place.'),
    },
    meaning: {
      en: 'The life-cycle flow that tells a status of the invoices says that code, and no other that is unknown.',
      fr: 'Le flux de cycle de vie qui annonce un statut des factures porte ce code, et aucun autre qui soit inconnu.',
    },
    say: same('The life-cycle flow is read.', 'Le flux de cycle de vie est lu.'),
    expected: ({ status, says }) => ({
      en: `status ${status} told as ${says}`,
      fr: `statut ${status} annoncé ${says}`,
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
  'gateway-key': {
    verb: 'check',
    parameters: {
      flow: flowName(),
      is: choice(
        ['present', 'next'],
        'The key as it was before it was renewed, or the one that follows it.',
        'La clé d’avant le renouvellement, ou celle qui la suit.',
      ),
    },
    meaning: {
      en: 'With which of its keys the gateway stood when a flow came.',
      fr: 'Avec laquelle de ses clés la passerelle s’est présentée quand un flux est venu.',
    },
    say: same('The key that was met is looked at.', 'La clé rencontrée est vérifiée.'),
    expected: ({ is }) => ({
      en: is === 'next' ? 'the next key' : 'the present key',
      fr: is === 'next' ? 'la prochaine clé' : 'la clé actuelle',
    }),
    withinSeconds: GATEWAY_SECONDS,
  },
  certificate: {
    verb: 'check',
    parameters: {
      flow: flowName(),
      than: flowName('Compared with this flow.', 'Comparé à ce flux.'),
      is: choice(['other', 'same'], 'The same, or another one.', 'Le même, ou un autre.'),
    },
    meaning: {
      en: 'With which certificate the partner sent a flow: that of another flow, or not.',
      fr: 'Avec quel certificat le partenaire a envoyé un flux : celui d’un autre flux, ou non.',
    },
    say: same('The certificate is looked at.', 'Le certificat est vérifié.'),
    expected: ({ is, than }) => ({
      en: `${is === 'same' ? 'the same as' : 'another than'} that of "${than}"`,
      fr: `${is === 'same' ? 'le même que' : 'un autre que'} celui de « ${than} »`,
    }),
    withinSeconds: GATEWAY_SECONDS,
  },
  'receipt-posted': {
    verb: 'check',
    parameters: FLOW,
    meaning: {
      en: 'AS2: the receipt of a flow was posted to the partner’s URL, and taken there.',
      fr: 'AS2 : l’accusé d’un flux a été posté à l’URL du partenaire, qui l’a pris.',
    },
    say: same('The receipt is looked at.', 'L’accusé est vérifié.'),
    expected: same('the receipt posted and taken', 'l’accusé posté et pris'),
    withinSeconds: GATEWAY_SECONDS,
  },
} as const satisfies Readonly<Record<string, StepKindRow>>
