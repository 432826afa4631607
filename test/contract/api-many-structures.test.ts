import { expect, test } from 'vitest'
import type { Actor } from '../../gateway/accounts/actor.ts'
import { structureOfConnection } from '../../gateway/api/connection-name.ts'
import { readFeed } from '../../gateway/api/event-feed.ts'
import { readFlowDocuments, siretOfFlow } from '../../gateway/api/flow-documents.ts'
import { REFUSAL_ROUTES } from '../../gateway/api/refusals.ts'
import type { RouteContext } from '../../gateway/api/route.ts'
import { startedApi } from '../support/started-api.ts'

/** More than an engine takes parameters: SQLite 32,766, PostgreSQL 65,535. */
const MANY = 70_000

test('somebody of more structures than a statement has parameters is answered in every list', async () => {
  const { services } = await startedApi()
  const { journal, accounts, forms } = services
  const visible = Array.from({ length: MANY }, (_, index) => String(index).padStart(14, '0'))
  const rights = {
    isManager: true,
    isAreaOpen: true,
    mayShow: true,
    mayModify: false,
    mayTest: false,
  }
  const actor: Actor = {
    kind: 'user',
    id: 'usr_many',
    name: 'M',
    peer: '',
    globalRoles: new Set(),
    structures: new Map(visible.map((siret) => [siret, rights])),
  }
  const page = { limit: 5 }
  await expect(accounts.structures.list(page, actor)).resolves.toMatchObject({ items: [] })
  await expect(accounts.audit.list(page, actor)).resolves.toMatchObject({ items: [] })
  await expect(accounts.attachments.list(page, actor)).resolves.toMatchObject({ items: [] })
  await expect(accounts.subscriptions.list(page, actor)).resolves.toMatchObject({ items: [] })
  await expect(forms.search({ ...page, sirets: visible })).resolves.toMatchObject({
    connections: [],
  })
  const flows = { sirets: visible, limit: 5, maxFindings: 5 }
  await expect(readFlowDocuments(journal, flows)).resolves.toEqual([])
  await expect(siretOfFlow(journal, flows)).resolves.toBeUndefined()
  const context = { actor, services, visible } as unknown as RouteContext
  await expect(structureOfConnection({ params: { id: 'cnx_' } }, context)).resolves.toBeUndefined()
  const [listRefusals] = REFUSAL_ROUTES
  const input = { params: {}, query: page, body: undefined, revision: undefined }
  await expect(listRefusals?.handler(input, context)).resolves.toMatchObject({ status: 200 })
  const topics = new Set(['flows', 'connections'] as const)
  const sirets = { flows: visible, connections: visible }
  const feed = readFeed(journal, { flowEvent: -1, revision: -1 }, { topics, sirets })
  await expect(feed).resolves.toMatchObject({ events: [] })
})
