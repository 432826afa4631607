import { sql, type Selectable } from 'kysely'
import { GatewayError } from '../errors.ts'
import type { StructuresTable } from '../journal/account-tables.ts'
import { isOneOf } from '../journal/text-list.ts'
import { isSiret, sirenOf } from '../siret.ts'
import type { AccountParts } from './account-parts.ts'
import { ValueFaults } from './account-values.ts'
import type { Page, StructureDocument, StructureOrder, Structures } from './accounts.ts'
import type { Actor } from './actor.ts'
import { containing, pageOf } from './page.ts'
import { requirePermission, visibleSirets } from './permissions.ts'

type StructureRow = Selectable<StructuresTable> & { readonly opened_at: number | null }

/** Structures (*structures*) by SIRET. */
export class JournaledStructures implements Structures {
  readonly #parts: AccountParts

  constructor(parts: AccountParts) {
    this.#parts = parts
  }

  async find(siret: string): Promise<StructureDocument | undefined> {
    const [row] = await this.#parts.journal.read(
      this.#select().where('structures.siret', '=', siret).limit(1),
    )
    return row && structureDocument(row)
  }

  async list(
    criteria: Parameters<Structures['list']>[0],
    by: Actor,
  ): Promise<Page<StructureDocument>> {
    const { text = '', after, limit } = criteria
    const visible = visibleSirets(by, 'structure.list')
    if (visible !== 'all' && visible.length === 0) return { items: [], next: null }
    let query = this.#select()
      .orderBy('structures.siret')
      .limit(limit + 1)
    if (visible !== 'all') {
      const { journal } = this.#parts
      query = query.where((where) => isOneOf(journal, where.ref('structures.siret'), visible))
    }
    if (after !== undefined) query = query.where('structures.siret', '>', after)
    if (/^\d+$/.test(text)) {
      // A range, so that the key serves it.
      query = query.where('structures.siret', '>=', text).where('structures.siret', '<', `${text}:`)
    } else if (text !== '') {
      query = query.where(sql<boolean>`lower(structures.name) like ${containing(text)} escape '\\'`)
    }
    const rows = await this.#parts.journal.read(query)
    return pageOf(rows, limit, structureDocument, ({ siret }) => siret)
  }

  async write(order: StructureOrder, by: Actor): Promise<StructureDocument> {
    requirePermission(by, 'structure.write')
    const { journal, clock, environment, writer } = this.#parts
    if (environment === 'qualification') {
      throw new GatewayError(
        'STRUCTURE_READ_ONLY',
        'In qualification structures come from a data set.',
      )
    }
    const faults = new ValueFaults()
    const name = faults.name('name', order.name)
    if (!isSiret(order.siret, environment)) {
      faults.add('siret', {
        en: 'wants 14 digits with their check digits right',
        fr: 'attend 14 chiffres dont les clés de contrôle sont justes',
      })
    }
    faults.raise()
    const before = await this.find(order.siret)
    const now = clock.now()
    const refusal = () =>
      new GatewayError('ACCOUNT_CHANGED', `Structure ${order.siret} has another revision.`)
    if (order.revision !== undefined && order.revision !== before?.revision) throw refusal()
    const isActive = order.isActive ?? before?.isActive ?? true
    const { db } = journal
    const statement =
      before === undefined
        ? {
            query: db.insertInto('structures').values({
              siret: order.siret,
              siren: sirenOf(order.siret),
              name,
              is_active: isActive ? 1 : 0,
              created_at: now,
              updated_at: now,
            }),
          }
        : {
            query: db
              .updateTable('structures')
              .set({
                name,
                is_active: isActive ? 1 : 0,
                updated_at: Math.max(now, before.revision + 1),
              })
              .where('siret', '=', order.siret)
              .where('updated_at', '=', before.revision),
            expectRows: 1,
          }
    const entry = {
      action: before === undefined ? 'structure.create' : 'structure.change',
      objectKind: 'structure',
      objectId: order.siret,
      siret: order.siret,
      ...(before === undefined ? {} : { before: { name: before.name, isActive: before.isActive } }),
      after: { name, isActive },
    }
    await writer.write(by, [entry], [statement], refusal)
    return requireStructure(this, order.siret)
  }

  #select() {
    return this.#parts.journal.db
      .selectFrom('structures')
      .leftJoin('areas', 'areas.siret', 'structures.siret')
      .selectAll('structures')
      .select('areas.opened_at')
  }
}

/** @throws GatewayError API_NOT_FOUND when there is no such structure */
export async function requireStructure(
  structures: Pick<Structures, 'find'>,
  siret: string,
): Promise<StructureDocument> {
  const structure = await structures.find(siret)
  if (structure !== undefined) return structure
  throw new GatewayError('API_NOT_FOUND', `There is no structure ${siret}.`, {
    remedy: 'Check the SIRET; in qualification generate a data set.',
  })
}

function structureDocument(row: StructureRow): StructureDocument {
  return {
    siret: row.siret,
    siren: row.siren,
    name: row.name,
    isActive: row.is_active === 1,
    isAreaOpen: row.opened_at !== null,
    revision: row.updated_at,
  }
}
