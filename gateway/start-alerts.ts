import { hostname } from 'node:os'
import type { Config } from '../config/schema.ts'
import { AlertBook } from './alerts/alert-book.ts'
import { makeAlertCalls } from './alerts/alert-calls.ts'
import { AlertNotices } from './alerts/alert-notices.ts'
import { AlertWatch } from './alerts/alert-watch.ts'
import type { CertificateFile } from './alerts/own-certificates.ts'
import { diskSubject, lowDisk } from './alerts/disk-alert.ts'
import type { Clock } from './clock.ts'
import type { Connections } from './connections/connections.ts'
import { Housekeeping, type Chore } from './housekeeping.ts'
import type { Identity } from './identity.ts'
import type { Journal } from './journal/journal.ts'
import type { Logger } from './logger.ts'
import type { MailOutbox } from './mail/mail-outbox.ts'

export interface AlertsStart {
  readonly config: Config
  readonly journal: Journal
  readonly clock: Clock
  readonly mail: MailOutbox
  readonly connections: Pick<Connections, 'list'>
  readonly identity: Pick<Identity, 'list'>
  readonly log: Logger
}

const CALLS_EVERY_SECONDS = 2
const DISK_EVERY_SECONDS = 30
const PURGE_EVERY_SECONDS = 3_600

/**
 * Part of the composition root: looks after what goes wrong and tells of it, in processes that work.
 * On its own: the rules wait for nothing else, and calls not for the rules.
 */
export function startAlerts(start: AlertsStart): { stop(): Promise<void> } {
  const { config, journal, log } = start
  const watch = new AlertWatch({
    ...start,
    book: alertBook(start),
    settings: config.alerts,
    environment: config.environment,
    certificateFiles: certificateFiles(config),
  })
  const looks = new Housekeeping(log)
  looks.start([
    { name: 'alerts', everySeconds: config.alerts.everySeconds, run: () => watch.look() },
    { name: 'old alerts', everySeconds: PURGE_EVERY_SECONDS, run: () => watch.purge() },
  ])
  const calls = new Housekeeping(log)
  const { webhooks } = config.alerts
  const settings = config.hooks
  calls.start([
    {
      name: 'webhooks of alerts',
      everySeconds: CALLS_EVERY_SECONDS,
      run: () => makeAlertCalls({ journal, webhooks, settings, log }),
    },
  ])
  return {
    async stop() {
      await Promise.all([looks.stop(), calls.stop()])
      await watch.stop()
    },
  }
}

function certificateFiles({ api, as2 }: Config): CertificateFile[] {
  return [
    ...(api.tls === 'files' ? [{ name: 'api', path: api.certificateFile }] : []),
    ...(as2.tls === 'files' ? [{ name: 'as2', path: as2.certificateFile }] : []),
  ]
}

/** Each process looks at its own disk, whatever its roles. */
export function diskChores(
  start: Pick<AlertsStart, 'config' | 'journal' | 'clock' | 'mail' | 'log'> & {
    readonly holder: string
    readonly freeDiskBytes: () => number
  },
): readonly Chore[] {
  const { config, holder, freeDiskBytes } = start
  const settings = config.alerts
  if (!settings.enabled || settings.off.includes('disk-low')) return []
  const book = alertBook(start)
  const place = `${hostname()}:${config.data}`
  return [
    {
      name: 'room on the disk',
      everySeconds: DISK_EVERY_SECONDS,
      run: () =>
        book.settle(
          lowDisk({ holder, place, freeBytes: freeDiskBytes() }, settings),
          ({ rule, subject }) => rule === 'disk-low' && subject === diskSubject(holder),
        ),
    },
  ]
}

function alertBook(
  start: Pick<AlertsStart, 'config' | 'journal' | 'clock' | 'mail' | 'log'>,
): AlertBook {
  const { config } = start
  const notices = new AlertNotices({
    ...start,
    language: config.mail.language,
    settings: config.alerts,
  })
  return new AlertBook({ ...start, notices })
}
