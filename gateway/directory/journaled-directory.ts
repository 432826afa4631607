import type { Environment } from '../flow.ts'
import type { Clock } from '../clock.ts'
import type { DirectoryStructuresTable } from '../journal/directory-table.ts'
import { MAX_ROWS_PER_WRITE, type Journal, type WriteStatement } from '../journal/journal.ts'
import { isOneOf } from '../journal/text-list.ts'
import { DEFAULT_DIRECTORY } from './default-directory.ts'
import type { Directory, DirectoryEntry } from './directory.ts'

type Origin = DirectoryStructuresTable['origin']

/** The directory in the journal: every process sees the same. */
export class JournaledDirectory implements Directory {
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
    if (options.environment === 'qualification' && (await directory.#isEmpty())) {
      await directory.put(DEFAULT_DIRECTORY, 'default')
    }
    return directory
  }

  async find(sirets: readonly string[]): Promise<ReadonlyMap<string, DirectoryEntry>> {
    if (sirets.length === 0) return new Map()
    const rows = await this.#journal.read(
      this.#journal.db
        .selectFrom('directory_structures')
        .select(['siret', 'entry_json'])
        .where(({ ref }) => isOneOf(this.#journal, ref('siret'), sirets)),
    )
    return new Map(
      rows.map(({ siret, entry_json }) => [siret, JSON.parse(entry_json) as DirectoryEntry]),
    )
  }

  /** Adds structures, or puts them in the place of those with their SIRET. */
  async put(entries: readonly DirectoryEntry[], origin: Origin): Promise<void> {
    for (let start = 0; start < entries.length; start += MAX_ROWS_PER_WRITE) {
      const rows = entries
        .slice(start, start + MAX_ROWS_PER_WRITE)
        .map((entry) => this.#row(entry, origin))
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

  async learn(
    structures: readonly { readonly siret: string; readonly name: string }[],
  ): Promise<void> {
    if (structures.length === 0) return
    const rows = structures.map(({ siret, name }) =>
      this.#row({ ...LEARNED, siret, name: name.slice(0, MAX_NAME_CHARACTERS) }, 'learned'),
    )
    const statement: WriteStatement = {
      query: this.#journal.db
        .insertInto('directory_structures')
        .values(rows)
        .onConflict((conflict) => conflict.column('siret').doNothing()),
    }
    await this.#journal.write([statement])
  }

  #row(entry: DirectoryEntry, origin: Origin): DirectoryStructuresTable {
    return {
      siret: entry.siret,
      name: entry.name,
      is_active: entry.isActive ? 1 : 0,
      entry_json: JSON.stringify(entry),
      origin,
      updated_at: this.#clock.now(),
    }
  }

  async #isEmpty(): Promise<boolean> {
    const rows = await this.#journal.read(
      this.#journal.db.selectFrom('directory_structures').select('siret').limit(1),
    )
    return rows.length === 0
  }
}

/** Reference chorus-pro-edi §12. */
const MAX_NAME_CHARACTERS = 80

/** What is assumed of a structure that only an invoice told of. */
const LEARNED: Omit<DirectoryEntry, 'siret' | 'name'> = {
  isActive: true,
  needsService: false,
  needsEngagement: false,
  needsServiceOrEngagement: false,
  tellsPayment: true,
  isContractingAuthority: false,
  isContractingAuthorityOnly: false,
  sendsEdi: false,
  receivesEdi: false,
  services: [],
}
