import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData, type MessagePort } from 'node:worker_threads'
import { describeFailure } from './sqlite-failure.ts'
import { StatementCache } from './statement-cache.ts'
import {
  DATABASE_FILE,
  type CloseRequest,
  type ReadReply,
  type ReadRequest,
  type StartReport,
  type ThreadSettings,
} from './thread-messages.ts'

/** Runs selects on a read-only connection; each sees every commit made before it. */

function serve(port: MessagePort, database: DatabaseSync): void {
  const statements = new StatementCache(database)
  const read = ({ id, sql, parameters }: ReadRequest): ReadReply => {
    try {
      return { id, answer: statements.prepare(sql).statement.all(...parameters) }
    } catch (cause) {
      return { id, failure: describeFailure(cause) }
    }
  }
  port.on('message', (message: ReadRequest | CloseRequest) => {
    if (message === 'close') {
      database.close()
      port.close()
    } else {
      port.postMessage([read(message)])
    }
  })
}

function start(port: MessagePort): void {
  try {
    const file = join((workerData as ThreadSettings).folder, DATABASE_FILE)
    serve(port, new DatabaseSync(file, { readOnly: true, timeout: 5_000 }))
    port.postMessage({ started: true } satisfies StartReport)
  } catch (cause) {
    port.postMessage({ failure: describeFailure(cause) } satisfies StartReport)
    port.close()
  }
}

if (parentPort !== null) start(parentPort)
