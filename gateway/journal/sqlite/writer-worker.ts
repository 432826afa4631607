import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { parentPort, receiveMessageOnPort, workerData, type MessagePort } from 'node:worker_threads'
import { lockFolder } from './folder-lock.ts'
import { GroupWriter } from './group-writer.ts'
import { ReadingConnection } from './reading-connection.ts'
import { describeFailure } from './sqlite-failure.ts'
import {
  DATABASE_FILE,
  type CloseRequest,
  type ReadReply,
  type ReadRequest,
  type StartReport,
  type ThreadSettings,
  type WriteRequest,
} from './thread-messages.ts'
import { reserveWalSpace } from './wal-space.ts'

/** The journal's only writer: holds the folder, then writes in groups, and reads between them. */

type Request = WriteRequest | ReadRequest | CloseRequest

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

/** Most journals have threads that read: their writer opens no connection for it. */
class ReadPart {
  readonly #folder: string
  #connection: ReadingConnection | undefined

  constructor(folder: string) {
    this.#folder = folder
  }

  answer(request: ReadRequest): ReadReply {
    try {
      this.#connection ??= new ReadingConnection(this.#folder)
    } catch (cause) {
      return { id: request.id, failure: describeFailure(cause) }
    }
    return this.#connection.answer(request)
  }

  close(): void {
    this.#connection?.close()
  }
}

function serve(port: MessagePort, writer: GroupWriter, reader: ReadPart, close: () => void): void {
  port.on('message', (message: Request) => {
    let isClosing = message === 'close'
    if (message !== 'close' && 'sql' in message) {
      port.postMessage([reader.answer(message)])
    } else if (message !== 'close' && message.isScript === true) {
      port.postMessage([writer.runScript(message)])
    } else if (message !== 'close') {
      /** Came while a group was open: they wait for its commit. */
      const reads: ReadRequest[] = []
      const replies = writer.write(message, () => {
        while (!isClosing) {
          const received = receiveMessageOnPort(port)?.message as Request | undefined
          if (received === undefined) return undefined
          if (received === 'close') isClosing = true
          else if ('sql' in received) reads.push(received)
          else return received
        }
        return undefined
      })
      port.postMessage(replies)
      if (reads.length > 0) port.postMessage(reads.map((read) => reader.answer(read)))
    }
    if (isClosing) {
      reader.close()
      close()
      port.close()
    }
  })
}

function start(port: MessagePort): void {
  try {
    const { folder } = workerData as ThreadSettings
    const { database, close } = openDatabase(folder)
    serve(port, new GroupWriter(database), new ReadPart(folder), close)
    port.postMessage({ started: true } satisfies StartReport)
  } catch (cause) {
    port.postMessage({ failure: describeFailure(cause) } satisfies StartReport)
    port.close()
  }
}

if (parentPort !== null) start(parentPort)
