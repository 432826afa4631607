import { GATEWAY_ACTOR, type Actor } from '../accounts/actor.ts'
import { GatewayError } from '../errors.ts'
import type { BilingualText, ConnectionId } from '../flow.ts'
import type { WriteStatement } from '../journal/journal.ts'
import { activationTime, type ActivationProfile } from './activation-time.ts'
import { guardUnusedCertificate } from './certificate-users.ts'
import type { ConnectionMail, ConnectionMails } from './connection-mails.ts'
import type { ConnectionRecord } from './connection-record.ts'
import { stateAfter } from './connection-states.ts'
import type { FormCertificates } from './form-certificates.ts'
import { checkForm, formFault } from './form-checks.ts'
import type { FormWriter } from './form-writer.ts'
import type { ConnectionForm, FormFault } from './form.ts'

export interface FormMovesOptions {
  readonly writer: FormWriter
  readonly certificates: FormCertificates
  readonly mails: ConnectionMails
  readonly activation: ActivationProfile
}

/** The moves of the state table, each in one write with its audit row and its mail. */
export class FormMoves {
  readonly #options: FormMovesOptions

  constructor(options: FormMovesOptions) {
    this.#options = options
  }

  /** Every fault of the form as it is now; empty when it can be sent, or put in force. */
  async faults(record: ConnectionRecord): Promise<readonly FormFault[]> {
    const { writer, certificates } = this.#options
    const { row, form, structure } = record
    const now = writer.now()
    const facts = {
      protocol: row.protocol,
      environment: row.environment,
      now,
      // One that was registered from the command line belongs to none.
      isStructureActive: row.siret === null || structure?.isActive === true,
      given: new Set(record.certificates.map((one) => one.sha256)),
    }
    const isUnchanged = row.state === 'ACTIVATED' && isSameForm(form, record.running)
    return [
      ...(isUnchanged ? [formFault('', 'NOTHING_CHANGED')] : []),
      ...checkForm(form, facts),
      ...(await certificates.faults(record, now)),
    ]
  }

  /** Draft → Sent, Activated → Sent Updated. */
  submit(
    id: ConnectionId,
    revision: number | undefined,
    by: Actor,
    profile: ActivationProfile = this.#options.activation,
  ): Promise<ConnectionRecord> {
    const { writer } = this.#options
    return writer.change({ id, revision, by }, async (record) => {
      const event = record.row.state === 'ACTIVATED' ? 'change' : 'submit'
      const state = stateAfter(record.row.state, event)
      await this.#requireNoFault(record)
      const dueAt = activationTime(profile, writer.now())
      return {
        action: 'connection.submit',
        change: { state, dueAt, motive: null },
        also: this.#guards(record),
      }
    })
  }

  /** Sent, Sent Updated → Activated: the form that was sent is in force from this write on. */
  activate(id: ConnectionId, revision: number | undefined, by: Actor): Promise<ConnectionRecord> {
    return this.#options.writer.change({ id, revision, by }, async (record) => {
      const state = stateAfter(record.row.state, 'activate')
      await this.#requireNoFault(record)
      return {
        action: 'connection.activate',
        change: { state, running: record.form, dueAt: null, motive: null },
        also: [...this.#guards(record), ...this.#mail(record, { kind: 'activated' })],
      }
    })
  }

  /** Sent → Draft, Sent Updated → Activated, with the reason. */
  refuse(
    id: ConnectionId,
    revision: number | undefined,
    motive: BilingualText,
    by: Actor,
  ): Promise<ConnectionRecord> {
    return this.#options.writer.change({ id, revision, by }, (record) => ({
      action: 'connection.refuse',
      reason: motive.en,
      change: { state: stateAfter(record.row.state, 'refuse'), dueAt: null, motive },
      also: this.#mail(record, { kind: 'refused', motive }),
    }))
  }

  /** Activated, Sent Updated → Deactivated, for good. */
  deactivate(
    order: {
      readonly id: ConnectionId
      readonly revision?: number | undefined
      readonly reason?: string | undefined
    },
    by: Actor,
  ): Promise<ConnectionRecord> {
    const { id, revision, reason } = order
    return this.#options.writer.change({ id, revision, by }, (record) => ({
      action: 'connection.deactivate',
      ...(reason === undefined ? {} : { reason }),
      change: { state: stateAfter(record.row.state, 'deactivate'), dueAt: null },
      also: this.#mail(record, { kind: 'deactivated', reason: reason ?? '' }),
    }))
  }

  /** Whatever its state; its open sessions are cut by whoever has them. */
  block(id: ConnectionId, reason: string, by: Actor): Promise<ConnectionRecord> {
    const { writer } = this.#options
    return writer.change({ id, by }, () => {
      const at = new Date(writer.now()).toISOString()
      const { db } = writer.journal
      const cut = { by: by.name, at, reason: `the connection is blocked: ${reason}` }
      return {
        action: 'connection.block',
        reason,
        change: { blocked: { by: by.name, at, reason } },
        also: [
          {
            query: db
              .updateTable('sessions')
              .set({ cut_json: JSON.stringify(cut) })
              .where('connection_id', '=', id)
              .where('ended_at', 'is', null),
            announce: 'session-cuts',
          },
        ],
      }
    })
  }

  /** @throws GatewayError CONNECTION_MOVE_ILLEGAL when it is not blocked */
  unblock(id: ConnectionId, by: Actor): Promise<ConnectionRecord> {
    return this.#options.writer.change({ id, by }, ({ row }) => {
      if (row.blocked_json === null) {
        throw new GatewayError('CONNECTION_MOVE_ILLEGAL', `Connection ${id} is not blocked.`)
      }
      return { action: 'connection.unblock', change: { blocked: null } }
    })
  }

  /**
   * The automatic processing of one that is due: activates it, or refuses it with what its checks
   * say by now. Somebody who acts at the same moment wins.
   */
  async process(id: ConnectionId): Promise<'activated' | 'refused' | 'left'> {
    const record = await this.#options.writer.read(id)
    const { state, due_at, revision } = record.row
    const isSent = state === 'SENT' || state === 'SENT_UPDATED'
    if (!isSent || due_at === null || due_at > this.#options.writer.now()) return 'left'
    const faults = await this.faults(record)
    try {
      if (faults.length === 0) {
        await this.activate(id, revision, GATEWAY_ACTOR)
        return 'activated'
      }
      await this.refuse(id, revision, motiveOf(faults), GATEWAY_ACTOR)
      return 'refused'
    } catch (error) {
      const isOvertaken =
        error instanceof GatewayError &&
        ['CONNECTION_CHANGED', 'CONNECTION_MOVE_ILLEGAL'].includes(error.code)
      if (isOvertaken) return 'left'
      throw error
    }
  }

  async #requireNoFault(record: ConnectionRecord): Promise<void> {
    const faults = await this.faults(record)
    if (faults.length === 0) return
    throw new GatewayError(
      'FORM_INCOMPLETE',
      `The form of ${record.row.application_code} has ${faults.length} fault(s).`,
      { details: faults },
    )
  }

  /** What the checks saw just now must still hold when it is written. */
  #guards({ row, form }: ConnectionRecord): readonly WriteStatement[] {
    const { journal, environment } = this.#options.writer
    const fingerprints = new Set((form.certificates ?? []).map((one) => one.sha256))
    return [...fingerprints].map((sha256) =>
      guardUnusedCertificate(journal, environment, row.id, sha256),
    )
  }

  #mail(record: ConnectionRecord, mail: ConnectionMail): readonly WriteStatement[] {
    return this.#options.mails.statements(record, mail)
  }
}

/** What an automatic refusal says: every fault in one text. */
function motiveOf(faults: readonly FormFault[]): BilingualText {
  const join = (language: 'en' | 'fr'): string =>
    faults
      .map(({ field, message }) => (field === '' ? '' : `${field}: `) + message[language])
      .join('\n')
  return { en: join('en'), fr: join('fr') }
}

function isSameForm(form: ConnectionForm, running: ConnectionForm | null): boolean {
  return running !== null && canonical(form) === canonical(running)
}

/** Members in one order, so that two ways of writing one form are the same text. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    member !== null && typeof member === 'object' && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([one], [other]) => (one < other ? -1 : 1)))
      : member,
  )
}
