import { setTimeout as sleep } from 'node:timers/promises'
import type { AlertRuleName, AlertSettings } from '../../config/alert-settings.ts'
import type { Actor } from '../accounts/actor.ts'
import { auditStatement } from '../accounts/audit.ts'
import type { Clock } from '../clock.ts'
import { GatewayError } from '../errors.ts'
import type { AlertId, ConnectionId, SilenceId } from '../flow.ts'
import { newId } from '../ids.ts'
import type { Journal } from '../journal/journal.ts'
import type { MailOutbox } from '../mail/mail-outbox.ts'
import { alertDocument, type Acknowledgement, type AlertDocument } from './alert-document.ts'
import { AlertNotices, callKey, mailKey, type AlertNotice } from './alert-notices.ts'
import { selectSilences } from './alert-silences.ts'

export interface AlertsOptions {
  readonly journal: Journal
  readonly clock: Clock
  readonly settings: AlertSettings
  readonly mail: MailOutbox
  readonly language: 'en' | 'fr'
}

/** Which alerts; every criterion given must hold. */
export interface AlertCriteria {
  readonly state?: 'OPEN' | 'RESOLVED'
  readonly rule?: AlertRuleName
  readonly connectionId?: ConnectionId
  readonly limit: number
}

export interface SilenceOrder {
  readonly rule?: AlertRuleName
  readonly connectionId?: ConnectionId
  /** Business time, milliseconds UTC. */
  readonly until: number
  readonly reason: string
}

/** A silence as it is shown. */
export interface SilenceDocument {
  readonly id: SilenceId
  readonly rule: AlertRuleName | null
  readonly connectionId: ConnectionId | null
  readonly until: string
  readonly reason: string
  readonly createdAt: string
  readonly createdBy: string
}

/** What became of a test on one channel. */
export interface ChannelTest {
  readonly channel: 'email' | 'webhook'
  /** The address, or the origin of the URL. */
  readonly target: string
  readonly state: 'sent' | 'waiting' | 'failed'
  readonly failure: string | null
}

/** What is wrong and was, for whoever asks and answers; the watch writes it. */
export interface Alerts {
  readonly settings: AlertSettings
  /** Open ones first, then the newest. */
  list(criteria: AlertCriteria): Promise<AlertDocument[]>
  find(id: string): Promise<AlertDocument | undefined>
  /** Open and not resolved, by rule and severity. */
  counts(): Promise<readonly AlertCount[]>
  /** @throws GatewayError API_NOT_FOUND when there is none, or it is over */
  acknowledge(id: AlertId, note: string, by: Actor): Promise<AlertDocument>
  silences(): Promise<SilenceDocument[]>
  silence(order: SilenceOrder, by: Actor): Promise<SilenceDocument>
  /** @returns whether it held */
  unsilence(id: SilenceId, by: Actor): Promise<boolean>
  /** Sends a test on every channel and waits for what becomes of it, so long at most. */
  test(by: Actor, milliseconds: number): Promise<ChannelTest[]>
}

export interface AlertCount {
  readonly rule: AlertRuleName
  readonly severity: 'warning' | 'critical'
  /** Neither acknowledged nor silenced. */
  readonly unattended: number
  readonly open: number
}

const LOOK_AGAIN_MILLISECONDS = 200

export function openAlerts(options: AlertsOptions): Alerts {
  return new JournaledAlerts(options)
}

class JournaledAlerts implements Alerts {
  readonly settings: AlertSettings
  readonly #options: AlertsOptions
  readonly #notices: AlertNotices

  constructor(options: AlertsOptions) {
    this.#options = options
    this.settings = options.settings
    this.#notices = new AlertNotices(options)
  }

  async list({ state, rule, connectionId, limit }: AlertCriteria): Promise<AlertDocument[]> {
    const { journal } = this.#options
    let query = journal.db.selectFrom('alerts').selectAll()
    if (state !== undefined) query = query.where('state', '=', state)
    if (rule !== undefined) query = query.where('rule', '=', rule)
    if (connectionId !== undefined) query = query.where('connection_id', '=', connectionId)
    const rows = await journal.read(query.orderBy('state').orderBy('id', 'desc').limit(limit))
    return rows.map(alertDocument)
  }

  async find(id: string): Promise<AlertDocument | undefined> {
    const { journal } = this.#options
    const rows = await journal.read(
      journal.db
        .selectFrom('alerts')
        .selectAll()
        .where('id', '>=', id as AlertId)
        .where('id', '<', `${id}~` as AlertId)
        .limit(2),
    )
    return rows.length === 1 ? alertDocument(rows[0]!) : undefined
  }

  async counts(): Promise<readonly AlertCount[]> {
    const { journal } = this.#options
    const rows = await journal.read(
      journal.db
        .selectFrom('alerts')
        .select(['rule', 'severity', 'ack_json', 'told_level'])
        .where('state', '=', 'OPEN'),
    )
    const groups = Map.groupBy(rows, ({ rule, severity }) => `${rule} ${severity}`)
    return [...groups.values()].map((ones) => ({
      rule: ones[0]!.rule,
      severity: ones[0]!.severity,
      open: ones.length,
      unattended: ones.filter((one) => one.ack_json === null && one.told_level !== null).length,
    }))
  }

  async acknowledge(id: AlertId, note: string, by: Actor): Promise<AlertDocument> {
    const { journal, clock } = this.#options
    const now = clock.now()
    const acknowledged: Acknowledgement = { by: by.name, at: new Date(now).toISOString(), note }
    const result = await journal.write([
      {
        query: journal.db
          .updateTable('alerts')
          .set({ ack_json: JSON.stringify(acknowledged), changed_at: Date.now() })
          .where('id', '=', id)
          .where('state', '=', 'OPEN'),
        expectRows: 1,
        announce: 'alerts',
      },
      auditStatement(journal, now, by, {
        action: 'alert.acknowledge',
        objectKind: 'alert',
        objectId: id,
        after: acknowledged,
      }),
    ])
    const alert = await this.find(id)
    if (result.committed && alert !== undefined) return alert
    throw new GatewayError('API_NOT_FOUND', `There is no open alert ${id}.`)
  }

  async silences(): Promise<SilenceDocument[]> {
    const { journal, clock } = this.#options
    const rows = await journal.read(selectSilences(journal, clock.now()))
    return rows.map((row) => ({
      id: row.id,
      rule: row.rule,
      connectionId: row.connection_id,
      until: new Date(row.until).toISOString(),
      reason: row.reason,
      createdAt: new Date(row.created_at).toISOString(),
      createdBy: row.created_by,
    }))
  }

  async silence(order: SilenceOrder, by: Actor): Promise<SilenceDocument> {
    const { journal, clock } = this.#options
    const now = clock.now()
    const id = newId('sil')
    const { rule = null, connectionId = null, until, reason } = order
    const document: SilenceDocument = {
      id,
      rule,
      connectionId,
      until: new Date(until).toISOString(),
      reason,
      createdAt: new Date(now).toISOString(),
      createdBy: by.name,
    }
    await journal.write([
      {
        query: journal.db.insertInto('alert_silences').values({
          id,
          rule,
          connection_id: connectionId,
          until,
          reason,
          created_at: now,
          created_by: by.name,
        }),
        announce: 'alerts',
      },
      auditStatement(journal, now, by, {
        action: 'alert.silence',
        objectKind: 'alert-silence',
        objectId: id,
        after: document,
        reason,
      }),
    ])
    return document
  }

  async unsilence(id: SilenceId, by: Actor): Promise<boolean> {
    const { journal, clock } = this.#options
    const now = clock.now()
    const result = await journal.write([
      {
        query: journal.db
          .updateTable('alert_silences')
          .set({ ended_at: now })
          .where('id', '=', id)
          .where('ended_at', 'is', null)
          .where('until', '>', now),
        expectRows: 1,
        announce: 'alerts',
      },
      auditStatement(journal, now, by, {
        action: 'alert.unsilence',
        objectKind: 'alert-silence',
        objectId: id,
      }),
    ])
    return result.committed
  }

  async test(by: Actor, milliseconds: number): Promise<ChannelTest[]> {
    const { journal, clock } = this.#options
    const now = clock.now()
    const id = newId('alr')
    const notice: AlertNotice = { event: 'test', key: id, alert: testAlert(id, now, by) }
    await journal.write([
      ...this.#notices.statements(notice),
      auditStatement(journal, now, by, {
        action: 'alert.test',
        objectKind: 'alert',
        objectId: id,
      }),
    ])
    const deadline = performance.now() + milliseconds
    for (;;) {
      const tests = [...(await this.#mailTests(notice)), ...(await this.#callTests(notice))]
      const isSettled = tests.every(({ state }) => state !== 'waiting')
      if (isSettled || performance.now() >= deadline) return tests
      await sleep(LOOK_AGAIN_MILLISECONDS)
    }
  }

  async #mailTests(notice: AlertNotice): Promise<ChannelTest[]> {
    const { journal, mail, settings } = this.#options
    const off = (target: string): ChannelTest => ({
      channel: 'email',
      target,
      state: 'failed',
      failure: 'mail.server is not set',
    })
    if (!mail.isOn) return settings.email.map(off)
    return await Promise.all(
      settings.email.map(async (target) => {
        const [row] = await journal.read(
          journal.db.selectFrom('mails').selectAll().where('key', '=', mailKey(notice, target)),
        )
        return { channel: 'email' as const, target, ...outcomeOf(row, 'SENT') }
      }),
    )
  }

  async #callTests(notice: AlertNotice): Promise<ChannelTest[]> {
    const { journal, settings } = this.#options
    return await Promise.all(
      settings.webhooks.map(async (url, webhook) => {
        const key = callKey(notice, webhook)
        const [row] = await journal.read(
          journal.db.selectFrom('alert_calls').selectAll().where('key', '=', key),
        )
        // What stands behind the host may be a secret.
        const target = new URL(url).origin
        return { channel: 'webhook' as const, target, ...outcomeOf(row, 'DONE') }
      }),
    )
  }
}

/** One failure says what there is to know, though it is tried again. */
function outcomeOf(
  row: { readonly state: string; readonly failure: string | null } | undefined,
  good: 'SENT' | 'DONE',
): Pick<ChannelTest, 'state' | 'failure'> {
  const failure = row?.failure ?? null
  if (row?.state === good) return { state: 'sent', failure: null }
  return { state: failure === null ? 'waiting' : 'failed', failure }
}

function testAlert(id: AlertId, now: number, by: Actor): AlertDocument {
  const at = new Date(now).toISOString()
  return {
    id,
    rule: 'queue-age',
    ruleLabel: { en: 'Test', fr: 'Essai' },
    subject: 'gateway',
    connectionId: null,
    state: 'OPEN',
    severity: 'warning',
    level: 1,
    title: { en: 'This is a test of alerts', fr: 'Ceci est un essai des alertes' },
    cause: { en: `${by.name} asked for it`, fr: `${by.name} l’a demandé` },
    remedy: { en: 'Nothing is wrong; nothing is to be done.', fr: 'Tout va bien ; rien à faire.' },
    facts: {},
    openedAt: at,
    changedAt: at,
    resolvedAt: null,
    acknowledged: null,
    isSilenced: false,
  }
}
