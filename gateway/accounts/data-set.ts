import { GatewayError } from '../errors.ts'
import type { WriteStatement } from '../journal/journal.ts'
import { FICTIONAL_SIREN } from '../siret.ts'
import type { AccountParts } from './account-parts.ts'
import { ValueFaults } from './account-values.ts'
import type { DataSet, DataSetAnswer, DataSetStructure } from './accounts.ts'
import type { Actor } from './actor.ts'
import type { AuditEntry } from './audit.ts'
import { fictionalStructures, type FictionalStructure } from './fictional-structures.ts'
import { newUserRow, withPassword } from './new-user.ts'
import { requirePermission } from './permissions.ts'
import { newPassword } from './secrets.ts'
import type { UserRow } from './user-document.ts'

/** Each structure costs one password derivation, about a quarter of a second. */
export const MAX_DATA_SET = 50
/** Passwords worked on together: people who sign in meanwhile do not wait behind a whole set. */
const AT_A_TIME = 2
/** The three of the platform's own samples are in every set. */
export const MIN_DATA_SET = 3

/** Fictional structures and one main manager for each. */
export class GeneratedDataSet implements DataSet {
  readonly #parts: AccountParts

  constructor(parts: AccountParts) {
    this.#parts = parts
  }

  async generate(
    order: { readonly seed: string; readonly count: number },
    by: Actor,
  ): Promise<DataSetAnswer> {
    requirePermission(by, 'dataset.generate')
    if (this.#parts.environment !== 'qualification') {
      throw new GatewayError('STRUCTURE_READ_ONLY', 'Data sets are of the qualification platform.')
    }
    requireOrder(order)
    const wanted = fictionalStructures(order.seed, order.count)
    const there = await this.#there(wanted)
    const missing = wanted.filter(({ siret }) => !there.has(siret))
    const made = await this.#make(missing, order.seed, by)
    return {
      seed: order.seed,
      structures: wanted.map((structure): DataSetStructure => {
        const { siret, kind, managerLogin } = structure
        const present = there.get(siret)
        const { id, password } = made.get(siret) ?? { id: present?.managerId ?? '', password: null }
        const name = present?.name ?? structure.name
        return { siret, name, kind, manager: { id, login: managerLogin, password } }
      }),
    }
  }

  /** By SIRET, those that exist: of this set, of one of another seed. */
  async #there(
    wanted: readonly FictionalStructure[],
  ): Promise<ReadonlyMap<string, { readonly name: string; readonly managerId: string }>> {
    const { journal } = this.#parts
    const logins = new Map(wanted.map(({ managerLogin, siret }) => [managerLogin, siret]))
    const [structures, users] = await Promise.all([
      journal.read(
        journal.db
          .selectFrom('structures')
          .select(['siret', 'name'])
          .where(
            'siret',
            'in',
            wanted.map(({ siret }) => siret),
          ),
      ),
      journal.read(
        journal.db
          .selectFrom('users')
          .select(['id', 'login'])
          .where('login', 'in', [...logins.keys()]),
      ),
    ])
    const ids = new Map(users.map(({ id, login }) => [logins.get(login), id]))
    return new Map(
      structures.map(({ siret, name }) => [siret, { name, managerId: ids.get(siret) ?? '' }]),
    )
  }

  async #make(
    missing: readonly FictionalStructure[],
    seed: string,
    by: Actor,
  ): Promise<ReadonlyMap<string, { readonly id: string; readonly password: string }>> {
    const { clock, writer } = this.#parts
    if (missing.length === 0) return new Map()
    const now = clock.now()
    const made: { structure: FictionalStructure; user: UserRow; password: string }[] = []
    for (let start = 0; start < missing.length; start += AT_A_TIME) {
      const batch = missing.slice(start, start + AT_A_TIME)
      made.push(...(await Promise.all(batch.map((structure) => this.#manager(structure, now)))))
    }
    await writer.write(
      by,
      made.map(({ structure, user }): AuditEntry => ({
        action: 'dataset.generate',
        objectKind: 'structure',
        objectId: structure.siret,
        siret: structure.siret,
        after: { seed, name: structure.name, manager: user.login },
      })),
      made.flatMap(({ structure, user }) => this.#statements(structure, user, now)),
      () => new GatewayError('ACCOUNT_CONFLICT', 'The set was generated in the same moment.'),
    )
    return new Map(
      made.map(({ structure, user, password }) => [structure.siret, { id: user.id, password }]),
    )
  }

  async #manager(structure: FictionalStructure, now: number) {
    const password = newPassword()
    const order = {
      login: structure.managerLogin,
      firstName: structure.managerFirstName,
      name: structure.managerName,
      email: structure.managerLogin,
    }
    const hash = await this.#parts.passwords.hash(password)
    return { structure, user: withPassword(newUserRow(order, now, false), hash), password }
  }

  #statements(structure: FictionalStructure, user: UserRow, now: number): WriteStatement[] {
    const { db } = this.#parts.journal
    return [
      {
        query: db.insertInto('structures').values({
          siret: structure.siret,
          siren: FICTIONAL_SIREN,
          name: structure.name,
          is_active: 1,
          created_at: now,
          updated_at: now,
        }),
      },
      { query: db.insertInto('users').values(user) },
      {
        query: db.insertInto('attachments').values({
          user_id: user.id,
          siret: structure.siret,
          role: 'MAIN_MANAGER',
          state: 'ACCEPTED',
          requested_at: now,
          decided_at: now,
          decided_by: 'gateway',
        }),
      },
    ]
  }
}

/** @throws GatewayError API_REQUEST_INVALID */
function requireOrder({ seed, count }: { readonly seed: string; readonly count: number }): void {
  const faults = new ValueFaults()
  if (!/^[A-Za-z0-9-]{1,40}$/.test(seed)) {
    faults.add('seed', {
      en: 'wants 1 to 40 letters, digits or hyphens',
      fr: 'attend 1 à 40 lettres, chiffres ou tirets',
    })
  }
  if (!Number.isInteger(count) || count < MIN_DATA_SET || count > MAX_DATA_SET) {
    faults.add('count', {
      en: `wants ${MIN_DATA_SET} to ${MAX_DATA_SET}`,
      fr: `attend ${MIN_DATA_SET} à ${MAX_DATA_SET}`,
    })
  }
  faults.raise()
}
