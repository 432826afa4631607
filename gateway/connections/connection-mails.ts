import type { BilingualText } from '../flow.ts'
import type { WriteStatement } from '../journal/journal.ts'
import type { MailOutbox } from '../mail/mail-outbox.ts'
import { dayInParis } from '../paris-days.ts'
import type { ConnectionRecord } from './connection-record.ts'

/** What the technical contact is told of (decisions F3). */
export type ConnectionMail =
  | { readonly kind: 'activated' }
  | { readonly kind: 'refused'; readonly motive: BilingualText }
  | { readonly kind: 'deactivated'; readonly reason: string }
  | {
      readonly kind: 'certificate-ends'
      /** Milliseconds UTC, business time. */
      readonly at: number
      readonly withinDays: number
    }

/** The mails to technical contacts, as statements of the write that makes them true. */
export class ConnectionMails {
  readonly #outbox: MailOutbox
  readonly #language: 'en' | 'fr'

  constructor(outbox: MailOutbox, language: 'en' | 'fr') {
    this.#outbox = outbox
    this.#language = language
  }

  get isOn(): boolean {
    return this.#outbox.isOn
  }

  /** None without a mail server, and none for a contact whose address reaches nobody (RFC 2606). */
  statements(record: ConnectionRecord, mail: ConnectionMail): readonly WriteStatement[] {
    const to = (record.form.contact?.email ?? record.running?.contact?.email ?? '').trim()
    if (!this.#outbox.isOn || to === '' || to.endsWith('.invalid')) return []
    const { id, revision, application_code, name } = record.row
    const { subject, body } = TEXTS[this.#language](mail, `${application_code} (${plain(name)})`)
    return [
      this.#outbox.statement({
        key:
          mail.kind === 'certificate-ends'
            ? certificateMailKey(id, mail.at, mail.withinDays)
            : `${mail.kind} ${id} ${revision}`,
        to,
        subject: `[Raccord] ${subject}`,
        text: `${body}\n\nRaccord (${id})\n`,
      }),
    ]
  }
}

/** One mail for each end of a certificate and each number of days before it. */
export const certificateMailKey = (id: string, at: number, withinDays: number): string =>
  `certificate-ends ${id} ${at} ${withinDays}`

type Write = (mail: ConnectionMail, who: string) => { subject: string; body: string }

const TEXTS: Readonly<Record<'en' | 'fr', Write>> = {
  en: (mail, who) => {
    switch (mail.kind) {
      case 'activated':
        return {
          subject: `Connection ${who} is activated`,
          body: `The connection ${who} is activated: what you submitted is in force.`,
        }
      case 'refused':
        return {
          subject: `Connection ${who} is refused`,
          body: `What you submitted for the connection ${who} was refused:\n\n${mail.motive.en}\n\nCorrect it and submit again. Parameters that were in force before stay in force.`,
        }
      case 'deactivated':
        return {
          subject: `Connection ${who} is deactivated`,
          body: `The connection ${who} is deactivated. ${mail.reason}\nNo exchange can start any more; it can be duplicated into a new draft.`,
        }
      case 'certificate-ends':
        return {
          subject: `A certificate of connection ${who} ends on ${dayInParis(mail.at)}`,
          body: `A certificate of the connection ${who} ends on ${dayInParis(mail.at)}, in ${days(mail.withinDays, 'day', 'days')} or less. Exchanges stop then. Add the next certificate with the day from which you use it, and submit.`,
        }
    }
  },
  fr: (mail, who) => {
    switch (mail.kind) {
      case 'activated':
        return {
          subject: `Le raccordement ${who} est activé`,
          body: `Le raccordement ${who} est activé : ce que vous avez soumis est en vigueur.`,
        }
      case 'refused':
        return {
          subject: `Le raccordement ${who} est refusé`,
          body: `Ce que vous avez soumis pour le raccordement ${who} a été refusé :\n\n${mail.motive.fr}\n\nCorrigez et soumettez à nouveau. Les paramètres en vigueur auparavant le restent.`,
        }
      case 'deactivated':
        return {
          subject: `Le raccordement ${who} est désactivé`,
          body: `Le raccordement ${who} est désactivé. ${mail.reason}\nAucun échange ne peut plus commencer ; il peut être dupliqué en un nouveau brouillon.`,
        }
      case 'certificate-ends':
        return {
          subject: `Un certificat du raccordement ${who} expire le ${dayInParis(mail.at)}`,
          body: `Un certificat du raccordement ${who} expire le ${dayInParis(mail.at)}, dans ${days(mail.withinDays, 'jour', 'jours')} ou moins. Les échanges s’arrêteront alors. Ajoutez le certificat suivant avec sa date d’utilisation, puis soumettez.`,
        }
    }
  },
}

const days = (count: number, one: string, several: string): string =>
  `${count} ${count === 1 ? one : several}`

/** A name on one line: it stands in a subject. */
const plain = (name: string): string => name.replaceAll(/\s+/g, ' ').trim()
