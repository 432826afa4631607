import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { WriteResult, WriteStatement } from '../journal/journal.ts'
import { createQueryBuilder } from '../journal/sqlite/query-builder.ts'
import { createLogger } from '../logger.ts'
import { RecordWriter, type SessionRow } from './record-writer.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const ROW: SessionRow = {
  id: 'ses_1',
  protocol: 'sftp',
  peer: '192.0.2.7:9',
  connection_id: null,
  started_at: 1,
  ended_at: 2,
  outcome: 'closed',
  fields_json: '{}',
  transcript_sha256: null,
  transcript_bytes: null,
  process_id: null,
}

/** A writer on a journal that is away until it is said to be back. */
function place() {
  const state = { isAway: true, tries: 0, written: 0 }
  const writer = new RecordWriter({
    log: createLogger('silent'),
    journal: {
      engine: 'sqlite',
      db: createQueryBuilder(),
      lost: new Promise(() => {}),
      read: () => Promise.reject(new Error('nothing is read')),
      subscribe: () => () => {},
      close: async () => {},
      async write(statements: readonly WriteStatement[]): Promise<WriteResult> {
        state.tries += 1
        if (state.isAway) throw new Error('away')
        state.written += statements.length
        return { committed: true, results: [] }
      },
    },
  })
  return { writer, state }
}

test('the end of a session is written once the journal is back, though nothing else is said', async () => {
  const { writer, state } = place()
  writer.session(ROW)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(state).toMatchObject({ tries: 1, written: 0 })
  state.isAway = false
  await vi.advanceTimersByTimeAsync(60_000)
  expect(state).toMatchObject({ tries: 2, written: 1 })
})

test('nothing is tried again once it is closed', async () => {
  const { writer, state } = place()
  writer.session(ROW)
  await writer.close()
  await vi.advanceTimersByTimeAsync(600_000)
  expect(state.tries).toBe(1)
})
