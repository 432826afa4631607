import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MACHINE, openTestAccounts, type TestAccounts } from '../../test/support/test-accounts.ts'
import { secretHash } from './secrets.ts'

const HOUR = 3_600_000
const PEER = '203.0.113.9'
let ground: TestAccounts

beforeAll(async () => {
  ground = await openTestAccounts()
})
afterAll(() => ground.close())

/** A sign-in from an address of its own, so that tests do not slow one another. */
let lastHost = 0
function from(): string {
  lastHost += 1
  return `198.51.100.${lastHost}`
}
const signIn = (login: string, password: string, peer = from()) =>
  ground.accounts.signIn.start({ login, password, peer })
const who = (value: string) => ground.accounts.authenticate({ kind: 'session', value, peer: PEER })

describe('a sign-in', () => {
  test('opens a session whose value is stored nowhere', async () => {
    const person = await ground.person('anne')
    const answer = await signIn(' ANNE ', person.password)
    if (answer.outcome !== 'signed-in') throw new Error(answer.outcome)
    expect(answer.session.value).toMatch(/^rse_[\w-]{43}$/)
    expect(answer.session.csrfToken).not.toBe(answer.session.value)
    const { journal } = ground
    const rows = await journal.read(journal.db.selectFrom('user_sessions').selectAll())
    expect(JSON.stringify(rows)).not.toContain(answer.session.value)
    expect(rows.map((row) => row.token_sha256)).toContain(secretHash(answer.session.value))
    expect(await who(answer.session.value)).toMatchObject({
      actor: { kind: 'user', id: person.id, name: 'Camille Essai', peer: PEER },
      session: { csrfToken: answer.session.csrfToken, mustChangePassword: false },
    })
  })

  test('that fails answers the same, after the same work, whatever was wrong', async () => {
    const blocked = await ground.person('blocked')
    await ground.accounts.users.change(blocked.id, { isBlocked: true }, MACHINE)
    const late = await ground.accounts.users.create(
      { login: 'late', firstName: 'L', name: 'Ate', email: 'late@example.org' },
      MACHINE,
    )
    await ground.person('known')
    ground.clock.setOffset(4 * 24 * HOUR)
    const cases: readonly (readonly [string, string])[] = [
      ['nobody', 'whatever it is'],
      ['known', 'not the password'],
      ['blocked', blocked.password],
      ['late', late.temporaryPassword],
      ['', ''],
    ]
    const seen: unknown[] = []
    for (const [login, password] of cases) {
      const before = ground.derivations()
      const answer = await signIn(login, password)
      seen.push([answer, ground.derivations() - before])
    }
    ground.clock.setOffset(0)
    expect(seen).toEqual(cases.map(() => [{ outcome: 'refused' }, 1]))
  })

  test('is slowed, then refused for a while, alike for who exists and who does not', async () => {
    const known = await ground.person('target')
    for (const login of ['target', 'no such target']) {
      ground.waits.length = 0
      const before = ground.derivations()
      const outcomes: string[] = []
      for (let count = 0; count < 12; count += 1) {
        outcomes.push((await signIn(login, 'wrong')).outcome)
      }
      expect(outcomes).toEqual([
        ...Array.from({ length: 10 }, () => 'refused'),
        'too-many-tries',
        'too-many-tries',
      ])
      expect(ground.waits).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000])
      expect(ground.derivations() - before).toBe(10)
    }
    // Nobody learns either that the password would have been right.
    expect(await signIn('target', known.password)).toEqual({
      outcome: 'too-many-tries',
      retryAfterSeconds: expect.any(Number),
    })
    ground.clock.setOffset(900_000)
    expect((await signIn('target', known.password)).outcome).toBe('signed-in')
    ground.clock.setOffset(0)
  })

  test('stores the password anew when the cost was raised', async () => {
    const person = await ground.person('rehashed')
    const again = ground.openAgain({ passwordCost: 16 })
    const order = { login: 'rehashed', password: person.password, peer: from() }
    const stored = async () => {
      const { db, read } = { db: ground.journal.db, read: ground.journal }
      const [row] = await read.read(
        db.selectFrom('users').select('password_hash').where('login', '=', 'rehashed'),
      )
      return row?.password_hash
    }
    expect(await stored()).toMatch(/^scrypt\$32768\$/)
    expect((await again.signIn.start(order)).outcome).toBe('signed-in')
    const raised = await stored()
    expect(raised).toMatch(/^scrypt\$65536\$/)
    expect((await again.signIn.start({ ...order, peer: from() })).outcome).toBe('signed-in')
    expect(await stored()).toBe(raised)
  })
})

describe('a session', () => {
  test('lasts while it is used, and not past its absolute end', async () => {
    const { session } = await ground.person('sliding')
    for (let minutes = 50; minutes < 12 * 60; minutes += 50) {
      ground.clock.setOffset(minutes * 60_000)
      expect(await who(session)).toBeDefined()
    }
    ground.clock.setOffset(12 * HOUR)
    expect(await who(session)).toBeUndefined()
    ground.clock.setOffset(0)
  })

  test('is over when nothing was asked for an hour', async () => {
    const { session } = await ground.person('idle')
    ground.clock.setOffset(HOUR + 1_000)
    expect(await who(session)).toBeUndefined()
    ground.clock.setOffset(0)
  })

  test('ends at once when signed out, also for another process', async () => {
    const { session } = await ground.person('leaving')
    const other = ground.openAgain()
    expect(await other.authenticate({ kind: 'session', value: session, peer: PEER })).toBeDefined()
    await ground.accounts.signIn.end(session, PEER)
    expect(await who(session)).toBeUndefined()
    await expect
      .poll(() => other.authenticate({ kind: 'session', value: session, peer: PEER }))
      .toBeUndefined()
    await ground.accounts.signIn.end('rse_unknown', PEER)
  })

  test('leaves an audit row when it begins and one when it ends, once', async () => {
    const { id, session } = await ground.person('audited')
    await Promise.all([1, 2].map(() => ground.accounts.signIn.end(session, PEER)))
    await ground.accounts.signIn.end(session, PEER)
    const { items } = await ground.accounts.audit.list({ objectId: id, limit: 10 }, MACHINE)
    const ended = items.filter(({ action }) => action === 'session.end')
    expect(ended).toMatchObject([{ actor: { id, name: 'Camille Essai', peer: PEER } }])
    expect(items.filter(({ action }) => action === 'session.start')).toHaveLength(2)
  })

  test('ends with the others when the password changes, is reset, or the user is blocked', async () => {
    const person = await ground.person('many')
    const open = async (password: string) => {
      const answer = await signIn('many', password)
      if (answer.outcome !== 'signed-in') throw new Error(answer.outcome)
      return answer.session.value
    }
    const second = await open(person.password)
    const next = 'another long phrase of mine'
    await ground.accounts.users.changePassword(
      { current: person.password, next },
      await person.actor(),
    )
    expect([await who(person.session), await who(second)]).toEqual([undefined, undefined])

    const third = await open(next)
    await ground.accounts.users.change(person.id, { isBlocked: true }, MACHINE)
    expect(await who(third)).toBeUndefined()
    await ground.accounts.users.change(person.id, { isBlocked: false }, MACHINE)
    expect(await who(third)).toBeUndefined()

    const fourth = await open(next)
    await ground.accounts.users.resetPassword(person.id, MACHINE)
    expect(await who(fourth)).toBeUndefined()
  })

  test('of a temporary password may only change it', async () => {
    const { user, temporaryPassword } = await ground.accounts.users.create(
      {
        login: 'fresh',
        firstName: 'Fr',
        name: 'Esh',
        email: 'fresh@example.org',
        globalRoles: ['administrator'],
      },
      MACHINE,
    )
    const answer = await signIn('fresh', temporaryPassword)
    if (answer.outcome !== 'signed-in') throw new Error(answer.outcome)
    const asker = await who(answer.session.value)
    expect(asker?.session?.mustChangePassword).toBe(true)
    const by = asker!.actor
    await expect(ground.accounts.users.list({ limit: 1 }, by)).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
    })
    const change = (next: string, current = temporaryPassword) =>
      ground.accounts.users.changePassword({ current, next }, by)
    await expect(change('short')).rejects.toMatchObject({ code: 'PASSWORD_REFUSED' })
    await expect(change(temporaryPassword)).rejects.toMatchObject({ code: 'PASSWORD_REFUSED' })
    await expect(change('a phrase that is long', 'wrong')).rejects.toMatchObject({
      code: 'SIGN_IN_REFUSED',
    })
    await change('a phrase that is long')
    const after = await signIn('fresh', 'a phrase that is long')
    expect(after).toMatchObject({
      outcome: 'signed-in',
      session: { user: { id: user.id, mustChangePassword: false } },
    })
  })

  test('that is over is purged', async () => {
    await ground.person('purged')
    ground.clock.setOffset(24 * HOUR)
    expect(await ground.accounts.purge()).toBeGreaterThan(0)
    expect(await ground.accounts.purge()).toBe(0)
    ground.clock.setOffset(0)
  })
})
