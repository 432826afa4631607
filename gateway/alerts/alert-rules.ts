import type { AlertRuleName, AlertSettings } from '../../config/alert-settings.ts'
import type { BilingualText } from '../flow.ts'
import type { AlertGround, AlertReading } from './alert-reading.ts'
import { oldBackup } from './backup-alert.ts'
import { ownCertificates, partnerCertificates } from './certificate-alerts.ts'
import { failingDeliveries, unreadReports } from './delivery-alerts.ts'
import { waitingForms } from './form-alerts.ts'
import { queueAge, rejectionRates, silentPartners } from './traffic-alerts.ts'

/** One thing that is looked after. */
export interface AlertRuleRow {
  readonly label: BilingualText
  /** Of how much it is told, in words. */
  readonly meaning: BilingualText
  /** Settings `alerts.*` that it goes by. */
  readonly settings: readonly (keyof AlertSettings)[]
  /** Seconds of business time between two looks, at least: some cost more than others. */
  readonly everySeconds: number
  /** Absent: each process looks for itself (disk-alert.ts). */
  readonly read?: (
    ground: AlertGround,
  ) => readonly AlertReading[] | Promise<readonly AlertReading[]>
}

/** Every rule, in the order in which people read them. All are on by default. */
export const ALERT_RULES: Readonly<Record<AlertRuleName, AlertRuleRow>> = {
  'certificate-expiry': {
    label: { en: 'A partner’s certificate ends', fr: 'Un certificat de partenaire expire' },
    meaning: {
      en: 'Days before a part of an open connection has no certificate left; again once it is over.',
      fr: 'Jours avant qu’un raccordement ouvert n’ait plus de certificat ; de nouveau à l’expiration.',
    },
    settings: ['certificateDays'],
    everySeconds: 0,
    read: partnerCertificates,
  },
  'own-certificate-expiry': {
    label: { en: 'Our own certificate ends', fr: 'Notre certificat expire' },
    meaning: {
      en: 'The same of the newest certificate of each kind of ours.',
      fr: 'De même pour le plus récent de chacun de nos certificats.',
    },
    settings: ['certificateDays'],
    everySeconds: 0,
    read: ownCertificates,
  },
  'rejection-rate': {
    label: { en: 'Many rejections', fr: 'Beaucoup de rejets' },
    meaning: {
      en: 'Share of a partner’s flows of the last hours that were refused, whole or in part.',
      fr: 'Part des flux récents d’un partenaire rejetés, en tout ou partie.',
    },
    settings: ['rejectionPercent', 'rejectionHours', 'rejectionMinFlows'],
    everySeconds: 60,
    read: rejectionRates,
  },
  'no-flow': {
    label: { en: 'A partner is silent', fr: 'Un partenaire est silencieux' },
    meaning: {
      en: 'Nothing came by its usual hour and one more, or for a set time.',
      fr: 'Rien à son heure habituelle plus une, ou depuis un temps fixé.',
    },
    settings: ['noFlowHours'],
    everySeconds: 300,
    read: silentPartners,
  },
  'delivery-failing': {
    label: { en: 'A partner is not reached', fr: 'Un partenaire n’est pas atteint' },
    meaning: {
      en: 'Failed attempts (refused, unreachable, bad receipt) since the last good one; given up.',
      fr: 'Essais échoués (refus, injoignable, accusé faux) depuis le dernier bon ; abandon.',
    },
    settings: ['deliveryFailures'],
    everySeconds: 30,
    read: failingDeliveries,
  },
  'reports-unread': {
    label: { en: 'A box is not emptied', fr: 'Une boîte n’est pas relevée' },
    meaning: {
      en: 'Age of the oldest return flow in a partner’s box.',
      fr: 'Âge du plus ancien flux retour dans la boîte d’un partenaire.',
    },
    settings: ['unreadHours'],
    everySeconds: 60,
    read: unreadReports,
  },
  'queue-age': {
    label: { en: 'Flows wait', fr: 'Des flux attendent' },
    meaning: {
      en: 'Age of the oldest flow that is not decided.',
      fr: 'Âge du plus ancien flux non décidé.',
    },
    settings: ['queueAgeSeconds'],
    everySeconds: 0,
    read: queueAge,
  },
  'disk-low': {
    label: { en: 'The disk is nearly full', fr: 'Le disque est presque plein' },
    meaning: {
      en: 'Free space of each process’s data folder.',
      fr: 'Place libre du dossier de données de chaque processus.',
    },
    settings: ['diskFreeGib'],
    everySeconds: 0,
  },
  'form-waiting': {
    label: { en: 'A form waits', fr: 'Un formulaire attend' },
    meaning: {
      en: 'Age of a submitted form that is neither activated nor refused.',
      fr: 'Âge d’un formulaire soumis, ni activé ni refusé.',
    },
    settings: ['formHours'],
    everySeconds: 60,
    read: waitingForms,
  },
  'backup-old': {
    label: { en: 'No new backup', fr: 'Pas de sauvegarde récente' },
    meaning: {
      en: 'Age of the last backup that `raccord backup` made, once there was one.',
      fr: 'Âge de la dernière sauvegarde faite par `raccord backup`, dès la première.',
    },
    settings: ['backupDays'],
    everySeconds: 300,
    read: oldBackup,
  },
}
