import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  MACHINE,
  openTestAccounts,
  type TestAccounts,
  type TestPerson,
} from '../../test/support/test-accounts.ts'
import type { AreaAnswer } from './accounts.ts'
import { can } from './permissions.ts'

let ground: TestAccounts
let sirets: readonly string[]
let managers: readonly string[]
let lastPerson = 0

beforeAll(async () => {
  ground = await openTestAccounts()
  const set = await ground.accounts.dataSet.generate({ seed: 'rights', count: 12 }, MACHINE)
  sirets = set.structures.map(({ siret }) => siret)
  managers = set.structures.map(({ manager }) => manager.id)
})
afterAll(() => ground.close())

async function person(): Promise<TestPerson> {
  lastPerson += 1
  return ground.person(`person-${lastPerson}`)
}
/** A person who belongs to the structure; its area is open. */
async function member(siret: string): Promise<TestPerson> {
  const someone = await person()
  await ground.accounts.attachments.assign({ userId: someone.id, siret, role: 'MEMBER' }, MACHINE)
  return someone
}
async function manager(siret: string): Promise<TestPerson> {
  const someone = await person()
  const order = { userId: someone.id, siret, role: 'SECONDARY_MANAGER' } as const
  await ground.accounts.attachments.assign(order, MACHINE)
  return someone
}
const doneSteps = (answer: AreaAnswer): readonly string[] =>
  answer.steps.filter(({ isDone }) => isDone).map(({ step }) => step)

const SHOW = { mayShow: true, mayModify: false, mayTest: false }
const MODIFY = { mayShow: false, mayModify: true, mayTest: false }

describe('the way to an area', () => {
  test('is told step by step, with whom to ask, and rights act at the next request', async () => {
    const { areas, attachments, subscriptions } = ground.accounts
    const siret = sirets[0]!
    const boss = await manager(siret)
    const someone = await person()
    const why = async () => areas.why({ siret }, await someone.actor())

    const first = await why()
    expect(doneSteps(first)).toEqual(['account', 'structure'])
    expect(first).toMatchObject({ maySee: false, mayModify: false })
    expect(first.steps[2]?.ask.map(({ id }) => id)).toEqual([managers[0], boss.id])

    await attachments.request({ siret, role: 'MEMBER' }, await someone.actor())
    expect((await why()).steps[2]?.message.en).toContain('waits')
    await attachments.decide([{ userId: someone.id, siret }], 'accept', await boss.actor())
    expect(doneSteps(await why())).toEqual(['account', 'structure', 'attachment'])

    const ask = async () => subscriptions.request({ siret, ...MODIFY }, await someone.actor())
    await expect(ask()).rejects.toMatchObject({ code: 'ACCOUNT_CONFLICT' })
    expect(can(await boss.actor(), 'connection.write', siret)).toBe(false)
    await areas.open(siret, await boss.actor())
    await expect(areas.open(siret, await boss.actor())).rejects.toMatchObject({
      code: 'ACCOUNT_CONFLICT',
    })
    expect(can(await boss.actor(), 'connection.write', siret)).toBe(true)

    expect(can(await someone.actor(), 'connection.show', siret)).toBe(false)
    expect((await ask()).requested).toEqual({ mayShow: true, mayModify: true, mayTest: false })
    await expect(ask()).rejects.toMatchObject({ code: 'ACCOUNT_CONFLICT' })
    expect((await why()).steps.at(-1)?.message.en).toContain('waits')
    await subscriptions.decide([{ userId: someone.id, siret }], 'accept', await boss.actor())
    expect(can(await someone.actor(), 'connection.write', siret)).toBe(true)
    const last = await why()
    expect(last).toMatchObject({ maySee: true, mayModify: true })
    expect(last.steps.every(({ isDone, ask }) => isDone && ask.length === 0)).toBe(true)

    await attachments.revoke({ userId: someone.id, siret }, await boss.actor())
    expect(can(await someone.actor(), 'connection.show', siret)).toBe(false)
    expect(doneSteps(await why())).toEqual(['account', 'structure', 'area'])
  })

  test('of somebody else is for administrators; who has a global role needs no steps', async () => {
    const { areas, users } = ground.accounts
    const [someone, other] = [await person(), await person()]
    const siret = sirets[1]!
    await expect(
      areas.why({ siret, userId: other.id }, await someone.actor()),
    ).rejects.toMatchObject({ code: 'PERMISSION_DENIED' })
    await users.change(other.id, { globalRoles: ['auditor'] }, MACHINE)
    expect(await areas.why({ siret, userId: other.id }, MACHINE)).toMatchObject({
      maySee: true,
      mayModify: false,
    })
    expect(await areas.why({ siret: '00000000099999' }, MACHINE)).toMatchObject({ maySee: false })
    const nowhere = await areas.why({ siret: '00000000099999' }, await someone.actor())
    expect(doneSteps(nowhere)).toEqual(['account'])
  })
})

describe('requests', () => {
  test('are decided several at once, all or none', async () => {
    const siret = sirets[2]!
    const { subscriptions, areas } = ground.accounts
    await areas.open(siret, MACHINE)
    const boss = await manager(siret)
    const people = [await member(siret), await member(siret), await member(siret)]
    for (const each of people.slice(0, 2)) {
      await subscriptions.request({ siret, ...SHOW }, await each.actor())
    }
    const keys = people.map(({ id }) => ({ userId: id, siret }))
    const decide = async (some: typeof keys) =>
      subscriptions.decide(some, 'accept', await boss.actor())
    await expect(decide(keys)).rejects.toMatchObject({ code: 'ACCOUNT_CONFLICT' })
    const waiting = { siret, isPending: true, limit: 10 }
    expect((await subscriptions.list(waiting, await boss.actor())).items).toHaveLength(2)
    await expect(decide([])).rejects.toMatchObject({ code: 'API_REQUEST_INVALID' })
    await decide(keys.slice(0, 2))
    expect((await subscriptions.list(waiting, await boss.actor())).items).toEqual([])
    await expect(decide(keys.slice(0, 1))).rejects.toMatchObject({ code: 'ACCOUNT_CONFLICT' })
  })

  test('of a foreign structure are not decided, not even beside one’s own', async () => {
    const [own, foreign] = [sirets[2]!, sirets[3]!]
    const boss = await manager(own)
    const [here, there] = [await person(), await person()]
    const { attachments } = ground.accounts
    await attachments.request({ siret: own, role: 'MEMBER' }, await here.actor())
    await attachments.request({ siret: foreign, role: 'MEMBER' }, await there.actor())
    const keys = [
      { userId: here.id, siret: own },
      { userId: there.id, siret: foreign },
    ]
    await expect(attachments.decide(keys, 'accept', await boss.actor())).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
    })
    const seen = await attachments.list({ isPending: true, limit: 50 }, await boss.actor())
    expect(seen.items.map(({ user }) => user.id)).toEqual([here.id])
    const own_ = await attachments.list({ limit: 50 }, await there.actor())
    expect(own_.items).toMatchObject([{ structure: { siret: foreign }, state: 'REQUESTED' }])
  })

  test('for more leave what is in force until the decision; a refusal leaves it after, too', async () => {
    const siret = sirets[4]!
    const { subscriptions, areas } = ground.accounts
    await areas.open(siret, MACHINE)
    const someone = await member(siret)
    const key = { userId: someone.id, siret }
    await subscriptions.grant({ ...key, ...SHOW }, MACHINE)
    await subscriptions.request({ siret, ...MODIFY }, await someone.actor())
    expect((await someone.actor()).structures.get(siret)).toMatchObject({
      mayShow: true,
      mayModify: false,
    })
    await subscriptions.decide([key], 'refuse', MACHINE)
    const [row] = (await subscriptions.list({ userId: someone.id, limit: 1 }, MACHINE)).items
    expect(row).toMatchObject({ state: 'ACCEPTED', requested: null, rights: SHOW })

    const other = await member(siret)
    await subscriptions.request({ siret, ...SHOW }, await other.actor())
    await subscriptions.decide([{ userId: other.id, siret }], 'refuse', MACHINE)
    expect((await other.actor()).structures.get(siret)?.mayShow).toBe(false)
    await subscriptions.request({ siret, ...SHOW }, await other.actor())
    await subscriptions.revoke({ userId: other.id, siret }, await other.actor())
  })

  test('a third person with modify comes with the advice to entitle few', async () => {
    const siret = sirets[5]!
    const { subscriptions, areas } = ground.accounts
    await areas.open(siret, MACHINE)
    const people = [await member(siret), await member(siret), await member(siret)]
    const warnings: number[] = []
    for (const { id } of people) {
      const answer = await subscriptions.grant({ userId: id, siret, ...MODIFY }, MACHINE)
      warnings.push(answer.warnings.length)
    }
    expect(warnings).toEqual([0, 0, 1])
  })

  test('for nothing, from the machine, or for whom is not attached are refused', async () => {
    const siret = sirets[5]!
    const { subscriptions, attachments } = ground.accounts
    const none = { mayShow: false, mayModify: false, mayTest: false }
    const someone = await person()
    const inside = await member(siret)
    await expect(
      subscriptions.request({ siret, ...none }, await inside.actor()),
    ).rejects.toMatchObject({ code: 'API_REQUEST_INVALID' })
    await expect(
      subscriptions.request({ siret, ...SHOW }, await someone.actor()),
    ).rejects.toMatchObject({ code: 'PERMISSION_DENIED' })
    await expect(
      subscriptions.grant({ userId: someone.id, siret, ...SHOW }, MACHINE),
    ).rejects.toMatchObject({ code: 'ACCOUNT_CONFLICT' })
    await expect(attachments.request({ siret, role: 'MEMBER' }, MACHINE)).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
    })
    await expect(
      attachments.request({ siret: '00000000099999', role: 'MEMBER' }, await someone.actor()),
    ).rejects.toMatchObject({ code: 'API_NOT_FOUND' })
  })
})

describe('the main manager', () => {
  test('is one, and is named by administrators only', async () => {
    const siret = sirets[6]!
    const { attachments } = ground.accounts
    const second = await manager(siret)
    const assign = async (by: TestPerson | undefined, userId: string) =>
      attachments.assign(
        { userId, siret, role: 'MAIN_MANAGER' },
        by === undefined ? MACHINE : await by.actor(),
      )
    const denied = { code: 'PERMISSION_DENIED' }
    await expect(assign(second, second.id)).rejects.toMatchObject(denied)
    await expect(
      attachments.revoke({ userId: managers[6]!, siret }, await second.actor()),
    ).rejects.toMatchObject(denied)
    await assign(undefined, second.id)
    const { items } = await attachments.list({ siret, limit: 10 }, MACHINE)
    expect(Object.fromEntries(items.map(({ user, role }) => [user.id, role]))).toEqual({
      [managers[6]!]: 'SECONDARY_MANAGER',
      [second.id]: 'MAIN_MANAGER',
    })
  })
})

test('lists come page by page, in the order of their keys', async () => {
  const { attachments } = ground.accounts
  const all = (await attachments.list({ limit: 200 }, MACHINE)).items
  const seen: string[] = []
  let after: string | null | undefined
  do {
    const page = await attachments.list({ limit: 5, ...(after == null ? {} : { after }) }, MACHINE)
    seen.push(...page.items.map(({ user, structure }) => `${structure.siret} ${user.id}`))
    after = page.next
  } while (after !== null)
  expect(seen).toEqual(all.map(({ user, structure }) => `${structure.siret} ${user.id}`))
  expect(seen.length).toBeGreaterThan(15)
})

test('every act left its audit row, which a manager reads for his structures only', async () => {
  const boss = await manager(sirets[0]!)
  const { items } = await ground.accounts.audit.list({ limit: 200 }, await boss.actor())
  expect(new Set(items.map(({ siret }) => siret))).toEqual(new Set([sirets[0]]))
  expect(new Set(items.map(({ action }) => action))).toEqual(
    new Set([
      'dataset.generate',
      'attachment.assign',
      'attachment.request',
      'attachment.accept',
      'area.open',
      'subscription.request',
      'subscription.accept',
      'attachment.revoke',
    ]),
  )
  const outsider = await person()
  expect(await ground.accounts.audit.list({ limit: 9 }, await outsider.actor())).toEqual({
    items: [],
    next: null,
  })
})
