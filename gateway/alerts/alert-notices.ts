import type { AlertSettings } from '../../config/alert-settings.ts'
import { newId } from '../ids.ts'
import type { Journal, WriteStatement } from '../journal/journal.ts'
import type { MailOutbox } from '../mail/mail-outbox.ts'
import type { AlertDocument } from './alert-document.ts'

/** What somebody is told: it began, got worse, is over; or that telling works. */
export type AlertEvent = 'opened' | 'worsened' | 'resolved' | 'test'

/** An alert as it is told: `key` says which telling of it, each is made once. */
export interface AlertNotice {
  readonly event: AlertEvent
  readonly key: string
  readonly alert: AlertDocument
}

export interface AlertNoticesOptions {
  readonly journal: Pick<Journal, 'db'>
  readonly mail: MailOutbox
  readonly language: 'en' | 'fr'
  readonly settings: Pick<AlertSettings, 'email' | 'webhooks'>
}

/** Writes down what is to be told, in the write that makes it true: mails and webhook calls. */
export class AlertNotices {
  readonly #options: AlertNoticesOptions

  constructor(options: AlertNoticesOptions) {
    this.#options = options
  }

  statements(notice: AlertNotice): readonly WriteStatement[] {
    const { mail, settings } = this.#options
    const mails = mail.isOn ? settings.email : []
    return [
      ...mails.map((to) => mail.statement({ key: mailKey(notice, to), to, ...this.#text(notice) })),
      ...settings.webhooks.map((_, webhook) => this.#call(notice, webhook)),
    ]
  }

  #call(notice: AlertNotice, webhook: number): WriteStatement {
    const now = Date.now()
    const { event, alert } = notice
    const body = { event: `alert.${event}`, at: new Date(now).toISOString(), alert }
    return {
      query: this.#options.journal.db
        .insertInto('alert_calls')
        .values({
          id: newId('alc'),
          key: callKey(notice, webhook),
          webhook,
          body_json: JSON.stringify(body),
          state: 'WAITING',
          attempts: 0,
          next_attempt_at: 0,
          created_at: now,
        })
        .onConflict((conflict) => conflict.column('key').doNothing()),
    }
  }

  #text({ event, alert }: AlertNotice): { readonly subject: string; readonly text: string } {
    const { language } = this.#options
    const { title, cause, remedy, acknowledged } = alert
    const words = WORDS[language]
    const severity = words.severity[alert.severity]
    return {
      subject: `[Raccord] ${words.event[event]}${event === 'resolved' ? '' : ` (${severity})`}: ${title[language]}`,
      text: [
        `${title[language]}.`,
        '',
        ...(event === 'resolved'
          ? [`${words.over} ${alert.resolvedAt ?? ''}.`, '']
          : [`${words.cause}: ${cause[language]}`, `${words.remedy}: ${remedy[language]}`, '']),
        ...(acknowledged === null
          ? []
          : [`${words.acknowledged} ${acknowledged.by}: ${acknowledged.note}`, '']),
        `${words.rule}: ${alert.rule} — ${alert.ruleLabel[language]}`,
        `${words.since}: ${alert.openedAt}`,
        ...(event === 'test' ? [] : [`raccord alerts show ${alert.id}`]),
        '',
        'Raccord',
        '',
      ].join('\n'),
    }
  }
}

/** Unique among mails. */
export const mailKey = (notice: AlertNotice, to: string): string =>
  `alert ${notice.key} ${notice.event} ${to}`

/** Unique among calls. */
export const callKey = (notice: AlertNotice, webhook: number): string =>
  `${notice.key} ${notice.event} ${webhook}`

const WORDS = {
  en: {
    event: { opened: 'Alert', worsened: 'Worse', resolved: 'Resolved', test: 'Test' },
    severity: { warning: 'warning', critical: 'critical' },
    cause: 'Cause',
    remedy: 'What to do',
    rule: 'Rule',
    since: 'Since',
    over: 'It is over since',
    acknowledged: 'Acknowledged by',
  },
  fr: {
    event: { opened: 'Alerte', worsened: 'Aggravation', resolved: 'Résolu', test: 'Essai' },
    severity: { warning: 'avertissement', critical: 'critique' },
    cause: 'Cause ',
    remedy: 'Que faire ',
    rule: 'Règle ',
    since: 'Depuis ',
    over: 'C’est terminé depuis',
    acknowledged: 'Pris en charge par',
  },
} as const
