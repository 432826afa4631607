import { z } from 'zod'
import type { Clock } from './clock.ts'
import { IdentityFolder } from './identity-files.ts'
import { HOST_KEY_KIND_NAMES, hostKeyOf } from './identity-host-keys.ts'
import type { Journal } from './journal/journal.ts'
import type { Logger } from './logger.ts'

const FACT = 'host-keys'

const memorySchema = z.object({
  /** `SHA256:…` of every host key that clients may have met. */
  known: z.array(z.string()).readonly(),
  /** The last time that some of them were gone at a start. */
  changed: z.object({ at: z.int(), lost: z.array(z.string()).readonly() }).exactOptional(),
})

/** What the journal remembers of the gateway's SSH host keys. */
export type HostKeyMemory = Readonly<z.output<typeof memorySchema>>

/** Undefined when nothing is remembered, or it cannot be read. */
export function readHostKeyMemory(value: unknown): HostKeyMemory | undefined {
  try {
    return memorySchema.parse(JSON.parse(String(value)))
  } catch {
    return undefined
  }
}

/** `SHA256:…` of every host key in a folder; files that are no key are left out. */
export async function hostKeysIn(folder: string): Promise<readonly string[]> {
  const identity = new IdentityFolder(folder)
  const found = await Promise.all(
    HOST_KEY_KIND_NAMES.map(async (kind) => {
      const files = await identity.read(kind)
      return files.flatMap((file) => {
        try {
          return [hostKeyOf(kind, file).fingerprint]
        } catch {
          return []
        }
      })
    }),
  )
  return found.flat()
}

/**
 * Remembers the host keys at a start, and warns of those that are gone: clients that have met them
 * refuse the new ones. A rotation loses none, for keys are only ever added.
 */
export async function rememberHostKeys(options: {
  readonly journal: Journal
  /** Of the gateway's own keys. */
  readonly folder: string
  readonly clock: Clock
  readonly log: Logger
}): Promise<void> {
  const { journal, folder, clock, log } = options
  const { db } = journal
  const known = await hostKeysIn(folder)
  const [fact] = await journal.read(db.selectFrom('facts').select('value').where('name', '=', FACT))
  const before = readHostKeyMemory(fact?.value)
  const lost = (before?.known ?? []).filter((fingerprint) => !known.includes(fingerprint))
  if (lost.length > 0) log.warn({ lost }, 'host keys that partners have met are gone')
  const changed = lost.length > 0 ? { at: clock.now(), lost } : before?.changed
  const memory: HostKeyMemory = { known, ...(changed === undefined ? {} : { changed }) }
  const value = JSON.stringify(memory)
  if (value === fact?.value) return
  await journal.write([
    {
      query: db
        .insertInto('facts')
        .values({ name: FACT, value })
        .onConflict((conflict) => conflict.column('name').doUpdateSet({ value })),
    },
  ])
}
