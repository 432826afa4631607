import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { GroupWriter } from './group-writer.ts'
import type { StatementMessage, WriteReply, WriteRequest } from './thread-messages.ts'

let database: DatabaseSync
let writer: GroupWriter

beforeEach(() => {
  database = new DatabaseSync(':memory:')
  database.exec('create table t (name text primary key, value text)')
  writer = new GroupWriter(database)
})
afterEach(() => database.close())

const insert = (name: string, value = ''): StatementMessage => ({
  sql: 'insert into t values (?, ?)',
  parameters: [name, value],
})
const names = () =>
  database
    .prepare('select name from t order by name')
    .all()
    .map((row) => row['name'])

function writeGroup(...messages: StatementMessage[][]): readonly WriteReply[] {
  const requests = messages.map((statements, index): WriteRequest => ({ id: index, statements }))
  const [first, ...others] = requests
  if (first === undefined) throw new Error('a group has one message at least')
  return writer.write(first, () => others.shift())
}

describe('a group of writes', () => {
  test('a failed guard undoes its own message and no other', () => {
    const noRow = { sql: 'update t set value = ? where name = ?', parameters: ['x', 'none'] }
    const replies = writeGroup(
      [insert('before')],
      [insert('undone'), { ...noRow, expectRows: 1 }],
      [insert('after')],
    )
    expect(replies[1]).toEqual({
      id: 1,
      answer: { committed: false, failedAt: 1, reason: 'guard' },
    })
    expect(names()).toEqual(['after', 'before'])
  })

  test('a key that is taken inside the same group is seen', () => {
    const replies = writeGroup([insert('a')], [insert('b'), insert('a')])
    expect(replies[1]).toEqual({
      id: 1,
      answer: { committed: false, failedAt: 1, reason: 'unique' },
    })
    expect(names()).toEqual(['a'])
  })

  test('wrong SQL fails its own message and no other', () => {
    const replies = writeGroup(
      [{ sql: 'insert into nowhere values (1)', parameters: [] }],
      [insert('a')],
    )
    expect(replies[0]).toMatchObject({ failure: { code: 'JOURNAL_UNAVAILABLE' } })
    expect(names()).toEqual(['a'])
  })

  test('rows of a returning clause come back and are what a guard counts', () => {
    const returning = { ...insert('a', 'v'), sql: 'insert into t values (?, ?) returning value' }
    const [reply] = writeGroup([{ ...returning, expectRows: 1 }])
    expect(reply).toMatchObject({ answer: { results: [{ changed: 1, rows: [{ value: 'v' }] }] } })
  })

  test('a full disk refuses the whole group, and writing goes on once there is room', () => {
    database.exec('pragma max_page_count = 8')
    const replies = writeGroup([insert('small')], [insert('large', 'x'.repeat(100_000))])
    expect(replies.map((reply) => 'failure' in reply && reply.failure.code)).toContain('STORE_FULL')
    const kept = replies.filter((reply) => 'answer' in reply).length
    expect(names()).toHaveLength(kept)
    database.exec('pragma max_page_count = 1000')
    writeGroup([insert('large', 'x'.repeat(100_000))])
    expect(names()).toContain('large')
  })

  test('a group ends after a bounded number of messages', () => {
    let given = 0
    const next = (): WriteRequest => {
      given += 1
      return { id: given, statements: [insert(`n${given}`)] }
    }
    expect(writer.write({ id: 0, statements: [insert('n0')] }, next)).toHaveLength(256)
  })
})
