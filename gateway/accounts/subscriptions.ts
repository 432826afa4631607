import { GatewayError } from '../errors.ts'
import type { BilingualText } from '../flow.ts'
import type { SubscriptionsTable } from '../journal/account-tables.ts'
import type { AccountParts } from './account-parts.ts'
import type {
  AskedRights,
  Page,
  RequestKey,
  RightsCriteria,
  Structures,
  SubscriptionAnswer,
  SubscriptionDocument,
  Subscriptions,
} from './accounts.ts'
import type { Actor } from './actor.ts'
import { pageOf } from './page.ts'
import { requirePermission } from './permissions.ts'
import { noRequest, requirePerson, requireSome, rightsEntry, userIdOf } from './rights-requests.ts'
import { narrowToVisible, rightsKey, rightsPlace } from './rights-rows.ts'
import { requireStructure } from './structures.ts'
import { PERSON_COLUMNS, personOf, type PersonColumns } from './user-document.ts'

/** "Few people should have it": the platform's advice (reference chorus-pro-edi §7.1). */
const FEW_MODIFY_HOLDERS = 2

/** Rights on the area of a structure: asked for by a person, decided by a manager. */
export class JournaledSubscriptions implements Subscriptions {
  readonly #parts: AccountParts
  readonly #structures: Structures

  constructor(parts: AccountParts, structures: Structures) {
    this.#parts = parts
    this.#structures = structures
  }

  async list(criteria: RightsCriteria, by: Actor): Promise<Page<SubscriptionDocument>> {
    let query = narrowToVisible(
      this.#parts.journal,
      this.#select(),
      'subscriptions',
      criteria,
      by,
      'subscription.list',
    )
    if (criteria.isPending === true) {
      query = query.where('subscriptions.requested_json', 'is not', null)
    }
    const rows = await this.#parts.journal.read(query)
    return pageOf(rows, criteria.limit, subscriptionDocument, rightsKey)
  }

  async request(
    order: AskedRights & { readonly siret: string },
    by: Actor,
  ): Promise<SubscriptionDocument> {
    requirePermission(by, 'subscription.request', order.siret)
    requirePerson(by)
    await this.#requireArea(order.siret)
    const key = { userId: by.id, siret: order.siret }
    const requested = completeRights(order)
    if ((await this.#find(key))?.requested != null) {
      throw new GatewayError('ACCOUNT_CONFLICT', 'Your request waits for a manager.')
    }
    const { journal, clock, writer } = this.#parts
    const requested_json = JSON.stringify(requested)
    await writer.write(
      by,
      [rightsEntry('subscription.request', key, { after: requested })],
      [
        {
          query: journal.db
            .insertInto('subscriptions')
            .values({
              user_id: userIdOf(key),
              siret: key.siret,
              ...columnsOf(NO_RIGHTS),
              requested_json,
              state: 'REQUESTED',
              requested_at: clock.now(),
              decided_at: null,
              decided_by: null,
            })
            .onConflict((conflict) =>
              conflict.columns(['user_id', 'siret']).doUpdateSet((eb) => ({
                requested_json,
                requested_at: clock.now(),
                // What is in force stays in force until the decision.
                state: eb
                  .case()
                  .when('subscriptions.state', '=', 'ACCEPTED')
                  .then('ACCEPTED' as const)
                  .else('REQUESTED' as const)
                  .end(),
              })),
            ),
        },
      ],
    )
    return this.#require(key)
  }

  async decide(
    keys: readonly RequestKey[],
    decision: 'accept' | 'refuse',
    by: Actor,
  ): Promise<SubscriptionAnswer> {
    requireSome(keys)
    for (const { siret } of keys) requirePermission(by, 'subscription.decide', siret)
    const present = await Promise.all(
      keys.map(async (key) => ({ key, document: await this.#find(key) })),
    )
    const decided = present.map(({ key, document }) => {
      if (document === undefined || document.requested === null) throw noRequest(key)
      const rights = decision === 'accept' ? document.requested : document.rights
      return { key, document, requested: document.requested, rights }
    })
    const { journal, clock, writer } = this.#parts
    await writer.write(
      by,
      decided.map(({ key, document, requested, rights }) =>
        rightsEntry(`subscription.${decision}`, key, {
          before: { rights: document.rights, requested },
          after: { rights },
        }),
      ),
      decided.map(({ key, requested, rights }) => ({
        query: journal.db
          .updateTable('subscriptions')
          .set({
            ...columnsOf(rights),
            requested_json: null,
            state: rights.mayShow ? 'ACCEPTED' : 'REFUSED',
            decided_at: clock.now(),
            decided_by: by.id,
          })
          .where('user_id', '=', userIdOf(key))
          .where('siret', '=', key.siret)
          // The request that was looked at, not one that came in its place.
          .where('requested_json', '=', JSON.stringify(requested)),
        expectRows: 1,
      })),
      (failedAt) => noRequest(keys[failedAt]),
    )
    return { warnings: await this.#warnings(keys) }
  }

  async grant(order: AskedRights & RequestKey, by: Actor): Promise<SubscriptionAnswer> {
    requirePermission(by, 'subscription.decide', order.siret)
    await this.#requireArea(order.siret)
    const key = { userId: order.userId, siret: order.siret }
    await this.#requireAttachment(key)
    const rights = completeRights(order)
    const before = await this.#find(key)
    const { journal, clock, writer } = this.#parts
    const values = {
      ...columnsOf(rights),
      requested_json: null,
      state: 'ACCEPTED',
      decided_at: clock.now(),
      decided_by: by.id,
    } as const
    await writer.write(
      by,
      [rightsEntry('subscription.grant', key, { before: before?.rights, after: rights })],
      [
        {
          query: journal.db
            .insertInto('subscriptions')
            .values({
              user_id: userIdOf(key),
              siret: key.siret,
              requested_at: clock.now(),
              ...values,
            })
            .onConflict((conflict) => conflict.columns(['user_id', 'siret']).doUpdateSet(values)),
        },
      ],
    )
    return { warnings: await this.#warnings([key]) }
  }

  async revoke(key: RequestKey, by: Actor): Promise<void> {
    if (by.id === key.userId) requirePermission(by, 'subscription.request', key.siret)
    else requirePermission(by, 'subscription.decide', key.siret)
    const before = await this.#require(key)
    const { journal, writer } = this.#parts
    await writer.write(
      by,
      [rightsEntry('subscription.revoke', key, { before: before.rights })],
      [
        {
          query: journal.db
            .deleteFrom('subscriptions')
            .where('user_id', '=', userIdOf(key))
            .where('siret', '=', key.siret),
          expectRows: 1,
        },
      ],
    )
  }

  async #requireArea(siret: string): Promise<void> {
    const structure = await requireStructure(this.#structures, siret)
    if (structure.isAreaOpen) return
    throw new GatewayError(
      'ACCOUNT_CONFLICT',
      `The structure ${siret} has not opened its area "EDI & API connections".`,
      { remedy: 'A manager of the structure opens the area first.' },
    )
  }

  async #requireAttachment(key: RequestKey): Promise<void> {
    const { journal } = this.#parts
    const rows = await journal.read(
      journal.db
        .selectFrom('attachments')
        .select('user_id')
        .where('user_id', '=', userIdOf(key))
        .where('siret', '=', key.siret)
        .where('state', '=', 'ACCEPTED'),
    )
    if (rows.length > 0) return
    throw new GatewayError(
      'ACCOUNT_CONFLICT',
      `${key.userId} does not belong to the structure ${key.siret}.`,
      { remedy: 'Attach the person to the structure first.' },
    )
  }

  async #warnings(keys: readonly RequestKey[]): Promise<readonly BilingualText[]> {
    const { journal } = this.#parts
    const rows = await journal.read(
      journal.db
        .selectFrom('subscriptions')
        .select(['siret', journal.db.fn.countAll<number>().as('holders')])
        .where('siret', 'in', [...new Set(keys.map(({ siret }) => siret))])
        .where('state', '=', 'ACCEPTED')
        .where('may_modify', '=', 1)
        .groupBy('siret')
        .orderBy('siret'),
    )
    return rows
      .filter(({ holders }) => holders > FEW_MODIFY_HOLDERS)
      .map(({ siret, holders }) => ({
        en: `${holders} people may modify the connections of ${siret}; the platform advises to entitle few.`,
        fr: `${holders} personnes peuvent modifier les raccordements de ${siret} ; il est conseillé d’en habiliter peu.`,
      }))
  }

  async #find(key: RequestKey): Promise<SubscriptionDocument | undefined> {
    const [row] = await this.#parts.journal.read(
      this.#select()
        .where('subscriptions.user_id', '=', userIdOf(key))
        .where('subscriptions.siret', '=', key.siret),
    )
    return row && subscriptionDocument(row)
  }

  /** @throws GatewayError API_NOT_FOUND */
  async #require(key: RequestKey): Promise<SubscriptionDocument> {
    const found = await this.#find(key)
    if (found !== undefined) return found
    throw new GatewayError(
      'API_NOT_FOUND',
      `${key.userId} has no subscription to the area of ${key.siret}.`,
    )
  }

  #select() {
    return this.#parts.journal.db
      .selectFrom('subscriptions')
      .innerJoin('users', 'users.id', 'subscriptions.user_id')
      .innerJoin('structures', 'structures.siret', 'subscriptions.siret')
      .select(PERSON_COLUMNS)
      .select([
        'subscriptions.siret',
        'subscriptions.may_show',
        'subscriptions.may_modify',
        'subscriptions.may_test',
        'subscriptions.requested_json',
        'subscriptions.state',
        'subscriptions.requested_at',
        'subscriptions.decided_at',
        'structures.name as structure_name',
      ])
  }
}

type SubscriptionRow = PersonColumns &
  Omit<SubscriptionsTable, 'user_id' | 'decided_by'> & { readonly structure_name: string }

function subscriptionDocument(row: SubscriptionRow): SubscriptionDocument {
  return {
    user: personOf(row),
    ...rightsPlace(row),
    rights: {
      mayShow: row.may_show === 1,
      mayModify: row.may_modify === 1,
      mayTest: row.may_test === 1,
    },
    requested: row.requested_json === null ? null : (JSON.parse(row.requested_json) as AskedRights),
    state: row.state,
  }
}

const NO_RIGHTS: AskedRights = { mayShow: false, mayModify: false, mayTest: false }

/** Modify and test include show. @throws GatewayError API_REQUEST_INVALID when nothing is asked */
function completeRights({ mayShow, mayModify, mayTest }: AskedRights): AskedRights {
  if (mayShow || mayModify || mayTest) return { mayShow: true, mayModify, mayTest }
  throw new GatewayError('API_REQUEST_INVALID', 'Ask for show, modify or test at least.')
}

const columnsOf = ({ mayShow, mayModify, mayTest }: AskedRights) => ({
  may_show: mayShow ? 1 : 0,
  may_modify: mayModify ? 1 : 0,
  may_test: mayTest ? 1 : 0,
})
