import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Long enough for a loaded machine; only what fails takes so long. */
const PATIENCE_MILLISECONDS = 120_000
const LOOK_MILLISECONDS = 100

interface Message {
  readonly id?: number
  readonly method?: string
  readonly sessionId?: string
  readonly params?: Readonly<Record<string, unknown>>
  readonly result?: unknown
  readonly error?: { readonly message: string }
}

/** A page of a real browser, and all it asked for and complained of. */
export interface BrowserPage {
  /** Addresses asked for, those of the page itself too. */
  readonly requests: readonly string[]
  /** Errors and warnings of the console, exceptions, refused content. */
  readonly complaints: readonly string[]
  open(url: string): Promise<void>
  evaluate<Value>(expression: string): Promise<Value>
  /** Resolves once the expression is true; a failure says what the page showed. */
  until(expression: string): Promise<void>
  /** As it is printed. */
  print(): Promise<Buffer>
}

/** Chromium without a window, driven over its DevTools protocol. */
export class Chromium {
  readonly #process: ChildProcess
  readonly #folder: string
  readonly #socket: WebSocket
  readonly #answers = new Map<number, (message: Message) => void>()
  readonly #listeners: ((message: Message) => void)[] = []
  #last = 0

  private constructor(child: ChildProcess, folder: string, socket: WebSocket) {
    this.#process = child
    this.#folder = folder
    this.#socket = socket
    socket.addEventListener('message', ({ data }) => {
      const message = JSON.parse(String(data)) as Message
      if (message.id === undefined) for (const listener of this.#listeners) listener(message)
      else this.#answers.get(message.id)?.(message)
    })
  }

  static async start(): Promise<Chromium> {
    const folder = await mkdtemp(join(tmpdir(), 'raccord-chromium-'))
    const child = spawn(
      'chromium',
      [
        '--headless=new',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-dev-shm-usage',
        '--no-first-run',
        '--disable-background-networking',
        '--remote-debugging-port=0',
        `--user-data-dir=${folder}`,
        'about:blank',
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    )
    let said = ''
    child.stderr.setEncoding('utf8')
    for await (const text of child.stderr) {
      said += String(text)
      const url = /DevTools listening on (ws:\S+)/.exec(said)?.[1]
      if (url === undefined) continue
      const socket = new WebSocket(url)
      await once(socket, 'open')
      child.stderr.resume()
      return new Chromium(child, folder, socket)
    }
    throw new Error(`chromium ended: ${said}`)
  }

  async page(): Promise<BrowserPage> {
    const { targetId } = (await this.#ask('Target.createTarget', { url: 'about:blank' })) as {
      readonly targetId: string
    }
    const { sessionId } = (await this.#ask('Target.attachToTarget', {
      targetId,
      flatten: true,
    })) as { readonly sessionId: string }
    const requests: string[] = []
    const complaints: string[] = []
    let loaded = Promise.withResolvers<void>()
    this.#listeners.push(({ method = '', sessionId: of, params }) => {
      if (of !== sessionId) return
      if (method === 'Page.loadEventFired') loaded.resolve()
      if (method === 'Network.requestWillBeSent') requests.push(requestOf(params))
      const complaint = complaintOf(method, params)
      if (complaint !== undefined) complaints.push(complaint)
    })
    const ask = (method: string, params: object = {}) => this.#ask(method, params, sessionId)
    for (const domain of ['Page', 'Network', 'Runtime', 'Log']) await ask(`${domain}.enable`)
    const evaluate = async <Value>(expression: string): Promise<Value> => {
      const answer = (await ask('Runtime.evaluate', { expression, returnByValue: true })) as {
        readonly result: { readonly value: Value }
      }
      return answer.result.value
    }
    return {
      requests,
      complaints,
      evaluate,
      async open(url) {
        loaded = Promise.withResolvers()
        await ask('Page.navigate', { url })
        await loaded.promise
      },
      async until(expression) {
        const end = Date.now() + PATIENCE_MILLISECONDS
        // A page that is just loaded again has nothing to ask.
        const isTrue = (): Promise<boolean> =>
          evaluate<boolean>(`Boolean(${expression})`).catch(() => false)
        while (!(await isTrue())) {
          if (Date.now() > end) {
            const shown = await evaluate<string>('document.body.innerText')
            throw new Error(`never true: ${expression}\n${shown}\n${complaints.join('\n')}`)
          }
          await sleep(LOOK_MILLISECONDS)
        }
      },
      async print() {
        const { data } = (await ask('Page.printToPDF', { preferCSSPageSize: true })) as {
          readonly data: string
        }
        return Buffer.from(data, 'base64')
      },
    }
  }

  async stop(): Promise<void> {
    this.#socket.close()
    const isOver = this.#process.exitCode !== null || this.#process.signalCode !== null
    const ended = isOver ? undefined : once(this.#process, 'exit')
    this.#process.kill('SIGKILL')
    await ended
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 10 })
  }

  #ask(method: string, params: object, sessionId?: string): Promise<unknown> {
    const id = (this.#last += 1)
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    this.#answers.set(id, ({ result, error }) => {
      this.#answers.delete(id)
      if (error === undefined) resolve(result)
      else reject(new Error(`${method}: ${error.message}`))
    })
    const to = sessionId === undefined ? {} : { sessionId }
    this.#socket.send(JSON.stringify({ id, method, params, ...to }))
    return promise
  }
}

function requestOf(params: Message['params']): string {
  return (params as { readonly request: { readonly url: string } }).request.url
}

function complaintOf(method: string, params: Message['params']): string | undefined {
  switch (method) {
    case 'Runtime.exceptionThrown':
      return JSON.stringify(params?.['exceptionDetails'])
    case 'Log.entryAdded':
      return JSON.stringify(params?.['entry'])
    case 'Runtime.consoleAPICalled':
      return JSON.stringify(params?.['args'])
    default:
      return undefined
  }
}
