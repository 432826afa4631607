// First of all imports: ssh2 is loaded in one way only.
import { Client, isReady, parseKey } from './ssh2-repairs.ts'
import type { ConnectConfig, SFTPWrapper, ServerHostKeyAlgorithm } from 'ssh2'
import { SendingError } from '../sending.ts'

/** Where to connect, as whom, and which host keys are believed. */
export interface SftpTarget {
  readonly host: string
  readonly port: number
  readonly user: string
  /** PEM or OpenSSH form, without passphrase. */
  readonly privateKey: string | Buffer
  /** As in `known_hosts`: `ssh-ed25519 AAAA…`; any other host key is refused. */
  readonly hostKeys: readonly string[]
  /** No answer for so long is a failure; absent = 60 s. */
  readonly timeoutMilliseconds?: number
}

type Done<Result> = (error: Error | null | undefined, result?: Result) => void

const DEFAULT_TIMEOUT_MILLISECONDS = 60_000

/** Our choice, best first; the last two for a gateway set to `platform`. */
const CIPHERS = [
  'aes128-gcm@openssh.com',
  'aes256-gcm@openssh.com',
  'aes256-ctr',
  'aes128-ctr',
  'aes256-cbc',
  'aes128-cbc',
] as const

/** How a key of a kind signs when it is a host's. */
const HOST_KEY_ALGORITHMS: Readonly<Record<string, readonly ServerHostKeyAlgorithm[]>> = {
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256'],
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
}

/** One SFTP session of a client: calls that end in an answer, a failure, or the end of patience. */
export class SftpLine {
  readonly #client: InstanceType<typeof Client>
  readonly #timeoutMilliseconds: number
  #sftp: SFTPWrapper | undefined
  #failure: SendingError | undefined
  readonly #pending = new Set<(error: SendingError) => void>()
  #quietTimer: NodeJS.Timeout | undefined

  private constructor(timeoutMilliseconds: number) {
    this.#client = new Client()
    this.#timeoutMilliseconds = timeoutMilliseconds
  }

  /** @throws SendingError */
  static async open(target: SftpTarget, signal?: AbortSignal): Promise<SftpLine> {
    await isReady
    const line = new SftpLine(target.timeoutMilliseconds ?? DEFAULT_TIMEOUT_MILLISECONDS)
    if (signal?.aborted === true) throw cancelled()
    const onAbort = (): void => line.#fail(cancelled())
    signal?.addEventListener('abort', onAbort)
    line.#client.on('close', () => signal?.removeEventListener('abort', onAbort))
    await line.#connect(target)
    return line
  }

  /**
   * One request of ssh2's client, as a promise.
   * @param what names it in a failure
   * @throws SendingError refused with the server's own words, or why the line is dead
   */
  call<Result = void>(
    what: string,
    request: (sftp: SFTPWrapper, done: Done<Result>) => void,
  ): Promise<Result> {
    return this.#waitFor<Result>(what, (done) => {
      request(this.#sftp!, done)
    })
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      clearTimeout(this.#quietTimer)
      if (this.#failure !== undefined) {
        resolve()
        return
      }
      this.#failure = new SendingError('local', 'The session was closed.')
      const timer = setTimeout(() => this.#client.destroy(), 2_000)
      this.#client.once('close', () => {
        clearTimeout(timer)
        resolve()
      })
      this.#client.end()
    })
  }

  async #connect(target: SftpTarget): Promise<void> {
    const config = connectConfig(target, (message) => {
      this.#failure ??= new SendingError('refused', message)
    })
    await this.#waitFor('connect', (done) => {
      this.#client.on('error', (error: Error & { readonly level?: string }) => {
        this.#fail(lineError(error, target))
      })
      this.#client.on('close', () => {
        this.#fail(new SendingError('unreachable', `${target.host} ended the connection.`))
      })
      this.#client.on('ready', () => done(undefined))
      this.#client.connect(config)
    })
    this.#sftp = await this.#waitFor<SFTPWrapper>('start sftp', (done) => {
      this.#client.sftp(done)
    })
  }

  #waitFor<Result>(what: string, start: (done: Done<Result>) => void): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) {
        reject(this.#failure)
        return
      }
      const settle = (): void => {
        this.#pending.delete(reject)
        this.#watch()
      }
      this.#pending.add(reject)
      this.#watch()
      start((error, result) => {
        settle()
        if (error === undefined || error === null) resolve(result as Result)
        else reject(this.#failure ?? callError(what, error))
      })
    })
  }

  /** The clock of our patience starts again with every answer. */
  #watch(): void {
    clearTimeout(this.#quietTimer)
    if (this.#pending.size === 0) return
    this.#quietTimer = setTimeout(() => {
      const seconds = this.#timeoutMilliseconds / 1000
      this.#fail(new SendingError('timed-out', `No answer for ${seconds} s.`))
    }, this.#timeoutMilliseconds)
  }

  #fail(failure: SendingError): void {
    clearTimeout(this.#quietTimer)
    this.#failure ??= failure
    const waiting = [...this.#pending]
    this.#pending.clear()
    for (const reject of waiting) reject(this.#failure)
    this.#client.destroy()
  }
}

function connectConfig(target: SftpTarget, refuseHost: (message: string) => void): ConnectConfig {
  const parsed = parseKey(target.privateKey)
  if (parsed instanceof Error) {
    throw new SendingError('local', 'The private key cannot be read.', { cause: parsed })
  }
  const known = target.hostKeys.map((line) => {
    const [kind = '', blob = ''] = line.trim().split(/\s+/)
    return { kind, blob: Buffer.from(blob, 'base64') }
  })
  const algorithms = new Set(known.flatMap(({ kind }) => HOST_KEY_ALGORITHMS[kind] ?? []))
  if (algorithms.size === 0) throw new SendingError('local', 'No host key to believe was given.')
  return {
    host: target.host,
    port: target.port,
    username: target.user,
    privateKey: target.privateKey,
    readyTimeout: 0,
    algorithms: { cipher: [...CIPHERS], serverHostKey: [...algorithms] },
    hostVerifier: (key: Buffer) => {
      const isKnown = known.some(({ blob }) => blob.equals(key))
      if (!isKnown) refuseHost(`The host key of ${target.host} is not the one that is known.`)
      return isKnown
    },
  }
}

function lineError(
  error: Error & { readonly level?: string },
  { host, port, user }: SftpTarget,
): SendingError {
  switch (error.level) {
    case 'client-authentication':
      return new SendingError('refused', `${user} was refused by ${host}.`, { cause: error })
    case 'handshake':
    case 'protocol':
      return new SendingError('refused', `${host}: ${error.message}`, { cause: error })
    default:
      return new SendingError('unreachable', `${host}:${port}: ${error.message}`, { cause: error })
  }
}

function callError(what: string, error: Error & { readonly code?: unknown }): SendingError {
  if (error instanceof SendingError) return error
  if (typeof error.code === 'number') {
    return new SendingError('refused', `${what}: ${error.message}`, { cause: error })
  }
  return new SendingError('local', `${what}: ${error.message}`, { cause: error })
}

function cancelled(): SendingError {
  return new SendingError('cancelled', 'Cancelled.')
}
