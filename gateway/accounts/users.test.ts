import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  MACHINE,
  MACHINE_TOKEN,
  openTestAccounts,
  type TestAccounts,
} from '../../test/support/test-accounts.ts'
import type { NewUser } from './users.ts'

let ground: TestAccounts

beforeAll(async () => {
  ground = await openTestAccounts()
})
afterAll(() => ground.close())

const order = (login: string, changes: Partial<NewUser> = {}): NewUser => ({
  login,
  firstName: 'Ada',
  name: 'Durand',
  email: 'ada@example.org',
  ...changes,
})

describe('the first administrator', () => {
  test('is made once, by the last secret that was given out', async () => {
    const { users } = ground.accounts
    const stale = await users.prepareSetup()
    const setup = await users.prepareSetup()
    if (stale === undefined || setup === undefined) throw new Error('no secret')
    const asked = {
      ...order('first'),
      secret: setup.secret,
      password: 'a phrase nobody guesses',
      peer: '192.0.2.1',
    }
    const refused = { code: 'SETUP_REFUSED' }
    await expect(users.setUp({ ...asked, secret: stale.secret })).rejects.toMatchObject(refused)
    await expect(users.setUp({ ...asked, password: 'durand' })).rejects.toMatchObject({
      code: 'PASSWORD_REFUSED',
    })
    ground.clock.setOffset(86_400_000)
    await expect(users.setUp(asked)).rejects.toMatchObject(refused)
    ground.clock.setOffset(0)

    const answers = await Promise.allSettled([users.setUp(asked), users.setUp(asked)])
    expect(answers.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    expect(await users.findByLogin('first')).toMatchObject({
      globalRoles: ['administrator'],
      mustChangePassword: false,
    })
    await expect(users.setUp(asked)).rejects.toMatchObject(refused)
    expect(await users.prepareSetup()).toBeUndefined()
    const facts = await ground.journal.read(
      ground.journal.db.selectFrom('facts').selectAll().where('name', 'like', '%admin%'),
    )
    expect(facts).toEqual([])
  })
})

describe('a user', () => {
  test('has one login, compared in lower case', async () => {
    const { users } = ground.accounts
    const { user } = await users.create(order(' Ada.D@Example.org '), MACHINE)
    expect(user.login).toBe('ada.d@example.org')
    await expect(users.create(order('ADA.D@example.org'), MACHINE)).rejects.toMatchObject({
      code: 'ACCOUNT_CONFLICT',
    })
    expect((await users.findByLogin('ADA.d@example.ORG'))?.id).toBe(user.id)
  })

  test('with wrong values is refused with all of them named', async () => {
    const wrong = order('a b', { name: ' ', firstName: 'x\u0000y', email: 'no address' })
    await expect(ground.accounts.users.create(wrong, MACHINE)).rejects.toMatchObject({
      code: 'API_REQUEST_INVALID',
      details: ['login', 'firstName', 'name', 'email'].map((field) => ({ field })),
    })
  })

  test('never shows a password or its hash, in documents or in the audit', async () => {
    const { users, audit } = ground.accounts
    const made = await users.create(order('discreet'), MACHINE)
    const reset = await users.resetPassword(made.user.id, MACHINE)
    const { items } = await audit.list({ objectId: made.user.id, limit: 10 }, MACHINE)
    expect(items.map(({ action }) => action)).toEqual(['user.reset-password', 'user.create'])
    const shown = JSON.stringify([made.user, reset.user, items])
    expect(shown).not.toContain('scrypt')
    expect(shown).not.toContain(made.temporaryPassword)
    expect(shown).not.toContain(reset.temporaryPassword)
  })

  test('who was changed meanwhile is not overwritten', async () => {
    const { users } = ground.accounts
    const { user } = await users.create(order('shared'), MACHINE)
    const { revision } = user
    const first = await users.change(user.id, { name: 'One', revision }, MACHINE)
    expect(first.revision).toBeGreaterThan(revision)
    await expect(users.change(user.id, { name: 'Two', revision }, MACHINE)).rejects.toMatchObject({
      code: 'ACCOUNT_CHANGED',
    })
    const together = await Promise.allSettled([
      users.change(user.id, { name: 'Three' }, MACHINE),
      users.change(user.id, { name: 'Four' }, MACHINE),
    ])
    expect(together.filter(({ status }) => status === 'rejected').length).toBeLessThan(2)
  })

  test('gives himself no role, and no administrator blocks or demotes himself', async () => {
    const { users } = ground.accounts
    const person = await ground.person('eager')
    const smuggled = { firstName: 'Eve', globalRoles: ['administrator'], isBlocked: true }
    const self = await users.changeSelf(smuggled, await person.actor())
    expect(self).toMatchObject({ firstName: 'Eve', globalRoles: [], isBlocked: false })
    await expect(
      users.change(person.id, { globalRoles: ['administrator'] }, await person.actor()),
    ).rejects.toMatchObject({ code: 'PERMISSION_DENIED' })

    await users.change(person.id, { globalRoles: ['administrator', 'operator'] }, MACHINE)
    const administrator = await person.actor()
    expect([...administrator.globalRoles]).toEqual(['administrator', 'operator'])
    for (const change of [{ isBlocked: true }, { globalRoles: ['operator'] as const }]) {
      await expect(users.change(person.id, change, administrator)).rejects.toMatchObject({
        code: 'ACCOUNT_CONFLICT',
      })
    }
  })

  test('loses a role at the next request', async () => {
    const { users } = ground.accounts
    const person = await ground.person('demoted')
    await users.change(person.id, { globalRoles: ['auditor'] }, MACHINE)
    expect((await person.actor()).globalRoles.size).toBe(1)
    await users.change(person.id, { globalRoles: [] }, MACHINE)
    expect((await person.actor()).globalRoles.size).toBe(0)
  })

  test('is found by part of what he is called, page by page', async () => {
    const { users } = ground.accounts
    for (const login of ['zoe_1', 'zoe_2', 'zoe_3', 'zoex4']) {
      await users.create(order(login), MACHINE)
    }
    const first = await users.list({ text: 'ZOE_', limit: 2 }, MACHINE)
    expect(first.items.map(({ login }) => login)).toEqual(['zoe_1', 'zoe_2'])
    const second = await users.list({ text: 'zoe_', limit: 2, after: first.next! }, MACHINE)
    expect(second.items.map(({ login }) => login)).toEqual(['zoe_3'])
    expect(second.next).toBeNull()
  })
})

test('the token of the machine is the local owner, and has no account', async () => {
  const asker = await ground.accounts.authenticate({
    kind: 'token',
    value: MACHINE_TOKEN,
    peer: '127.0.0.1',
  })
  expect(asker?.actor).toEqual(MACHINE)
  await expect(
    ground.accounts.users.changePassword({ current: 'a', next: 'b' }, MACHINE),
  ).rejects.toMatchObject({ code: 'API_NOT_FOUND' })
})
