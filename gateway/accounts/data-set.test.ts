import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { MACHINE, openTestAccounts, type TestAccounts } from '../../test/support/test-accounts.ts'
import { fictionalStructures } from './fictional-structures.ts'
import { isSiret } from '../siret.ts'

let qualification: TestAccounts
let production: TestAccounts
const opened: TestAccounts[] = []

beforeAll(async () => {
  qualification = await openTestAccounts()
  production = await openTestAccounts({ environment: 'production' })
})
afterAll(() => Promise.all([qualification.close(), production.close()]))
afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()))
})

describe('fictional structures', () => {
  test('are the same for the same seed, others for another, and begin with the samples', () => {
    const set = fictionalStructures('alpha', 20)
    expect(fictionalStructures('alpha', 20)).toEqual(set)
    expect(fictionalStructures('alpha', 8)).toEqual(set.slice(0, 8))
    expect(set.slice(0, 3).map(({ siret }) => siret)).toEqual([
      '00000000005719',
      '00000000005734',
      '00000000000727',
    ])
    const other = fictionalStructures('beta', 20)
    expect(other.slice(0, 3)).toEqual(set.slice(0, 3))
    expect(other.slice(3)).not.toEqual(set.slice(3))
  })

  test('have SIRETs of qualification, each once, and are of both kinds', () => {
    const set = fictionalStructures('gamma', 50)
    expect(new Set(set.map(({ siret }) => siret)).size).toBe(50)
    expect(set.every(({ siret }) => isSiret(siret, 'qualification'))).toBe(true)
    expect(set.some(({ siret }) => isSiret(siret, 'production'))).toBe(false)
    expect(new Set(set.map(({ kind }) => kind)).size).toBe(2)
  })
})

describe('a data set', () => {
  test('is there once however often it is generated; passwords are shown once', async () => {
    const ground = await openTestAccounts()
    opened.push(ground)
    const { dataSet, signIn, structures } = ground.accounts
    const first = await dataSet.generate({ seed: 'one', count: 4 }, MACHINE)
    const longer = await dataSet.generate({ seed: 'one', count: 6 }, MACHINE)
    expect(longer.structures.slice(0, 4)).toEqual(
      first.structures.map((each) => ({ ...each, manager: { ...each.manager, password: null } })),
    )
    expect(longer.structures.slice(4).every(({ manager }) => manager.password !== null)).toBe(true)
    expect((await structures.list({ limit: 50 }, MACHINE)).items).toHaveLength(6)

    const { manager } = first.structures[0]!
    const answer = await signIn.start({
      login: manager.login,
      password: manager.password!,
      peer: '192.0.2.1',
    })
    expect(answer.outcome).toBe('signed-in')
    const tables = await Promise.all(
      (['users', 'audit'] as const).map((table) =>
        ground.journal.read(ground.journal.db.selectFrom(table).selectAll()),
      ),
    )
    expect(JSON.stringify(tables)).not.toContain(manager.password)
  })

  test('of another seed leaves what is there, and takes over nobody’s structure', async () => {
    const { dataSet, attachments } = qualification.accounts
    await dataSet.generate({ seed: 'a', count: 5 }, MACHINE)
    const other = await dataSet.generate({ seed: 'b', count: 5 }, MACHINE)
    expect(other.structures.map(({ manager }) => manager.password === null)).toEqual([
      true,
      true,
      true,
      false,
      false,
    ])
    const { items } = await attachments.list({ limit: 50 }, MACHINE)
    expect(items).toHaveLength(7)
    expect(items.every(({ role, state }) => role === 'MAIN_MANAGER' && state === 'ACCEPTED')).toBe(
      true,
    )
  })

  test.each([
    { seed: '', count: 5 },
    { seed: 'a b', count: 5 },
    { seed: 'a', count: 2 },
    { seed: 'a', count: 51 },
    { seed: 'a', count: 3.5 },
  ])('is refused with %o', async (order) => {
    await expect(qualification.accounts.dataSet.generate(order, MACHINE)).rejects.toMatchObject({
      code: 'API_REQUEST_INVALID',
    })
  })

  test('is of qualification; there structures are not written by hand', async () => {
    const readOnly = { code: 'STRUCTURE_READ_ONLY' }
    const set = { seed: 'a', count: 3 }
    await expect(production.accounts.dataSet.generate(set, MACHINE)).rejects.toMatchObject(readOnly)
    const order = { siret: '00000000005719', name: 'Mine' }
    await expect(qualification.accounts.structures.write(order, MACHINE)).rejects.toMatchObject(
      readOnly,
    )
  })
})

describe('a structure of production', () => {
  const siret = '73282932000074'

  test('is written by an administrator, with a SIRET that can be', async () => {
    const { structures } = production.accounts
    const someone = await production.person('someone')
    await expect(
      structures.write({ siret, name: 'Acme' }, await someone.actor()),
    ).rejects.toMatchObject({ code: 'PERMISSION_DENIED' })
    for (const wrong of ['73282932000075', '00000000005719', '7328']) {
      await expect(structures.write({ siret: wrong, name: 'Acme' }, MACHINE)).rejects.toMatchObject(
        { code: 'API_REQUEST_INVALID' },
      )
    }
    const made = await structures.write({ siret, name: ' Acme ' }, MACHINE)
    expect(made).toMatchObject({ siren: '732829320', name: 'Acme', isActive: true })
    await expect(
      structures.write({ siret, name: 'Other', revision: made.revision - 1 }, MACHINE),
    ).rejects.toMatchObject({ code: 'ACCOUNT_CHANGED' })
  })

  test('once closed gives nobody rights any more; lists show one’s own only', async () => {
    const { structures, attachments } = production.accounts
    const someone = await production.person('closing')
    await structures.write({ siret, name: 'Acme' }, MACHINE)
    await structures.write({ siret: '35600000049837', name: 'La Poste' }, MACHINE)
    await attachments.assign({ userId: someone.id, siret, role: 'MEMBER' }, MACHINE)
    const seen = await structures.list({ limit: 10 }, await someone.actor())
    expect(seen.items.map((each) => each.siret)).toEqual([siret])
    const found = async (text: string) =>
      (await structures.list({ text, limit: 10 }, MACHINE)).items.map((each) => each.siret)
    expect(await found('poste')).toEqual(['35600000049837'])
    expect(await found('7328')).toEqual([siret])
    expect(await found('%')).toEqual([])
    await structures.write({ siret, name: 'Acme', isActive: false }, MACHINE)
    expect((await someone.actor()).structures.size).toBe(0)
  })
})
