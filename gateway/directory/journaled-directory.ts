import { sql, type Selectable } from 'kysely'
import type { Page } from '../accounts/accounts.ts'
import { containing, pageOf } from '../accounts/page.ts'
import type { Clock } from '../clock.ts'
import type { Environment } from '../flow.ts'
import type { DirectoryStructuresTable } from '../journal/directory-table.ts'
import { MAX_ROWS_PER_WRITE, type Journal } from '../journal/journal.ts'
import { isOneOf } from '../journal/text-list.ts'
import { DEFAULT_DIRECTORY } from './default-directory.ts'
import { PLAIN_ENTRY } from './plain-entry.ts'
import { lostServices, noteLost, takeOut } from './removals.ts'
import type { DirectoryDocument, DirectoryEntry, EditableDirectory } from './directory.ts'

type Row = Selectable<DirectoryStructuresTable>

/** The directory in the journal: every process sees the same. */
export class JournaledDirectory implements EditableDirectory {
  readonly #journal: Journal
  readonly #clock: Clock

  private constructor(journal: Journal, clock: Clock) {
    this.#journal = journal
    this.#clock = clock
  }

  /** In qualification an empty directory gets the default structures. */
  static async open(options: {
    readonly journal: Journal
    readonly clock: Clock
    readonly environment: Environment
  }): Promise<JournaledDirectory> {
    const directory = new JournaledDirectory(options.journal, options.clock)
    if (options.environment === 'qualification') {
      const { items } = await directory.list({ limit: 1 })
      if (items.length === 0) await directory.#insert(DEFAULT_DIRECTORY, 'default')
    }
    return directory
  }

  async find(sirets: readonly string[]): Promise<ReadonlyMap<string, DirectoryEntry>> {
    if (sirets.length === 0) return new Map()
    const rows = await this.#journal.read(
      this.#journal.db
        .selectFrom('directory_structures')
        .select(['siret', 'entry_json'])
        .where((where) => isOneOf(this.#journal, where.ref('siret'), sirets)),
    )
    return new Map(
      rows.map(({ siret, entry_json }) => [siret, JSON.parse(entry_json) as DirectoryEntry]),
    )
  }

  async list(criteria: Parameters<EditableDirectory['list']>[0]): Promise<Page<DirectoryDocument>> {
    const { text = '', isActive, after, limit } = criteria
    let query = this.#journal.db
      .selectFrom('directory_structures')
      .selectAll()
      .orderBy('siret')
      .limit(limit + 1)
    if (after !== undefined) query = query.where('siret', '>', after)
    if (isActive !== undefined) query = query.where('is_active', '=', isActive ? 1 : 0)
    if (/^\d+$/.test(text)) {
      query = query.where('siret', '>=', text).where('siret', '<', `${text}:`)
    } else if (text !== '') {
      query = query.where(sql<boolean>`lower(name) like ${containing(text)} escape '\\'`)
    }
    return pageOf(await this.#journal.read(query), limit, documentOf, ({ siret }) => siret)
  }

  async show(siret: string): Promise<DirectoryDocument | undefined> {
    const rows = await this.#journal.read(
      this.#journal.db.selectFrom('directory_structures').selectAll().where('siret', '=', siret),
    )
    return rows[0] === undefined ? undefined : documentOf(rows[0])
  }

  async put(
    entries: readonly DirectoryEntry[],
    origin: DirectoryDocument['origin'],
  ): Promise<void> {
    for (let start = 0; start < entries.length; start += MAX_ROWS_PER_WRITE) {
      const slice = entries.slice(start, start + MAX_ROWS_PER_WRITE)
      await this.#noteLost(slice)
      const rows = slice.map((entry) => this.#row(entry, origin))
      await this.#journal.write([
        {
          query: this.#journal.db
            .insertInto('directory_structures')
            .values(rows)
            .onConflict((conflict) =>
              conflict.column('siret').doUpdateSet((expression) => ({
                name: expression.ref('excluded.name'),
                is_active: expression.ref('excluded.is_active'),
                entry_json: expression.ref('excluded.entry_json'),
                origin: expression.ref('excluded.origin'),
                updated_at: expression.ref('excluded.updated_at'),
              })),
            ),
        },
      ])
    }
  }

  async remove(siret: string): Promise<boolean> {
    const { committed } = await this.#journal.write(
      takeOut(this.#journal, siret, this.#clock.now()),
    )
    return committed
  }

  /** Before the change: what is noted of a service that stays says nothing. */
  async #noteLost(entries: readonly DirectoryEntry[]): Promise<void> {
    const lost = await lostServices(this.#journal, entries, this.#clock.now())
    for (let start = 0; start < lost.length; start += MAX_ROWS_PER_WRITE) {
      await this.#journal.write([
        noteLost(this.#journal, lost.slice(start, start + MAX_ROWS_PER_WRITE)),
      ])
    }
  }

  async learn(
    structures: readonly { readonly siret: string; readonly name: string }[],
  ): Promise<void> {
    const entries = structures.map(({ siret, name }) => ({
      ...PLAIN_ENTRY,
      siret,
      name: name.slice(0, MAX_NAME_CHARACTERS),
    }))
    await this.#insert(entries, 'learned')
  }

  /** Those that are there already stay as they are. */
  async #insert(
    entries: readonly DirectoryEntry[],
    origin: DirectoryDocument['origin'],
  ): Promise<void> {
    if (entries.length === 0) return
    await this.#journal.write([
      {
        query: this.#journal.db
          .insertInto('directory_structures')
          .values(entries.map((entry) => this.#row(entry, origin)))
          .onConflict((conflict) => conflict.column('siret').doNothing()),
      },
    ])
  }

  #row(entry: DirectoryEntry, origin: DirectoryDocument['origin']): DirectoryStructuresTable {
    return {
      siret: entry.siret,
      name: entry.name,
      is_active: entry.isActive ? 1 : 0,
      entry_json: JSON.stringify(entry),
      origin,
      updated_at: this.#clock.now(),
    }
  }
}

function documentOf({ entry_json, origin, updated_at }: Row): DirectoryDocument {
  const entry = JSON.parse(entry_json) as DirectoryEntry
  return { ...entry, origin, updatedAt: new Date(updated_at).toISOString() }
}

/** Reference chorus-pro-edi §12. */
const MAX_NAME_CHARACTERS = 80
