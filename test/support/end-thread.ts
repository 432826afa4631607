import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Ends a worker thread of another process, whatever it is doing: no signal reaches one thread alone,
 * but the inspector of Node does. The thread is told `process.exit(1)`, which stops its JavaScript
 * where it stands; for the rest of the process that is a thread that died. The program has no code
 * for this.
 */

interface Thread {
  readonly sessionId: string
  readonly workerInfo: { readonly url: string }
}

interface Message {
  readonly method?: string
  readonly params?: unknown
}

/** Threads are told of at once when asked for; this is long, unless the machine stands still. */
const LISTING_MILLISECONDS = 300
/** What it may take until a thread that was told to end has ended. */
const ENDING_MILLISECONDS = 30_000

/**
 * @param inspectorUrl of the process, `ws://…`
 * @param choose picks one of the files the threads run
 * @param patienceMilliseconds to wait for one that `choose` wants, where there is one for sure
 * @returns the file of the thread that was ended; undefined when `choose` wanted none
 */
export async function endThread(
  inspectorUrl: string,
  choose: (files: readonly string[]) => string | undefined,
  patienceMilliseconds = LISTING_MILLISECONDS,
): Promise<string | undefined> {
  const socket = new WebSocket(inspectorUrl)
  const threads: Thread[] = []
  try {
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve, { once: true })
      socket.addEventListener('error', () => reject(new Error('no inspector there')), {
        once: true,
      })
    })
    socket.addEventListener('message', ({ data }) => {
      const { method, params } = JSON.parse(String(data)) as Message
      if (method === 'NodeWorker.attachedToWorker') threads.push(params as Thread)
    })
    send(socket, 1, 'NodeWorker.enable', { waitForDebuggerOnStart: false })
    const fileOf = ({ workerInfo }: Thread): string =>
      workerInfo.url.slice(workerInfo.url.lastIndexOf('/') + 1)
    const deadline = performance.now() + patienceMilliseconds
    let chosen: string | undefined
    do {
      await sleep(LISTING_MILLISECONDS)
      chosen = choose([...new Set(threads.map(fileOf))].toSorted())
    } while (chosen === undefined && performance.now() < deadline)
    const thread = threads.find((candidate) => fileOf(candidate) === chosen)
    if (thread === undefined) return undefined
    const { sessionId } = thread
    const hasEnded = new Promise<void>((resolve) => {
      socket.addEventListener('close', () => resolve(), { once: true })
      socket.addEventListener('message', ({ data }) => {
        const { method, params } = JSON.parse(String(data)) as Message
        if (method !== 'NodeWorker.detachedFromWorker') return
        if ((params as Thread).sessionId === sessionId) resolve()
      })
    })
    const order = { expression: 'process.exit(1)' }
    send(socket, 2, 'NodeWorker.sendMessageToWorker', {
      sessionId,
      message: JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: order }),
    })
    // Who hangs up before it was heard may have said nothing.
    await Promise.race([hasEnded, sleep(ENDING_MILLISECONDS, undefined, { ref: false })])
    return chosen
  } finally {
    socket.close()
  }
}

function send(socket: WebSocket, id: number, method: string, params: unknown): void {
  socket.send(JSON.stringify({ id, method, params }))
}
