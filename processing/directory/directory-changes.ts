import type { DirectoryEntry, DirectoryService } from '../../gateway/directory/directory.ts'
import type { Journal } from '../../gateway/journal/journal.ts'

/** The `service` of a row of `directory_removals` that says that the structure itself left. */
const WHOLE_STRUCTURE = ''

/** A time of changes: after `since`, up to `until`, milliseconds of business time. */
export interface ChangePeriod {
  readonly since: number
  readonly until: number
}

/** Structures that left and are not there again, by SIRET, as they are told: with nothing active. */
export async function readRemoved(
  journal: Journal,
  { since, until }: ChangePeriod,
  page: { readonly after: string; readonly limit: number },
): Promise<readonly DirectoryEntry[]> {
  const rows = await journal.read(
    journal.db
      .selectFrom('directory_removals')
      .leftJoin('directory_structures', 'directory_structures.siret', 'directory_removals.siret')
      .select(['directory_removals.entry_json'])
      .where('directory_removals.service', '=', WHOLE_STRUCTURE)
      .where('directory_removals.removed_at', '>', since)
      .where('directory_removals.removed_at', '<=', until)
      .where('directory_removals.siret', '>', page.after)
      .where('directory_structures.siret', 'is', null)
      .orderBy('directory_removals.siret')
      .limit(page.limit),
  )
  return rows.map(({ entry_json }) => {
    const entry = JSON.parse(entry_json) as DirectoryEntry
    const services = entry.services.map((service) => ({ ...service, isActive: false }))
    return { ...entry, isActive: false, services }
  })
}

/** The same structures with the services that they lost in that time, which are not active any more. */
export async function withLostServices(
  journal: Journal,
  entries: readonly DirectoryEntry[],
  { since, until }: ChangePeriod,
): Promise<readonly DirectoryEntry[]> {
  if (entries.length === 0) return entries
  const sirets = entries.map(({ siret }) => siret)
  const rows = await journal.read(
    journal.db
      .selectFrom('directory_removals')
      .select(['siret', 'service', 'entry_json'])
      .where('service', '<>', WHOLE_STRUCTURE)
      .where('removed_at', '>', since)
      .where('removed_at', '<=', until)
      .where('siret', 'in', sirets)
      .orderBy('service'),
  )
  const lost = Map.groupBy(rows, ({ siret }) => siret)
  return entries.map((entry) => {
    const present = new Set(entry.services.map(({ code }) => code))
    const gone = (lost.get(entry.siret) ?? [])
      .filter(({ service }) => !present.has(service))
      .map(({ entry_json }) => JSON.parse(entry_json) as DirectoryService)
    if (gone.length === 0) return entry
    return {
      ...entry,
      services: [...entry.services, ...gone.map((one) => ({ ...one, isActive: false }))],
    }
  })
}
