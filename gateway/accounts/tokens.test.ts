import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MACHINE, openTestAccounts, type TestAccounts } from '../../test/support/test-accounts.ts'

const DAY = 86_400_000
let ground: TestAccounts

beforeAll(async () => {
  ground = await openTestAccounts()
})
afterAll(() => ground.close())

const who = (value: string) =>
  ground.accounts.authenticate({ kind: 'token', value, peer: '192.0.2.3' })
async function lastUse(id: string): Promise<string | null | undefined> {
  const { items } = await ground.accounts.tokens.list({ everyone: true, limit: 100 }, MACHINE)
  return items.find((each) => each.id === id)?.lastUsedAt
}

describe('a token', () => {
  test('is shown once, kept as a hash, and acts for its owner within its scopes', async () => {
    const person = await ground.person('builder')
    const { token, secret } = await ground.accounts.tokens.create(
      { name: 'pipeline', scopes: ['flow.show'] },
      await person.actor(),
    )
    const { journal } = ground
    const stored = await Promise.all([
      journal.read(journal.db.selectFrom('api_tokens').selectAll()),
      journal.read(journal.db.selectFrom('audit').selectAll()),
    ])
    expect(JSON.stringify([stored, token])).not.toContain(secret)
    const asker = await who(secret)
    expect(asker?.session).toBeUndefined()
    expect(asker?.actor).toMatchObject({
      kind: 'token',
      id: person.id,
      name: 'Camille Essai (pipeline)',
      scopes: new Set(['flow.show']),
    })
    expect(await ground.accounts.authenticate({ kind: 'session', value: secret, peer: '' })).toBe(
      undefined,
    )
  })

  test('is over at its end, one year hence unless said otherwise', async () => {
    const person = await ground.person('ends')
    const by = await person.actor()
    const { tokens } = ground.accounts
    const year = await tokens.create({ name: 'year' }, by)
    const day = await tokens.create({ name: 'day', expiresAt: Date.now() + DAY }, by)
    const ever = await tokens.create({ name: 'ever', expiresAt: null }, by)
    const alive = async () =>
      (await Promise.all([day, year, ever].map(({ secret }) => who(secret)))).map(
        (asker) => asker !== undefined,
      )
    expect(await alive()).toEqual([true, true, true])
    ground.clock.setOffset(2 * DAY)
    expect(await alive()).toEqual([false, true, true])
    ground.clock.setOffset(366 * DAY)
    expect(await alive()).toEqual([false, false, true])
    ground.clock.setOffset(0)
    await expect(tokens.create({ name: 'past', expiresAt: 1 }, by)).rejects.toMatchObject({
      code: 'API_REQUEST_INVALID',
    })
  })

  test('is refused at once when it is revoked, or its owner blocked', async () => {
    const person = await ground.person('owner')
    const { tokens, users } = ground.accounts
    const first = await tokens.create({ name: 'a' }, await person.actor())
    const second = await tokens.create({ name: 'b' }, await person.actor())
    const stranger = await ground.person('stranger')
    await expect(tokens.revoke(first.token.id, await stranger.actor())).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
    })
    expect(await who(first.secret)).toBeDefined()
    await tokens.revoke(first.token.id, await person.actor())
    expect(await who(first.secret)).toBeUndefined()
    await expect(tokens.revoke(first.token.id, MACHINE)).rejects.toMatchObject({
      code: 'ACCOUNT_CONFLICT',
    })
    expect(await who(second.secret)).toBeDefined()
    await users.change(person.id, { isBlocked: true }, MACHINE)
    expect(await who(second.secret)).toBeUndefined()
    await users.change(person.id, { isBlocked: false }, MACHINE)
    expect(await who(second.secret)).toBeDefined()
  })

  test('is revoked with the others of its owner when his password is reset, and named', async () => {
    const person = await ground.person('forgetful')
    const { tokens, users, audit } = ground.accounts
    const by = await person.actor()
    const made = [await tokens.create({ name: 'a' }, by), await tokens.create({ name: 'b' }, by)]
    const gone = await tokens.create({ name: 'gone' }, by)
    await tokens.revoke(gone.token.id, by)
    const bystander = await ground.person('bystander')
    const other = await tokens.create({ name: 'c' }, await bystander.actor())
    const { revokedTokens } = await users.resetPassword(person.id, MACHINE)
    expect(revokedTokens.map(({ name }) => name)).toEqual(['a', 'b'])
    for (const { token, secret } of made) {
      expect(await who(secret)).toBeUndefined()
      const { items } = await audit.list({ objectId: token.id, limit: 10 }, MACHINE)
      expect(items[0]).toMatchObject({ action: 'token.revoke', actor: { id: 'machine' } })
    }
    expect(await who(other.secret)).toBeDefined()
    expect((await users.resetPassword(person.id, MACHINE)).revokedTokens).toEqual([])
  })

  test('has its last use written at most once a minute', async () => {
    const person = await ground.person('busy')
    const { token, secret } = await ground.accounts.tokens.create(
      { name: 'x' },
      await person.actor(),
    )
    expect(await lastUse(token.id)).toBeNull()
    await who(secret)
    const first = await lastUse(token.id)
    expect(first).not.toBeNull()
    ground.clock.setOffset(50_000)
    await who(secret)
    expect(await lastUse(token.id)).toBe(first)
    ground.clock.setOffset(61_000)
    await who(secret)
    expect(await lastUse(token.id)).not.toBe(first)
    ground.clock.setOffset(0)
  })

  test('makes no other token; the machine makes one for a user it names', async () => {
    const person = await ground.person('limited')
    const { tokens } = ground.accounts
    const { secret } = await tokens.create({ name: 'x' }, await person.actor())
    const asker = await who(secret)
    await expect(tokens.create({ name: 'y' }, asker!.actor)).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
    })
    await expect(
      tokens.create({ name: 'y', userId: 'usr_another' }, await person.actor()),
    ).rejects.toMatchObject({ code: 'PERMISSION_DENIED' })
    await expect(tokens.create({ name: 'y' }, MACHINE)).rejects.toMatchObject({
      code: 'API_REQUEST_INVALID',
    })
    const made = await tokens.create({ name: 'y', userId: person.id }, MACHINE)
    expect((await who(made.secret))?.actor.id).toBe(person.id)
    const own = await tokens.list({ limit: 10 }, await person.actor())
    expect(own.items.map(({ name }) => name)).toEqual(['y', 'x'])
  })

  test('is limited to permissions that exist', async () => {
    const person = await ground.person('typo')
    const { tokens } = ground.accounts
    const order = { name: 'x', scopes: ['flow.show', 'flow.shwo', 'constructor'] }
    await expect(tokens.create(order, await person.actor())).rejects.toMatchObject({
      details: [{ field: 'scopes' }, { field: 'scopes' }],
    })
  })
})

test('what nobody was given is nobody’s', async () => {
  expect(await who('rct_nothing')).toBeUndefined()
  expect(await who('')).toBeUndefined()
})

test('a right that is taken away in another process is gone here too', async () => {
  const person = await ground.person('elsewhere')
  const other = ground.openAgain()
  await ground.accounts.users.change(person.id, { globalRoles: ['auditor'] }, MACHINE)
  expect((await person.actor()).globalRoles.size).toBe(1)
  await other.users.change(person.id, { globalRoles: [] }, MACHINE)
  await expect.poll(async () => (await person.actor()).globalRoles.size).toBe(0)
})
