import { GatewayError } from '../errors.ts'
import type { Journal } from '../journal/journal.ts'
import type { Logger } from '../logger.ts'
import { createJournalQueue } from './journal/journal-queue.ts'
import type { WorkQueue } from './queue.ts'

export interface QueueOptions {
  /** Setting `queue.url`. */
  readonly url: string
  readonly journal: Journal
  readonly log: Logger
}

/** One line an engine. */
const ENGINES: Readonly<Record<string, (options: QueueOptions) => Promise<WorkQueue>>> = {
  'journal:': async ({ journal, log }) => createJournalQueue({ journal, log }),
  'redis:': onRedis,
  'rediss:': onRedis,
}

/** Loaded by those only who use it. */
async function onRedis({ url, log }: QueueOptions): Promise<WorkQueue> {
  const { openBullmqQueue } = await import('./bullmq/bullmq-queue.ts')
  return openBullmqQueue({ url, log })
}

/**
 * Opens the work queue that `queue.url` names: `journal:` is a table of the journal, `redis:` and
 * `rediss:` (TLS) a Redis or Valkey server.
 * @throws GatewayError CONFIG_INVALID for a scheme that no engine has
 */
export async function openQueue(options: QueueOptions): Promise<WorkQueue> {
  const scheme = options.url.slice(0, options.url.indexOf(':') + 1)
  const open = ENGINES[scheme]
  if (open === undefined) {
    throw new GatewayError(
      'CONFIG_INVALID',
      // Not the whole URL: it may carry a password.
      `queue.url names no engine: "${scheme}"; known are ${Object.keys(ENGINES).join(', ')}`,
    )
  }
  return open(options)
}
