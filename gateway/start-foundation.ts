import type { Config } from '../config/schema.ts'
import { requireWhole } from './backup/unfinished-work.ts'
import type { OffsetClock } from './clock.ts'
import { openDataFolder } from './data-folder.ts'
import { requireEnvironment } from './environment-fact.ts'
import { openFaults } from './faults/journaled-faults.ts'
import { holdDataFolder } from './hold-data-folder.ts'
import { rememberHostKeys } from './host-key-memory.ts'
import { identityFolder } from './identity-folder.ts'
import { openIdentity } from './identity.ts'
import { openJournal } from './journal/open-journal.ts'
import { followJournaledClock } from './journaled-clock.ts'
import type { Logger } from './logger.ts'
import { ownNames } from './own-addresses.ts'
import { openGatewayPayloads } from './payloads/gateway-payloads.ts'
import { openQueue } from './queue/open-queue.ts'

/**
 * What every process stands on, whatever its roles: the data folder and who holds it, journal,
 * clock, faults on demand, queue, payloads, identity, in the order in which each needs the former.
 * @throws GatewayError of the part that could not be opened; those before it are in `onStop`
 */
export async function startFoundation(start: {
  readonly config: Config
  readonly clock: OffsetClock
  readonly log: Logger
  /** What is in hand may take this long at a stop. */
  readonly graceMilliseconds: () => number
  /** Called in order; undone in reverse. */
  readonly onStop: (end: () => Promise<void>) => void
}) {
  const { config, clock, log, onStop } = start
  await openDataFolder(config.data)
  await requireWhole(config.data)
  const journal = await openJournal({
    url: config.journal.url,
    dataFolder: config.data,
    isMostlyWritten: !config.roles.includes('api') && !config.roles.includes('workers'),
    log,
  })
  onStop(() => journal.close())
  const { holder, lease } = await holdDataFolder({
    folder: config.data,
    roles: config.roles,
    journal,
    clock,
    log,
    onStop,
  })
  await requireEnvironment(journal, config.environment)
  const clockControl = await followJournaledClock({
    clock,
    journal,
    environment: config.environment,
    log,
  })
  onStop(async () => clockControl.close())
  const faults = await openFaults({ journal, clock, log })
  onStop(() => faults.close())
  const queue = await openQueue({ url: config.queue.url, journal, log })
  onStop(() => queue.close())
  const held = await openGatewayPayloads({
    url: config.payloads.url,
    dataFolder: config.data,
    journal,
    holder,
    unnamedSeconds: config.payloads.unnamedSeconds,
    log,
  })
  onStop(() => held.close(start.graceMilliseconds()))
  const folder = identityFolder(config)
  const identity = await openIdentity({ folder, clock, log, names: ownNames(config) })
  await rememberHostKeys({ journal, folder, clock, log })
  return { journal, holder, lease, clockControl, faults, queue, held, identity }
}
