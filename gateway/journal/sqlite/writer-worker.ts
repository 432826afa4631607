import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { parentPort, receiveMessageOnPort, workerData, type MessagePort } from 'node:worker_threads'
import { lockFolder } from './folder-lock.ts'
import { GroupWriter } from './group-writer.ts'
import { describeFailure } from './sqlite-failure.ts'
import {
  DATABASE_FILE,
  type CloseRequest,
  type StartReport,
  type ThreadSettings,
  type WriteRequest,
} from './thread-messages.ts'
import { reserveWalSpace } from './wal-space.ts'

/** The journal's only writer: holds the folder, then writes in groups. */

/** A tool on the same file may hold it for a moment. */
const BUSY_MILLISECONDS = 5_000

interface OpenDatabase {
  readonly database: DatabaseSync
  readonly close: () => void
}

function openDatabase(folder: string): OpenDatabase {
  const lock = lockFolder(folder)
  const file = join(folder, DATABASE_FILE)
  const database = new DatabaseSync(file, { timeout: BUSY_MILLISECONDS })
  // FULL: one fsync of the log a commit, before it is answered.
  database.exec('pragma journal_mode = wal; pragma synchronous = full; pragma temp_store = memory')
  // Reading makes the log's file.
  database.prepare('select count(*) from sqlite_schema').get()
  reserveWalSpace(file)
  return {
    database,
    close: () => {
      database.close()
      lock.close()
    },
  }
}

function serve(port: MessagePort, writer: GroupWriter, close: () => void): void {
  port.on('message', (message: WriteRequest | CloseRequest) => {
    let isClosing = message === 'close'
    if (message !== 'close' && message.isScript === true) {
      port.postMessage([writer.runScript(message)])
    } else if (message !== 'close') {
      const replies = writer.write(message, () => {
        if (isClosing) return undefined
        const received = receiveMessageOnPort(port)?.message as
          | WriteRequest
          | CloseRequest
          | undefined
        isClosing = received === 'close'
        return received === 'close' ? undefined : received
      })
      port.postMessage(replies)
    }
    if (isClosing) {
      close()
      port.close()
    }
  })
}

function start(port: MessagePort): void {
  try {
    const { database, close } = openDatabase((workerData as ThreadSettings).folder)
    serve(port, new GroupWriter(database), close)
    port.postMessage({ started: true } satisfies StartReport)
  } catch (cause) {
    port.postMessage({ failure: describeFailure(cause) } satisfies StartReport)
    port.close()
  }
}

if (parentPort !== null) start(parentPort)
