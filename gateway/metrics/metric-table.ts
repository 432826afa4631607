import type { BilingualText } from '../flow.ts'

/** One metric of a gateway: what code counts by, /metrics shows and docs/metrics.md lists. */
export interface MetricRow {
  readonly kind: 'counter' | 'gauge' | 'histogram'
  /** Each a closed list, or bounded as `LABEL_VALUES` says: nothing a partner writes is a label. */
  readonly labels: readonly MetricLabel[]
  /**
   * `own`: what this process did, to be added up over processes. `shared`: what every process with
   * one of `roles` reads at the same place, of which the largest is taken.
   */
  readonly of: 'own' | 'shared'
  /** Who has it; the others never give a value. */
  readonly roles: readonly ('listeners' | 'workers' | 'delivery' | 'api')[]
  readonly meaning: BilingualText
  /** Upper bounds of a histogram, in the unit of its name. */
  readonly buckets?: readonly number[]
}

export type MetricLabel = keyof typeof LABEL_VALUES

/** What may stand in a label: the bound of each. */
export const LABEL_VALUES = {
  protocol: 'a protocol: `sftp`, `as2`, `pesit`',
  code: 'an interface code of the catalogue, else `other`',
  outcome: 'a word of the metric’s own, below',
  reason: 'a refusal code (docs/errors.md)',
  result: 'what became of the return flow, below',
  stage: 'a stage of a flow, or a kind of job, below',
  connection: 'an application code; the 200 connections whose certificate ends first',
  rule: 'a rule of alerts',
  severity: '`warning` or `critical`',
  dependency: 'a check of `/readyz`',
  version: 'of the program',
  environment: '`qualification` or `production`',
  journal: 'its engine',
  queue: 'its engine',
  payloads: 'its engine',
} as const

/** Connections that `raccord_certificate_expiry_seconds` names, at most. */
export const MAX_NAMED_CONNECTIONS = 200

const EVERY_ROLE = ['listeners', 'workers', 'delivery', 'api'] as const

/** Names: design, console §9. */
export const METRICS = {
  raccord_flows_total: {
    kind: 'counter',
    labels: ['protocol', 'code', 'outcome'],
    of: 'own',
    roles: ['listeners', 'workers'],
    meaning: {
      en: 'Flows. `received` (taken in charge) and `sent_again` (the same content once more) are counted by listeners; the last state of a flow, `IN_INTEGRE` and others, by the worker that decided it, once.',
      fr: 'Flux. `received` (pris en charge) et `sent_again` (même contenu renvoyé) : comptés par les écouteurs ; dernier état du flux, `IN_INTEGRE` et autres : compté une fois par le processus qui a décidé.',
    },
  },
  raccord_flow_seconds: {
    kind: 'histogram',
    labels: ['stage'],
    of: 'own',
    roles: ['workers'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600],
    meaning: {
      en: 'Time a stage took of each flow, in seconds; `total`: from reception to decision, waiting included.',
      fr: 'Durée de chaque étape d’un flux, en secondes ; `total` : de la réception à la décision, attente comprise.',
    },
  },
  raccord_invoices_total: {
    kind: 'counter',
    labels: ['outcome'],
    of: 'own',
    roles: ['workers'],
    meaning: {
      en: 'Invoices of decided flows: `integrated`, `refused`. Each counts once, however often its flow was tried.',
      fr: 'Factures des flux décidés : `integrated`, `refused`. Chacune compte une fois, quel que soit le nombre d’essais.',
    },
  },
  raccord_sessions: {
    kind: 'gauge',
    labels: ['protocol'],
    of: 'own',
    roles: ['listeners'],
    meaning: {
      en: 'Partner sessions open now.',
      fr: 'Sessions de partenaires ouvertes.',
    },
  },
  raccord_refused_total: {
    kind: 'counter',
    labels: ['protocol', 'reason'],
    of: 'own',
    roles: ['listeners'],
    meaning: {
      en: 'Refused at the door: no flow exists.',
      fr: 'Refus à la porte : aucun flux n’existe.',
    },
  },
  raccord_reports_total: {
    kind: 'counter',
    labels: ['result'],
    of: 'own',
    roles: ['listeners', 'workers', 'delivery'],
    meaning: {
      en: 'Return flows: `offered` with the decision, `delivered` once read whole or proved by the partner, `retried` after an attempt that failed, `failed` when given up, `expired` when nobody fetched them.',
      fr: 'Flux retour : `offered` avec la décision, `delivered` une fois lus en entier ou prouvés par le partenaire, `retried` après un essai échoué, `failed` si abandonnés, `expired` si personne ne les a retirés.',
    },
  },
  raccord_queue_depth: {
    kind: 'gauge',
    labels: ['stage'],
    of: 'shared',
    roles: ['workers', 'api'],
    meaning: {
      en: 'Jobs alive in the work queue, those in hand included, by kind: `extract`, `chunk`, `decide`. No value while the queue is away.',
      fr: 'Travaux dans la file, ceux en cours compris, par sorte : `extract`, `chunk`, `decide`. Sans valeur tant que la file est absente.',
    },
  },
  raccord_certificate_expiry_seconds: {
    kind: 'gauge',
    labels: ['connection'],
    of: 'shared',
    roles: ['api', 'workers'],
    meaning: {
      en: 'Seconds until an open connection has no valid certificate left; negative once it ended.',
      fr: 'Secondes avant qu’un raccordement ouvert n’ait plus de certificat valide ; négatif ensuite.',
    },
  },
  raccord_alerts_open: {
    kind: 'gauge',
    labels: ['rule', 'severity'],
    of: 'shared',
    roles: ['api', 'workers'],
    meaning: {
      en: 'Alerts that are open, acknowledged and silenced ones too.',
      fr: 'Alertes ouvertes, prises en charge ou en sourdine comprises.',
    },
  },
  raccord_faults_active: {
    kind: 'gauge',
    labels: [],
    of: 'own',
    roles: EVERY_ROLE,
    meaning: {
      en: 'Faults on demand that are in force.',
      fr: 'Pannes à la demande en vigueur.',
    },
  },
  raccord_dependency_up: {
    kind: 'gauge',
    labels: ['dependency'],
    of: 'own',
    roles: EVERY_ROLE,
    meaning: {
      en: '1 when what `/readyz` asks answers well, else 0.',
      fr: '1 si ce que `/readyz` interroge répond bien, sinon 0.',
    },
  },
  raccord_build_info: {
    kind: 'gauge',
    labels: ['version', 'environment', 'journal', 'queue', 'payloads'],
    of: 'own',
    roles: EVERY_ROLE,
    meaning: {
      en: 'Always 1: what runs, on which engines.',
      fr: 'Toujours 1 : ce qui tourne, sur quels moteurs.',
    },
  },
} as const satisfies Readonly<Record<string, MetricRow>>

export type MetricName = keyof typeof METRICS

/** Those of a kind. */
export type MetricOf<Kind extends MetricRow['kind']> = {
  [Name in MetricName]: (typeof METRICS)[Name]['kind'] extends Kind ? Name : never
}[MetricName]

/** One value for each label of a metric. */
export type LabelsOf<Name extends MetricName> = Readonly<
  Record<(typeof METRICS)[Name]['labels'][number], string>
>
