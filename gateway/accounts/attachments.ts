import { GatewayError } from '../errors.ts'
import type { AttachmentsTable } from '../journal/account-tables.ts'
import type { WriteStatement } from '../journal/journal.ts'
import type { AccountParts } from './account-parts.ts'
import type {
  AttachmentDocument,
  AttachmentRole,
  Attachments,
  Page,
  RequestKey,
  RightsCriteria,
  Structures,
} from './accounts.ts'
import type { Actor } from './actor.ts'
import { pageOf } from './page.ts'
import { can, requirePermission } from './permissions.ts'
import { noRequest, requirePerson, requireSome, rightsEntry, userIdOf } from './rights-requests.ts'
import { narrowToVisible, rightsKey, rightsPlace } from './rights-rows.ts'
import { requireStructure } from './structures.ts'
import { PERSON_COLUMNS, personOf, type PersonColumns } from './user-document.ts'

/** Who belongs to which structure, and as what. */
export class JournaledAttachments implements Attachments {
  readonly #parts: AccountParts
  readonly #structures: Structures

  constructor(parts: AccountParts, structures: Structures) {
    this.#parts = parts
    this.#structures = structures
  }

  async list(criteria: RightsCriteria, by: Actor): Promise<Page<AttachmentDocument>> {
    let query = narrowToVisible(
      this.#parts.journal,
      this.#select(),
      'attachments',
      criteria,
      by,
      'attachment.list',
    )
    if (criteria.isPending === true) query = query.where('attachments.state', '=', 'REQUESTED')
    const rows = await this.#parts.journal.read(query)
    return pageOf(rows, criteria.limit, attachmentDocument, rightsKey)
  }

  async request(
    order: { readonly siret: string; readonly role: 'SECONDARY_MANAGER' | 'MEMBER' },
    by: Actor,
  ): Promise<AttachmentDocument> {
    requirePermission(by, 'attachment.request')
    requirePerson(by)
    const { siret } = await requireStructure(this.#structures, order.siret)
    const key = { userId: by.id, siret }
    const present = await this.#find(key)
    if (present !== undefined && present.state !== 'REFUSED') {
      throw new GatewayError(
        'ACCOUNT_CONFLICT',
        present.state === 'ACCEPTED'
          ? `You belong to the structure ${siret} already.`
          : 'Your request waits for a manager.',
      )
    }
    const { db } = this.#parts.journal
    const values = {
      role: order.role,
      state: 'REQUESTED',
      requested_at: this.#parts.clock.now(),
      decided_at: null,
      decided_by: null,
    } as const
    await this.#parts.writer.write(
      by,
      [rightsEntry('attachment.request', key, { after: { role: order.role } })],
      [
        {
          query: db
            .insertInto('attachments')
            .values({ user_id: userIdOf(key), siret, ...values })
            .onConflict((conflict) =>
              conflict
                .columns(['user_id', 'siret'])
                .doUpdateSet(values)
                .where('attachments.state', '=', 'REFUSED'),
            ),
          expectRows: 1,
        },
      ],
    )
    return this.#require(key)
  }

  async decide(
    keys: readonly RequestKey[],
    decision: 'accept' | 'refuse',
    by: Actor,
  ): Promise<void> {
    requireSome(keys)
    for (const { siret } of keys) requirePermission(by, 'attachment.decide', siret)
    const { journal, clock, writer } = this.#parts
    const state = decision === 'accept' ? 'ACCEPTED' : 'REFUSED'
    await writer.write(
      by,
      keys.map((key) =>
        rightsEntry(`attachment.${decision}`, key, {
          before: { state: 'REQUESTED' },
          after: { state },
        }),
      ),
      keys.map((key) => ({
        query: journal.db
          .updateTable('attachments')
          .set({ state, decided_at: clock.now(), decided_by: by.id })
          .where('user_id', '=', userIdOf(key))
          .where('siret', '=', key.siret)
          .where('state', '=', 'REQUESTED'),
        expectRows: 1,
      })),
      (failedAt) => noRequest(keys[failedAt]),
    )
  }

  async assign(
    order: RequestKey & { readonly role: AttachmentRole },
    by: Actor,
  ): Promise<AttachmentDocument> {
    requirePermission(by, 'attachment.decide', order.siret)
    const { siret } = await requireStructure(this.#structures, order.siret)
    const key = { userId: order.userId, siret }
    const before = await this.#find(key)
    const touchesMain = order.role === 'MAIN_MANAGER' || isMain(before)
    if (touchesMain) requireAdministrator(by, siret)
    await this.#requireUser(key)
    const { journal, clock, writer } = this.#parts
    const { db } = journal
    const now = clock.now()
    const values = {
      role: order.role,
      state: 'ACCEPTED',
      decided_at: now,
      decided_by: by.id,
    } as const
    const statements: WriteStatement[] = []
    if (order.role === 'MAIN_MANAGER') {
      statements.push({
        query: db
          .updateTable('attachments')
          .set({ role: 'SECONDARY_MANAGER' })
          .where('siret', '=', siret)
          .where('role', '=', 'MAIN_MANAGER')
          .where('user_id', '<>', userIdOf(key)),
      })
    }
    statements.push({
      query: db
        .insertInto('attachments')
        .values({ user_id: userIdOf(key), siret, requested_at: now, ...values })
        .onConflict((conflict) => conflict.columns(['user_id', 'siret']).doUpdateSet(values)),
    })
    const was = before && { role: before.role, state: before.state }
    await writer.write(
      by,
      [
        rightsEntry('attachment.assign', key, {
          before: was,
          after: { role: order.role, state: 'ACCEPTED' },
        }),
      ],
      statements,
    )
    return this.#require(key)
  }

  async revoke(key: RequestKey, by: Actor): Promise<void> {
    if (by.id !== key.userId) requirePermission(by, 'attachment.decide', key.siret)
    else requirePermission(by, 'attachment.request')
    const before = await this.#require(key)
    if (isMain(before)) requireAdministrator(by, key.siret)
    const { journal, writer } = this.#parts
    const { db } = journal
    await writer.write(
      by,
      [
        rightsEntry('attachment.revoke', key, {
          before: { role: before.role, state: before.state },
        }),
      ],
      [
        {
          query: db
            .deleteFrom('attachments')
            .where('user_id', '=', userIdOf(key))
            .where('siret', '=', key.siret)
            .where('role', '=', before.role),
          expectRows: 1,
        },
        {
          query: db
            .deleteFrom('subscriptions')
            .where('user_id', '=', userIdOf(key))
            .where('siret', '=', key.siret),
        },
      ],
    )
  }

  async #find(key: RequestKey): Promise<AttachmentDocument | undefined> {
    const [row] = await this.#parts.journal.read(
      this.#select()
        .where('attachments.user_id', '=', userIdOf(key))
        .where('attachments.siret', '=', key.siret),
    )
    return row && attachmentDocument(row)
  }

  /** @throws GatewayError API_NOT_FOUND */
  async #require(key: RequestKey): Promise<AttachmentDocument> {
    const found = await this.#find(key)
    if (found !== undefined) return found
    throw new GatewayError(
      'API_NOT_FOUND',
      `${key.userId} does not belong to the structure ${key.siret}.`,
    )
  }

  async #requireUser(key: RequestKey): Promise<void> {
    const { journal } = this.#parts
    const rows = await journal.read(
      journal.db.selectFrom('users').select('id').where('id', '=', userIdOf(key)),
    )
    if (rows.length === 0)
      throw new GatewayError('API_NOT_FOUND', `There is no user ${key.userId}.`)
  }

  #select() {
    return this.#parts.journal.db
      .selectFrom('attachments')
      .innerJoin('users', 'users.id', 'attachments.user_id')
      .innerJoin('structures', 'structures.siret', 'attachments.siret')
      .select(PERSON_COLUMNS)
      .select([
        'attachments.siret',
        'attachments.role',
        'attachments.state',
        'attachments.requested_at',
        'attachments.decided_at',
        'structures.name as structure_name',
      ])
  }
}

type AttachmentRow = PersonColumns &
  Pick<AttachmentsTable, 'siret' | 'role' | 'state' | 'requested_at' | 'decided_at'> & {
    readonly structure_name: string
  }

function attachmentDocument(row: AttachmentRow): AttachmentDocument {
  return { user: personOf(row), ...rightsPlace(row), role: row.role, state: row.state }
}

const isMain = (attachment: AttachmentDocument | undefined): boolean =>
  attachment?.role === 'MAIN_MANAGER' && attachment.state === 'ACCEPTED'

/** Managers do not make or unmake the main one. @throws GatewayError PERMISSION_DENIED */
function requireAdministrator(by: Actor, siret: string): void {
  if (can(by, 'attachment.decide', null)) return
  throw new GatewayError(
    'PERMISSION_DENIED',
    `Only an administrator changes the main manager of the structure ${siret}.`,
  )
}
