import type { BilingualText } from '../flow.ts'
import type { GlobalRole } from './actor.ts'

/** What a person is in one structure; each is a field of `StructureRights`. */
export type LocalRole = 'member' | 'manager' | 'show' | 'modify' | 'tester'

/** Who is allowed: by a global role, by what he is in the structure, or without either. */
export type PermittedRole = GlobalRole | LocalRole | 'signed-in' | 'anyone'

export interface PermissionRow {
  /**
   * `none`: before any sign-in. `self`: what is one's own, or the same for everybody. `structure`:
   * asked for one structure. `global`: the whole gateway.
   */
  readonly scope: 'none' | 'self' | 'structure' | 'global'
  readonly roles: readonly PermittedRole[]
  /** The structure's area has to be open, for a manager too. */
  readonly needsArea?: true
  /** Refused to tokens: a token must not make another one, nor change its owner's password. */
  readonly personOnly?: true
  readonly meaning: BilingualText
}

const EVERY_GLOBAL = ['operator', 'auditor', 'administrator'] as const
const READERS = ['show', 'modify', 'tester', 'manager', ...EVERY_GLOBAL] as const
const WRITERS = ['modify', 'manager', 'operator', 'administrator'] as const

/** One row a permission; the routes of the API name them, and so do the scopes of tokens. */
export const PERMISSIONS = {
  'session.start': {
    scope: 'none',
    roles: ['anyone'],
    meaning: { en: 'Sign in', fr: 'Se connecter' },
  },
  'session.show': {
    scope: 'self',
    roles: ['signed-in'],
    meaning: { en: 'See who one is, and one’s rights', fr: 'Voir qui l’on est et ses droits' },
  },
  'session.end': {
    scope: 'self',
    roles: ['signed-in'],
    meaning: { en: 'Sign out', fr: 'Se déconnecter' },
  },
  'user.self': {
    scope: 'self',
    roles: ['signed-in'],
    meaning: {
      en: 'See and change one’s own account',
      fr: 'Voir et modifier son propre compte',
    },
  },
  'user.password': {
    scope: 'self',
    roles: ['signed-in'],
    personOnly: true,
    meaning: { en: 'Change one’s own password', fr: 'Changer son mot de passe' },
  },
  'user.list': {
    scope: 'global',
    roles: ['administrator'],
    meaning: { en: 'List users', fr: 'Lister les utilisateurs' },
  },
  'user.show': {
    scope: 'global',
    roles: ['administrator'],
    meaning: { en: 'See a user', fr: 'Voir un utilisateur' },
  },
  'user.write': {
    scope: 'global',
    roles: ['administrator'],
    meaning: {
      en: 'Make, change and block users, give global roles',
      fr: 'Créer, modifier et bloquer des utilisateurs, donner des rôles globaux',
    },
  },
  'user.reset-password': {
    scope: 'global',
    roles: ['administrator'],
    meaning: { en: 'Give a temporary password', fr: 'Donner un mot de passe provisoire' },
  },
  'token.own': {
    scope: 'self',
    roles: ['signed-in'],
    personOnly: true,
    meaning: {
      en: 'Make, list and revoke one’s own tokens',
      fr: 'Créer, lister et révoquer ses propres jetons',
    },
  },
  'token.list-all': {
    scope: 'global',
    roles: ['administrator'],
    meaning: {
      en: 'List and revoke the tokens of everybody',
      fr: 'Lister et révoquer les jetons de tous',
    },
  },
  'structure.list': {
    scope: 'structure',
    roles: ['member', 'manager', ...EVERY_GLOBAL],
    meaning: { en: 'List structures', fr: 'Lister les structures' },
  },
  'structure.show': {
    scope: 'structure',
    roles: ['member', 'manager', ...EVERY_GLOBAL],
    meaning: { en: 'See a structure', fr: 'Voir une structure' },
  },
  'structure.write': {
    scope: 'global',
    roles: ['administrator'],
    meaning: {
      en: 'Make, rename and close structures (production)',
      fr: 'Créer, renommer et fermer des structures (production)',
    },
  },
  'dataset.generate': {
    scope: 'global',
    roles: ['operator', 'administrator'],
    meaning: {
      en: 'Generate a data set of fictional structures (qualification)',
      fr: 'Générer un matelas de données (qualification)',
    },
  },
  'fault.list': {
    scope: 'global',
    roles: [...EVERY_GLOBAL],
    meaning: { en: 'See the faults on demand', fr: 'Voir les pannes à la demande' },
  },
  'fault.write': {
    scope: 'global',
    roles: ['operator', 'administrator'],
    meaning: {
      en: 'Put and clear faults on demand (qualification)',
      fr: 'Poser et lever des pannes à la demande (qualification)',
    },
  },
  'alert.show': {
    scope: 'global',
    roles: EVERY_GLOBAL,
    meaning: { en: 'See alerts, rules and silences', fr: 'Voir alertes, règles et sourdines' },
  },
  'alert.write': {
    scope: 'global',
    roles: ['operator', 'administrator'],
    meaning: {
      en: 'Acknowledge and silence alerts, send a test',
      fr: 'Prendre en charge et mettre en sourdine les alertes, envoyer un essai',
    },
  },
  'clock.show': {
    scope: 'self',
    roles: ['signed-in'],
    meaning: { en: 'See the gateway’s clock', fr: 'Voir l’horloge de la passerelle' },
  },
  'clock.write': {
    scope: 'global',
    roles: ['operator', 'administrator'],
    meaning: {
      en: 'Move the gateway’s clock (qualification)',
      fr: 'Déplacer l’horloge de la passerelle (qualification)',
    },
  },
  'uniqueness.reset': {
    scope: 'global',
    roles: ['operator', 'administrator'],
    meaning: {
      en: 'Have flow identifiers and invoice numbers come again (qualification)',
      fr: 'Laisser revenir identifiants de flux et numéros de facture (qualification)',
    },
  },
  'retention.show': {
    scope: 'global',
    roles: [...EVERY_GLOBAL],
    meaning: {
      en: 'See what is past its time and would be removed',
      fr: 'Voir ce qui est arrivé à son terme et serait supprimé',
    },
  },
  'retention.run': {
    scope: 'global',
    roles: ['operator', 'administrator'],
    meaning: {
      en: 'Remove what is past its time now',
      fr: 'Supprimer maintenant ce qui est arrivé à son terme',
    },
  },
  'directory.show': {
    scope: 'self',
    roles: ['signed-in'],
    meaning: {
      en: 'See the directory of public structures',
      fr: 'Voir l’annuaire des structures publiques',
    },
  },
  'directory.write': {
    scope: 'global',
    roles: ['operator', 'administrator'],
    meaning: {
      en: 'Edit and import the directory of public structures',
      fr: 'Modifier et importer l’annuaire des structures publiques',
    },
  },
  'attachment.list': {
    scope: 'structure',
    roles: ['manager', ...EVERY_GLOBAL],
    meaning: { en: 'See who belongs to a structure', fr: 'Voir les rattachements' },
  },
  'attachment.request': {
    scope: 'self',
    roles: ['signed-in'],
    meaning: { en: 'Ask to belong to a structure', fr: 'Demander un rattachement' },
  },
  'attachment.decide': {
    scope: 'structure',
    roles: ['manager', 'administrator'],
    meaning: {
      en: 'Accept, refuse, give and end attachments',
      fr: 'Accepter, refuser, donner et retirer des rattachements',
    },
  },
  'area.open': {
    scope: 'structure',
    roles: ['manager', 'administrator'],
    meaning: {
      en: 'Open the area “EDI & API connections”',
      fr: 'Ouvrir l’espace « Raccordements EDI & API »',
    },
  },
  'area.why': {
    scope: 'self',
    roles: ['signed-in'],
    meaning: {
      en: 'Learn why one does not see an area',
      fr: 'Savoir pourquoi l’on ne voit pas un espace',
    },
  },
  'subscription.list': {
    scope: 'structure',
    roles: ['manager', ...EVERY_GLOBAL],
    meaning: { en: 'See who has rights on an area', fr: 'Voir les abonnements à un espace' },
  },
  'subscription.request': {
    scope: 'structure',
    roles: ['member', 'manager'],
    meaning: { en: 'Ask for rights on an area', fr: 'Demander un abonnement à un espace' },
  },
  'subscription.decide': {
    scope: 'structure',
    roles: ['manager', 'administrator'],
    meaning: {
      en: 'Accept, refuse, give and end subscriptions',
      fr: 'Accepter, refuser, donner et retirer des abonnements',
    },
  },
  'audit.read': {
    scope: 'structure',
    roles: ['manager', ...EVERY_GLOBAL],
    meaning: { en: 'Read who did what', fr: 'Lire le journal des actions' },
  },
  'connection.show': {
    scope: 'structure',
    roles: READERS,
    needsArea: true,
    meaning: { en: 'See and search connections', fr: 'Voir et chercher des raccordements' },
  },
  'connection.write': {
    scope: 'structure',
    roles: WRITERS,
    needsArea: true,
    meaning: {
      en: 'Fill in and submit a connection form',
      fr: 'Remplir et soumettre un formulaire de raccordement',
    },
  },
  'connection.process': {
    scope: 'structure',
    roles: ['operator', 'administrator'],
    meaning: {
      en: 'Activate or refuse a form, override its settings',
      fr: 'Activer ou refuser un formulaire, forcer ses paramètres',
    },
  },
  'connection.deactivate': {
    scope: 'structure',
    roles: WRITERS,
    needsArea: true,
    meaning: { en: 'Deactivate a connection', fr: 'Désactiver un raccordement' },
  },
  'connection.block': {
    scope: 'structure',
    roles: ['operator', 'administrator'],
    meaning: {
      en: 'Block and unblock a connection',
      fr: 'Bloquer et débloquer un raccordement',
    },
  },
  'exchange.show': {
    scope: 'structure',
    roles: READERS,
    needsArea: true,
    meaning: {
      en: 'See which partners are connected, and what they do',
      fr: 'Voir quels partenaires sont connectés, et ce qu’ils font',
    },
  },
  'exchange.cut': {
    scope: 'structure',
    roles: ['operator', 'administrator'],
    meaning: { en: 'Cut a partner’s session', fr: 'Couper la session d’un partenaire' },
  },
  'connection.probe': {
    scope: 'structure',
    roles: [...WRITERS, 'tester'],
    needsArea: true,
    meaning: {
      en: 'Try the path to the partner',
      fr: 'Essayer le chemin vers le partenaire',
    },
  },
  'connection.kit': {
    scope: 'structure',
    roles: READERS,
    needsArea: true,
    meaning: { en: 'Download the kit of a connection', fr: 'Télécharger le kit de raccordement' },
  },
  'connection.export': {
    scope: 'structure',
    roles: READERS,
    needsArea: true,
    meaning: { en: 'Export connections', fr: 'Exporter des raccordements' },
  },
  'connection.import': {
    scope: 'structure',
    roles: WRITERS,
    needsArea: true,
    meaning: { en: 'Import connections as drafts', fr: 'Importer des raccordements en brouillon' },
  },
  'flow.show': {
    scope: 'structure',
    roles: READERS,
    needsArea: true,
    meaning: { en: 'See flows and their reports', fr: 'Voir les flux et leurs comptes rendus' },
  },
  'flow.replay': {
    scope: 'structure',
    roles: [...WRITERS, 'tester'],
    needsArea: true,
    meaning: {
      en: 'Put flows through the pipeline again',
      fr: 'Rejouer des flux dans la chaîne de traitement',
    },
  },
  'flow.export': {
    scope: 'structure',
    roles: READERS,
    needsArea: true,
    meaning: { en: 'Export lists of flows', fr: 'Exporter des listes de flux' },
  },
  'invoice.show': {
    scope: 'structure',
    roles: READERS,
    needsArea: true,
    meaning: {
      en: 'See invoices and their life cycle',
      fr: 'Voir les factures et leur cycle de vie',
    },
  },
  'invoice.move': {
    scope: 'structure',
    roles: [...WRITERS, 'tester'],
    needsArea: true,
    meaning: {
      en: 'Move invoices on, recycle, complete and acknowledge them',
      fr: 'Faire avancer, recycler, compléter et acquitter des factures',
    },
  },
  'return.show': {
    scope: 'structure',
    roles: READERS,
    needsArea: true,
    meaning: {
      en: 'See return flows and the attempts to deliver them',
      fr: 'Voir les flux retour et leurs essais de remise',
    },
  },
  'return.move': {
    scope: 'structure',
    roles: [...WRITERS, 'tester'],
    needsArea: true,
    meaning: {
      en: 'Send return flows again, hold, release and cancel them',
      fr: 'Renvoyer, retenir, libérer et annuler des flux retour',
    },
  },
  'scenario.list': {
    scope: 'self',
    roles: ['signed-in'],
    meaning: { en: 'See the qualification scenarios', fr: 'Voir les scénarios de qualification' },
  },
  'run.show': {
    scope: 'structure',
    roles: READERS,
    needsArea: true,
    meaning: {
      en: 'See qualification runs and their evidence',
      fr: 'Voir les déroulements de qualification et leurs preuves',
    },
  },
  'run.write': {
    scope: 'structure',
    roles: ['tester', 'manager', 'operator', 'administrator'],
    needsArea: true,
    meaning: {
      en: 'Run qualification scenarios, answer and judge them',
      fr: 'Dérouler les scénarios de qualification, y répondre et les juger',
    },
  },
  'refusal.show': {
    scope: 'structure',
    roles: READERS,
    needsArea: true,
    meaning: {
      en: 'See what was refused at the door',
      fr: 'Voir ce qui a été refusé à l’entrée',
    },
  },
  'gateway.show': {
    scope: 'self',
    roles: ['signed-in'],
    meaning: {
      en: 'See the gateway’s addresses and public keys',
      fr: 'Voir les adresses et clés publiques de la passerelle',
    },
  },
  'identity.list': {
    scope: 'global',
    roles: EVERY_GLOBAL,
    meaning: { en: 'List the gateway’s keys', fr: 'Lister les clés de la passerelle' },
  },
  'identity.rotate': {
    scope: 'global',
    roles: ['operator', 'administrator'],
    meaning: { en: 'Renew the gateway’s keys', fr: 'Renouveler les clés de la passerelle' },
  },
  'queue.show': {
    scope: 'global',
    roles: ['operator', 'administrator'],
    meaning: {
      en: 'Look into the work queue (/ops/queues)',
      fr: 'Regarder dans la file de travail (/ops/queues)',
    },
  },
  'metrics.show': {
    scope: 'global',
    roles: EVERY_GLOBAL,
    meaning: {
      en: 'Read the metrics (/metrics)',
      fr: 'Lire les mesures (/metrics)',
    },
  },
  'certificate.check': {
    scope: 'self',
    roles: ['signed-in'],
    meaning: { en: 'Check a certificate', fr: 'Vérifier un certificat' },
  },
  'certificate.make-test': {
    scope: 'self',
    roles: ['signed-in'],
    meaning: {
      en: 'Have a test certificate signed',
      fr: 'Faire signer un certificat de test',
    },
  },
  'event.follow': {
    scope: 'self',
    roles: ['signed-in'],
    meaning: {
      en: 'Follow events as they happen, those one may see',
      fr: 'Suivre les évènements en direct, ceux que l’on peut voir',
    },
  },
  'interface-code.list': {
    scope: 'self',
    roles: ['signed-in'],
    meaning: { en: 'List the interface codes', fr: 'Lister les codes interface' },
  },
} as const satisfies Record<string, PermissionRow>

export type Permission = keyof typeof PERMISSIONS
