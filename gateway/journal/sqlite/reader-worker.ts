import { parentPort, workerData, type MessagePort } from 'node:worker_threads'
import { ReadingConnection } from './reading-connection.ts'
import { describeFailure } from './sqlite-failure.ts'
import type { CloseRequest, ReadRequest, StartReport, ThreadSettings } from './thread-messages.ts'

/** Runs selects, and nothing else. */

function serve(port: MessagePort, connection: ReadingConnection): void {
  port.on('message', (message: ReadRequest | CloseRequest) => {
    if (message === 'close') {
      connection.close()
      port.close()
    } else {
      port.postMessage([connection.answer(message)])
    }
  })
}

function start(port: MessagePort): void {
  try {
    serve(port, new ReadingConnection((workerData as ThreadSettings).folder))
    port.postMessage({ started: true } satisfies StartReport)
  } catch (cause) {
    port.postMessage({ failure: describeFailure(cause) } satisfies StartReport)
    port.close()
  }
}

if (parentPort !== null) start(parentPort)
