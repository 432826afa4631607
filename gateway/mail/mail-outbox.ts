import type { Clock } from '../clock.ts'
import { newId } from '../ids.ts'
import type { Journal, WriteStatement } from '../journal/journal.ts'
import type { MailsTable } from '../journal/mail-table.ts'
import type { Logger } from '../logger.ts'

/** A mail to be sent once. */
export interface Mail {
  /** One with this key that exists already is not made again. */
  readonly key: string
  readonly to: string
  readonly subject: string
  /** Plain text. */
  readonly text: string
}

/**
 * Mails wait in the journal, written with what they tell of, and are sent beside everything else:
 * a mail server that is away holds up nothing.
 */
export interface MailOutbox {
  /** A mail server is set; else nothing is written and nothing sent. */
  readonly isOn: boolean
  statement(mail: Mail): WriteStatement
  /** Sends what is due; resolves to how many were. */
  deliver(): Promise<number>
  close(): void
}

export interface MailOutboxOptions {
  readonly journal: Journal
  readonly clock: Clock
  readonly log: Logger
  readonly settings: {
    /** `smtp://…` or `smtps://…`; empty = off. */
    readonly server: string
    readonly from: string
  }
}

/** Seconds after the attempts that failed; then the mail is given up. */
const RETRY_SECONDS = [60, 300, 1_800, 7_200]
/** A process that died while sending leaves the mail for another one after this time. */
const LEASE_MILLISECONDS = 300_000
const MAILS_PER_TURN = 50
/** Connecting, greeting, silence: each. */
const SMTP_TIMEOUT_MILLISECONDS = 20_000

export function openMailOutbox(options: MailOutboxOptions): MailOutbox {
  return new JournaledMailOutbox(options)
}

class JournaledMailOutbox implements MailOutbox {
  readonly isOn: boolean
  readonly #options: MailOutboxOptions
  /** Loaded and made when the first mail is due. */
  #transport: ReturnType<typeof transportTo> | undefined
  /** Rejects once closed: the mail in hand is left for the next start. */
  readonly #closed = Promise.withResolvers<never>()
  #isClosed = false

  constructor(options: MailOutboxOptions) {
    const { server } = options.settings
    this.#options = options
    this.isOn = server !== ''
    this.#closed.promise.catch(() => {}) // told to the mail in hand, if any
  }

  statement(mail: Mail): WriteStatement {
    const { journal, clock } = this.#options
    return {
      query: journal.db
        .insertInto('mails')
        .values({
          id: newId('mal'),
          key: mail.key,
          recipient: mail.to,
          subject: mail.subject,
          body: mail.text,
          state: 'WAITING',
          attempts: 0,
          next_attempt_at: 0,
          created_at: clock.now(),
          sent_at: null,
          failure: null,
        })
        .onConflict((conflict) => conflict.column('key').doNothing()),
    }
  }

  async deliver(): Promise<number> {
    if (!this.isOn) return 0
    const { journal } = this.#options
    // System time: a server that is away has nothing to do with business time.
    const due = await journal.read(
      journal.db
        .selectFrom('mails')
        .selectAll()
        .where('state', '=', 'WAITING')
        .where('next_attempt_at', '<=', Date.now())
        .orderBy('next_attempt_at')
        .orderBy('id')
        .limit(MAILS_PER_TURN),
    )
    let sent = 0
    for (const mail of due) {
      if (this.#isClosed) break
      if (await this.#claim(mail)) sent += (await this.#send(mail)) ? 1 : 0
    }
    return sent
  }

  close(): void {
    this.#isClosed = true
    this.#closed.reject(new Error('the gateway stops'))
    this.#transport?.then(
      (transport) => transport.close(),
      () => {},
    ) // told to the mail in hand
  }

  async #claim(mail: MailsTable): Promise<boolean> {
    const { journal } = this.#options
    const result = await journal.write([
      {
        query: journal.db
          .updateTable('mails')
          .set({
            attempts: mail.attempts + 1,
            next_attempt_at: Date.now() + LEASE_MILLISECONDS,
          })
          .where('id', '=', mail.id)
          .where('attempts', '=', mail.attempts),
        expectRows: 1,
      },
    ])
    return result.committed
  }

  async #send(mail: MailsTable): Promise<boolean> {
    const { log, clock, settings } = this.#options
    try {
      this.#transport ??= transportTo(settings.server)
      const transport = await this.#transport
      const sending = transport.sendMail({
        from: settings.from,
        to: { address: mail.recipient, name: '' },
        subject: mail.subject,
        text: mail.body,
        messageId: `<${mail.id}@raccord.invalid>`,
        headers: { 'Auto-Submitted': 'auto-generated' },
      })
      await Promise.race([sending, this.#closed.promise])
    } catch (error) {
      const failure = error instanceof Error ? error.message : String(error)
      const seconds = RETRY_SECONDS[mail.attempts]
      log.warn({ mail: mail.key, attempts: mail.attempts + 1, failure }, 'mail not sent')
      await this.#update(mail, {
        state: seconds === undefined ? 'FAILED' : 'WAITING',
        next_attempt_at: Date.now() + (seconds ?? 0) * 1_000,
        failure: failure.slice(0, 500),
      })
      return false
    }
    log.info({ mail: mail.key }, 'mail sent')
    await this.#update(mail, { state: 'SENT', sent_at: clock.now(), failure: null })
    return true
  }

  async #update(mail: MailsTable, values: Partial<MailsTable>): Promise<void> {
    const { journal } = this.#options
    const query = journal.db.updateTable('mails').set(values).where('id', '=', mail.id)
    await journal.write([{ query }])
  }
}

async function transportTo(server: string) {
  const { createTransport } = await import('nodemailer')
  return createTransport(
    {
      url: server,
      connectionTimeout: SMTP_TIMEOUT_MILLISECONDS,
      greetingTimeout: SMTP_TIMEOUT_MILLISECONDS,
      socketTimeout: SMTP_TIMEOUT_MILLISECONDS,
      // What we write is text of ours; nothing is to be read from disk or fetched for it.
      disableFileAccess: true,
      disableUrlAccess: true,
    },
    {},
  )
}
