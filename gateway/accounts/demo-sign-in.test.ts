import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MACHINE, openTestAccounts, type TestAccounts } from '../../test/support/test-accounts.ts'
import { can } from './permissions.ts'
import type { DemoRole, RequestOrigin, SignInAnswer } from './sign-in.ts'

const SIRET = '00000000005719'
const LOCAL: RequestOrigin = {
  localAddress: '127.0.0.1',
  localPort: 8080,
  peer: '127.0.0.1',
  host: '127.0.0.1:8080',
  origin: 'http://127.0.0.1:8080',
}
const REMOTE: RequestOrigin = { ...LOCAL, localAddress: '192.0.2.1', peer: '192.0.2.9' }
let demo: TestAccounts
let plain: TestAccounts
let production: TestAccounts

beforeAll(async () => {
  demo = await openTestAccounts({ isDemo: true })
  plain = await openTestAccounts()
  production = await openTestAccounts({ isDemo: true, environment: 'production' })
  await demo.accounts.dataSet.generate({ seed: 'demo', count: 3 }, MACHINE)
  await demo.accounts.areas.open(SIRET, MACHINE)
})
afterAll(() => Promise.all([demo.close(), plain.close(), production.close()]))

async function actorOf(answer: SignInAnswer) {
  if (answer.outcome !== 'signed-in') throw new Error(answer.outcome)
  const asker = await demo.accounts.authenticate({
    kind: 'session',
    value: answer.session.value,
    peer: '127.0.0.1',
  })
  return asker!.actor
}

describe('the role switch of the demo', () => {
  test.each<[DemoRole, readonly string[]]>([
    ['manager', ['area.open', 'connection.write', 'connection.show']],
    ['area-show', ['connection.show']],
    ['area-modify', ['connection.write', 'connection.show']],
    ['tester', ['connection.show']],
    ['operator', ['connection.write', 'connection.process', 'connection.show']],
    ['auditor', ['connection.show']],
    [
      'administrator',
      ['area.open', 'connection.write', 'connection.process', 'user.write', 'connection.show'],
    ],
  ])('makes one a %s without a password, also twice', async (role, allowed) => {
    const { signIn } = demo.accounts
    await signIn.demo.start({ role, siret: SIRET }, LOCAL)
    const actor = await actorOf(await signIn.demo.start({ role, siret: SIRET }, LOCAL))
    const asked = [
      'area.open',
      'connection.write',
      'connection.process',
      'user.write',
      'connection.show',
    ] as const
    expect(asked.filter((permission) => can(actor, permission, SIRET))).toEqual(allowed)
  })

  test('needs a one-time link from elsewhere, and then one of the demo’s sessions', async () => {
    const { signIn } = demo.accounts
    const order = { role: 'administrator', siret: SIRET } as const
    expect(await signIn.demo.start(order, REMOTE)).toEqual({ outcome: 'refused' })
    const secret = signIn.demo.newLink()
    const wrong = { ...order, secret: 'rdl_guess' }
    expect(await signIn.demo.start(wrong, REMOTE)).toEqual({ outcome: 'refused' })
    const answer = await signIn.demo.start({ ...order, secret }, REMOTE)
    if (answer.outcome !== 'signed-in') throw new Error(answer.outcome)
    expect(await signIn.demo.start({ ...order, secret }, REMOTE)).toEqual({ outcome: 'refused' })

    const session = answer.session.value
    expect(
      (await signIn.demo.start({ role: 'tester', siret: SIRET, session }, REMOTE)).outcome,
    ).toBe('signed-in')
    const stranger = await demo.person('stranger')
    expect(await signIn.demo.start({ ...order, session: stranger.session }, REMOTE)).toEqual({
      outcome: 'refused',
    })
  })

  test('is off without the demo, and in production', async () => {
    for (const { accounts } of [plain, production]) {
      const { signIn } = accounts
      expect(signIn.demo.isEnabled).toBe(false)
      const order = { role: 'administrator', siret: SIRET, secret: signIn.demo.newLink() } as const
      expect(await signIn.demo.start(order, LOCAL)).toEqual({ outcome: 'refused' })
    }
  })

  test('does not take over an account that somebody made under that login', async () => {
    const made = await openTestAccounts({ isDemo: true })
    const order = { firstName: 'A', name: 'B', email: 'a@example.org' }
    await made.accounts.users.create({ ...order, login: 'operator@demo.invalid' }, MACHINE)
    await expect(
      made.accounts.signIn.demo.start({ role: 'operator', siret: SIRET }, LOCAL),
    ).rejects.toMatchObject({ code: 'ACCOUNT_CONFLICT' })
    await made.close()
  })

  test('the demo’s people have no password to sign in with', async () => {
    const login = 'administrator@demo.invalid'
    expect(await demo.accounts.signIn.start({ login, password: '', peer: '127.0.0.1' })).toEqual({
      outcome: 'refused',
    })
  })
})
