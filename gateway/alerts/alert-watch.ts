import type { AlertRuleName, AlertSettings } from '../../config/alert-settings.ts'
import type { Clock } from '../clock.ts'
import type { Connection } from '../connections/connection.ts'
import type { Environment } from '../flow.ts'
import type { Identity } from '../identity.ts'
import type { Journal } from '../journal/journal.ts'
import type { Logger } from '../logger.ts'
import type { AlertBook } from './alert-book.ts'
import type { AlertGround, AlertReading } from './alert-reading.ts'
import { ALERT_RULES } from './alert-rules.ts'
import { diskSubject } from './disk-alert.ts'
import { readOwnCertificates, type CertificateFile } from './own-certificates.ts'
import { WatchLease } from './watch-lease.ts'

export interface AlertWatchOptions {
  readonly journal: Journal
  readonly clock: Clock
  readonly log: Logger
  readonly book: AlertBook
  readonly settings: AlertSettings
  readonly environment: Environment
  readonly connections: { list(): readonly Connection[] }
  readonly identity: Pick<Identity, 'list'>
  /** Of our own, that the settings name. */
  readonly certificateFiles: readonly CertificateFile[]
  /** Default: 60 seconds. */
  readonly leaseMilliseconds?: number
}

/** How long resolved alerts and calls that were made are kept. */
const KEPT_MILLISECONDS = 400 * 86_400_000

/** Looks, again and again, at everything the rules look at; one process does at a time. */
export class AlertWatch {
  readonly #options: AlertWatchOptions
  readonly #lease: WatchLease
  /** Business time of the last look of each rule. */
  readonly #lookedAt = new Map<AlertRuleName, number>()

  constructor(options: AlertWatchOptions) {
    this.#options = options
    this.#lease = new WatchLease(options.journal, options.leaseMilliseconds)
  }

  /** @returns how many alerts were opened, changed or resolved */
  async look(): Promise<number> {
    if (!(await this.#lease.take())) return 0
    const { journal, clock, settings, environment, connections, log } = this.#options
    const { identity, certificateFiles } = this.#options
    const now = clock.now()
    const ground: AlertGround = {
      journal,
      now,
      environment,
      settings,
      connections: connections.list(),
      ownCertificates: await readOwnCertificates(identity, certificateFiles, log),
    }
    const readings: AlertReading[] = []
    const looked = new Set<AlertRuleName>()
    for (const [name, rule] of Object.entries(ALERT_RULES) as RuleEntry[]) {
      const isOff = settings.off.includes(name)
      if (rule.read === undefined || (!isOff && !this.#isDue(name, now))) continue
      try {
        if (!isOff) readings.push(...(await rule.read(ground)))
        looked.add(name)
        this.#lookedAt.set(name, now)
      } catch (err) {
        // Its alerts stay as they are; the others are looked at.
        log.error({ err, rule: name }, 'a rule of alerts failed')
      }
    }
    const gone = await this.#goneDisks()
    return this.#options.book.settle(
      readings,
      ({ rule, subject }) => looked.has(rule) || (rule === 'disk-low' && gone(subject)),
    )
  }

  /** Removes what was resolved long ago. @returns how many rows */
  async purge(): Promise<number> {
    const { journal, clock } = this.#options
    const { db } = journal
    const result = await journal.write([
      {
        query: db
          .deleteFrom('alerts')
          .where('state', '=', 'RESOLVED')
          .where('resolved_at', '<', clock.now() - KEPT_MILLISECONDS),
      },
      {
        query: db
          .deleteFrom('alert_calls')
          .where('state', '<>', 'WAITING')
          .where('created_at', '<', Date.now() - KEPT_MILLISECONDS),
      },
    ])
    return result.committed ? result.results.reduce((sum, { changed }) => sum + changed, 0) : 0
  }

  /** Another process may look at once. */
  async stop(): Promise<void> {
    await this.#lease.release()
  }

  /** By business time, in whatever direction it was moved. */
  #isDue(name: AlertRuleName, now: number): boolean {
    const last = this.#lookedAt.get(name)
    const milliseconds = ALERT_RULES[name].everySeconds * 1_000
    return last === undefined || now < last || now - last >= milliseconds
  }

  /** Disks of processes that are no more: nobody else resolves what they said. */
  async #goneDisks(): Promise<(subject: string) => boolean> {
    const { journal, settings } = this.#options
    if (settings.off.includes('disk-low')) return () => true
    if (journal.engine === 'sqlite') return () => false
    const rows = await journal.read(journal.db.selectFrom('processes').select('holder'))
    const alive = new Set(rows.map(({ holder }) => diskSubject(holder)))
    return (subject) => !alive.has(subject)
  }
}

type RuleEntry = [AlertRuleName, (typeof ALERT_RULES)[AlertRuleName]]
