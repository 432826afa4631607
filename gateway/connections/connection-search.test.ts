import { beforeEach, describe, expect, test } from 'vitest'
import { insertConnection, type ConnectionChanges } from '../../test/support/connection-rows.ts'
import { JOURNAL_ADAPTERS } from '../../test/support/journal-adapters.ts'
import type { Journal } from '../journal/journal.ts'
import type { ConnectionCriteria } from './connection-forms.ts'
import { searchConnections } from './connection-search.ts'

const EXPIRY = Date.parse('2026-06-01T00:00:00Z')

describe.each(JOURNAL_ADAPTERS)('a search of connections on $name', (engine) => {
  let journal: Journal

  beforeEach(async () => {
    const place = await engine.prepare()
    journal = await place.open()
  })

  /** A connection with this number; ids grow with it. */
  const add = (number: number, changes: ConnectionChanges = {}): Promise<void> =>
    insertConnection(journal, `cnx_${String(number).padStart(4, '0')}`, {
      application_code: `ACM${String(number).padStart(3, '0')}`,
      updated_at: EXPIRY,
      ...changes,
    })

  const find = (criteria: Partial<ConnectionCriteria>) =>
    searchConnections(journal, 'qualification', { limit: 50, ...criteria })

  /** Numbers of those found, in the order they come. */
  async function found(criteria: Partial<ConnectionCriteria>): Promise<readonly number[]> {
    const { connections } = await find(criteria)
    return connections.map(({ id }) => Number(id.slice(4)))
  }

  test('without criteria gives all, newest first, a page at a time', async () => {
    for (let number = 1; number <= 5; number += 1) await add(number)
    const first = await find({ limit: 2 })
    expect(first.connections.map(({ id }) => id)).toEqual(['cnx_0005', 'cnx_0004'])
    expect(first.next).toBe('cnx_0004')
    await add(6) // newer than the page: it does not move what follows
    const second = await find({ limit: 2, before: first.next! })
    expect(second.connections.map(({ id }) => id)).toEqual(['cnx_0003', 'cnx_0002'])
    const third = await find({ limit: 2, before: second.next! })
    expect(third.connections.map(({ id }) => id)).toEqual(['cnx_0001'])
    expect(third.next).toBeNull()
  })

  test('a page that is just full says so when nothing follows', async () => {
    for (let number = 1; number <= 2; number += 1) await add(number)
    expect((await find({ limit: 2 })).next).toBeNull()
  })

  test('finds a part of the partner’s name, whatever its case and accents', async () => {
    await add(1, { name: 'Société ÉLYSÉE' })
    await add(2, { name: 'Cœur de Loire' })
    await add(3, { name: '100% Bio_Sud' })
    expect(await found({ partner: 'elysee' })).toEqual([1])
    expect(await found({ partner: 'SOCIÉTÉ É' })).toEqual([1])
    expect(await found({ partner: 'coeur  de' })).toEqual([2])
    expect(await found({ partner: 'œUR' })).toEqual([2])
    expect(await found({ partner: '0% b' })).toEqual([3])
    expect(await found({ partner: '%' })).toEqual([3])
    expect(await found({ partner: '_' })).toEqual([3])
    expect(await found({ partner: '\\' })).toEqual([])
    expect(await found({ partner: "' or 1=1 --" })).toEqual([])
    expect(await found({ partner: '' })).toEqual([3, 2, 1])
  })

  test('finds by application code, protocol, state, expiry and interface code', async () => {
    await add(1, { protocol: 'as2', running: { codes: { FSO1110A: 'PARTIAL' } } })
    await add(2, { state: 'DRAFT', certificate_until: EXPIRY })
    await add(3, {
      state: 'DEACTIVATED',
      certificate_until: EXPIRY - 1,
      running: { codes: { FSO1100A: 'PARTIAL' } },
    })
    expect(await found({ applicationCode: ' acm002 ' })).toEqual([2])
    expect(await found({ protocol: 'as2' })).toEqual([1])
    expect(await found({ states: ['DRAFT', 'DEACTIVATED'] })).toEqual([3, 2])
    expect(await found({ certificateExpiresBefore: EXPIRY })).toEqual([3])
    expect(await found({ interfaceCode: 'FSO1110A' })).toEqual([1])
    expect(await found({ interfaceCode: 'FSO9999A' })).toEqual([])
    expect(await found({ interfaceCode: 'FSO1100A', states: ['DEACTIVATED'] })).toEqual([3])
    expect(await found({ interfaceCode: 'FSO1100A', protocol: 'as2' })).toEqual([])
  })

  test('finds those of the structures one may see only, few or thousands of them', async () => {
    const siret = (number: number) => String(number).padStart(14, '0')
    for (let number = 1; number <= 4; number += 1) await add(number, { siret: siret(number) })
    await add(5)
    expect(await found({ sirets: [] })).toEqual([])
    expect(await found({ sirets: [siret(2), siret(4)] })).toEqual([4, 2])
    const thousands = Array.from({ length: 40_000 }, (_, index) => siret(index + 3))
    expect(await found({ sirets: thousands })).toEqual([4, 3])
    expect(await found({ sirets: thousands, siret: siret(3) })).toEqual([3])
    expect(await found({ sirets: thousands, siret: siret(1) })).toEqual([])
    expect(await found({ siret: siret(1) })).toEqual([1])
    expect(await found({ sirets: [siret(2)], applicationCode: 'ACM001' })).toEqual([])
  })

  test('gives what a line of the list shows, in force before being prepared', async () => {
    await add(1, {
      name: 'Société',
      certificate_until: EXPIRY,
      form_json: JSON.stringify({ validFrom: '2026-06-01', codes: { FSO1110A: 'COMPLETE' } }),
      running: { validFrom: '2026-02-01', validUntil: '2026-12-31', codes: { FSO1100A: 'NONE' } },
    })
    const draft = JSON.stringify({ validFrom: '2026-01-01', codes: { FSO1110A: 'PARTIAL' } })
    await add(2, { state: 'DRAFT', form_json: draft, running_json: null })
    const { connections } = await find({})
    expect(connections).toMatchObject([
      { validFrom: '2026-01-01', validUntil: null, codes: { FSO1110A: 'PARTIAL' } },
      {
        id: 'cnx_0001',
        applicationCode: 'ACM001',
        siret: null,
        name: 'Société',
        protocol: 'sftp',
        environment: 'qualification',
        state: 'ACTIVATED',
        codes: { FSO1100A: 'NONE' },
        validFrom: '2026-02-01',
        validUntil: '2026-12-31',
        certificateUntil: '2026-06-01T00:00:00.000Z',
        updatedAt: '2026-06-01T00:00:00.000Z',
      },
    ])
  })
})
