import type { Role } from '../config/schema.ts'
import type { Clock } from './clock.ts'
import type { Journal } from './journal/journal.ts'
import { lockFolder } from './journal/sqlite/folder-lock.ts'
import type { Logger } from './logger.ts'
import { ProcessLease } from './process-lease.ts'
import { stagingHolder } from './staging/holder.ts'

/**
 * Makes this process the only one in its data folder. A journal of SQLite holds its folder by
 * itself; beside a shared journal a lock does, and a lease says who is alive.
 * @throws GatewayError DATA_FOLDER_IN_USE when another process has it
 */
export async function holdDataFolder(start: {
  readonly folder: string
  readonly roles: readonly Role[]
  readonly journal: Journal
  readonly clock: Clock
  readonly log: Logger
  readonly onStop: (stop: () => Promise<void>) => void
}): Promise<{
  /** Whose staged contents these are, over restarts. */
  readonly holder: string
  readonly lease?: ProcessLease
}> {
  const { folder, journal, onStop } = start
  const holder = await stagingHolder(journal.engine, folder)
  if (journal.engine === 'sqlite') return { holder }
  const lock = lockFolder(folder)
  onStop(async () => lock.close())
  const lease = await ProcessLease.start({ ...start, holder })
  onStop(() => lease.stop())
  return { holder, lease }
}
