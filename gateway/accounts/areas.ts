import { GatewayError } from '../errors.ts'
import type { AccountParts } from './account-parts.ts'
import type { AreaAnswer, Areas, Structures } from './accounts.ts'
import type { Actor } from './actor.ts'
import { requirePermission } from './permissions.ts'
import { requireStructure } from './structures.ts'
import { whyNoArea } from './why-no-area.ts'

/** Areas "EDI & API connections". */
export class JournaledAreas implements Areas {
  readonly #parts: AccountParts
  readonly #structures: Structures

  constructor(parts: AccountParts, structures: Structures) {
    this.#parts = parts
    this.#structures = structures
  }

  async open(siret: string, by: Actor): ReturnType<Areas['open']> {
    requirePermission(by, 'area.open', siret)
    await requireStructure(this.#structures, siret)
    const { journal, clock, writer } = this.#parts
    const now = clock.now()
    await writer.write(
      by,
      [{ action: 'area.open', objectKind: 'structure', objectId: siret, siret }],
      [
        {
          query: journal.db.insertInto('areas').values({ siret, opened_at: now, opened_by: by.id }),
        },
      ],
      () => new GatewayError('ACCOUNT_CONFLICT', `The area of ${siret} is open already.`),
    )
    return { siret, openedAt: new Date(now).toISOString() }
  }

  async why(
    order: { readonly siret: string; readonly userId?: string },
    by: Actor,
  ): Promise<AreaAnswer> {
    const userId = order.userId ?? by.id
    requirePermission(by, userId === by.id ? 'area.why' : 'user.show')
    return whyNoArea(this.#parts.journal, order.siret, userId)
  }
}
