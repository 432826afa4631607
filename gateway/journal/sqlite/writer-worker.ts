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

/** The journal's only writer: holds the folder, migrates, then writes in groups. */

/** A tool on the same file may hold it for a moment. */
const BUSY_MILLISECONDS = 5_000

interface OpenDatabase {
  readonly database: DatabaseSync
  readonly close: () => void
}

async function openDatabase(folder: string): Promise<OpenDatabase> {
  const lock = lockFolder(folder)
  const file = join(folder, DATABASE_FILE)
  const database = new DatabaseSync(file, { timeout: BUSY_MILLISECONDS })
  // FULL: one fsync of the log a commit, before it is answered.
  database.exec('pragma journal_mode = wal; pragma synchronous = full; pragma temp_store = memory')
  // Loaded here and not above: what it loads is only needed for a moment, when the schema is old.
  const [{ migrationDatabase }, { migrate }] = await Promise.all([
    import('./migration-dialect.ts'),
    import('../migrations/migrate.ts'),
  ])
  await migrate(migrationDatabase(database))
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
    if (message !== 'close') {
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

async function start(port: MessagePort): Promise<void> {
  try {
    const { database, close } = await openDatabase((workerData as ThreadSettings).folder)
    serve(port, new GroupWriter(database), close)
    port.postMessage({ started: true } satisfies StartReport)
  } catch (cause) {
    port.postMessage({ failure: describeFailure(cause) } satisfies StartReport)
    port.close()
  }
}

if (parentPort !== null) await start(parentPort)
