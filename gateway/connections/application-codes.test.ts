import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestJournal } from '../../test/support/test-journal.ts'
import type { Journal } from '../journal/journal.ts'
import { codePrefix, nextApplicationCode } from './application-codes.ts'

const folder = mkdtempSync(join(tmpdir(), 'raccord-codes-'))
let journal: Journal

beforeAll(async () => {
  const log = pino({ level: 'silent' })
  journal = await openTestJournal(folder, log)
})
afterAll(async () => {
  await journal.close()
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
})

async function assign(name: string): Promise<string> {
  const { code, claim } = await nextApplicationCode(journal, 'qualification', name)
  const result = await journal.write([claim])
  if (!result.committed) throw new Error('the number was taken meanwhile')
  return code
}

test.each([
  ['ACME', 'ACM'],
  ['Établissements Métra', 'ETA'],
  ['3M', 'MXX'],
  ['ville d’Évry', 'VIL'],
  ['日本', 'XXX'],
])('the code of %s starts with %s', (name, prefix) => {
  expect(codePrefix(name)).toBe(prefix)
})

test('numbers of a prefix only grow, also past one that was asked for by name', async () => {
  expect([await assign('Beton'), await assign('Bétail')]).toEqual(['BET001', 'BET002'])
  const { db } = journal
  const taken = { id: 'cnx_1' as const, application_code: 'BET003', name: '', name_folded: '' }
  await journal.write([
    {
      query: db.insertInto('connections').values({
        ...taken,
        siret: null,
        protocol: 'sftp',
        environment: 'qualification',
        state: 'DEACTIVATED',
        form_json: '{}',
        running_json: null,
        settings_json: '{}',
        valid_from: null,
        valid_until: null,
        certificate_until: null,
        due_at: null,
        motive_json: null,
        revision: 1,
        created_at: 0,
        updated_at: 0,
      }),
    },
  ])
  expect(await assign('Beton')).toBe('BET004')
})

test('two who ask at the same moment do not get the same number', async () => {
  const both = await Promise.all([
    nextApplicationCode(journal, 'qualification', 'Dupont'),
    nextApplicationCode(journal, 'qualification', 'Dupont'),
  ])
  const results = await Promise.all(both.map(({ claim }) => journal.write([claim])))
  expect(results.filter((result) => result.committed)).toHaveLength(1)
})

test('the platform’s own code is given to nobody, and a full prefix passes on to the next', async () => {
  expect(await assign('C.P.P.')).toBe('CPP002')
  const name = 'application-code qualification ZZZ'
  await journal.write([{ query: journal.db.insertInto('counters').values({ name, value: 999 }) }])
  expect(await assign('zzz')).toBe('AAA001')
})
