import { beforeEach, describe, expect, test } from 'vitest'
import { JOURNAL_ADAPTERS } from '../../test/support/journal-adapters.ts'
import type { ConnectionId } from '../flow.ts'
import type { ConnectionsTable } from '../journal/connection-tables.ts'
import type { Journal } from '../journal/journal.ts'
import type { ConnectionCriteria } from './connection-forms.ts'
import { searchConnections } from './connection-search.ts'
import { foldText } from './folded-text.ts'
import { bumpRevision, currentRevision } from './revision.ts'

const EXPIRY = Date.parse('2026-06-01T00:00:00Z')

describe.each(JOURNAL_ADAPTERS)('a search of connections on $name', (engine) => {
  let journal: Journal

  beforeEach(async () => {
    const place = await engine.prepare()
    journal = await place.open()
  })

  /** A connection with this number; ids grow with it. */
  async function add(
    number: number,
    changes: Partial<Pick<ConnectionsTable, 'name' | 'siret' | 'protocol' | 'state'>> & {
      readonly codes?: readonly string[]
      readonly certificateUntil?: number
      readonly running?: object
    } = {},
  ): Promise<void> {
    const { codes = [], certificateUntil = null, running, name = 'Acme', ...columns } = changes
    const id: ConnectionId = `cnx_${String(number).padStart(4, '0')}`
    const result = await journal.write([
      bumpRevision(journal),
      {
        query: journal.db.insertInto('connections').values({
          id,
          application_code: `ACM${String(number).padStart(3, '0')}`,
          siret: null,
          name,
          name_folded: foldText(name),
          protocol: 'sftp',
          environment: 'qualification',
          state: 'ACTIVATED',
          form_json: JSON.stringify({
            validFrom: '2026-01-01',
            codes: Object.fromEntries(codes.map((code) => [code, 'PARTIAL'])),
          }),
          running_json: running === undefined ? null : JSON.stringify(running),
          settings_json: '{}',
          valid_from: null,
          valid_until: null,
          certificate_until: certificateUntil,
          due_at: null,
          motive_json: null,
          revision: currentRevision(journal),
          created_at: EXPIRY,
          updated_at: EXPIRY,
          ...columns,
        }),
      },
      ...codes.map((interface_code) => ({
        query: journal.db
          .insertInto('connection_codes')
          .values({ connection_id: id, interface_code, mode: 'PARTIAL' }),
      })),
    ])
    expect(result.committed).toBe(true)
  }

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
    await add(1, { protocol: 'as2', codes: ['FSO1110A'] })
    await add(2, { state: 'DRAFT', certificateUntil: EXPIRY })
    await add(3, { state: 'DEACTIVATED', certificateUntil: EXPIRY - 1, codes: ['FSO1100A'] })
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
      codes: ['FSO1110A'],
      certificateUntil: EXPIRY,
      running: { validFrom: '2026-02-01', validUntil: '2026-12-31', codes: { FSO1100A: 'NONE' } },
    })
    await add(2, { codes: ['FSO1110A'] })
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
