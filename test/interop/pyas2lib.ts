import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { installPythonClients, type PythonClients } from '../support/python-clients.ts'

export const PYAS2LIB_VERSION = '1.4.4'

const PROGRAM = resolve(import.meta.dirname, '../support/pyas2lib-peer/peer.py')

/**
 * Its oscrypto knows no OpenSSL whose patch number has two digits, and has had no release since:
 * the pattern that reads the version is widened in place.
 */
const WIDEN = `
import pathlib, sysconfig
for name in ('_libcrypto_cffi', '_libcrypto_ctypes'):
    path = pathlib.Path(sysconfig.get_path('purelib'), 'oscrypto', '_openssl', name + '.py')
    path.write_text(path.read_text().replace(r'\\\\d\\\\.\\\\d\\\\.\\\\d[', r'\\\\d\\\\.\\\\d\\\\.\\\\d+['))
import pyas2lib
`

/** pyas2lib in a Python of its own; undefined when it cannot be had here. */
export async function installPyas2lib(): Promise<PythonClients | undefined> {
  const clients = await installPythonClients(`pyas2lib==${PYAS2LIB_VERSION}`)
  if (clients === undefined) return undefined
  const { status } = spawnSync(clients.python, ['-c', WIDEN], { stdio: 'ignore', timeout: 60_000 })
  if (status === 0) return clients
  await clients.remove()
  return undefined
}

export interface PeerConfig {
  readonly ownName: string
  /** PEM file of its key and certificate. */
  readonly ownKey: string
  readonly partnerName: string
  /** PEM file. */
  readonly partnerCertificate: string
  /** Where payloads and the log of what came are put. */
  readonly folder: string
}

/** Names of pyas2lib's own Partner. */
export interface PeerSettings {
  readonly sign?: boolean
  readonly digest_alg?: string
  readonly sign_alg?: string
  readonly encrypt?: boolean
  readonly enc_alg?: string
  readonly key_enc_alg?: string
  readonly compress?: boolean
  readonly mdn_mode?: 'SYNC' | 'ASYNC'
  readonly mdn_digest_alg?: string
}

export interface PeerSent {
  readonly http: number
  /** `processed` when it is content with the receipt. */
  readonly status: string | null
  readonly details: string | null
}

export interface PeerReceived {
  readonly status: string
  readonly error: string | null
  readonly messageId: string
  readonly signed: boolean
  readonly encrypted: boolean
  readonly compressed: boolean
  readonly name?: string
}

/** A running partner made of pyas2lib. */
export class Pyas2libPeer {
  readonly #process: ChildProcess
  readonly #folder: string
  readonly #port: number

  private constructor(process: ChildProcess, folder: string, port: number) {
    this.#process = process
    this.#folder = folder
    this.#port = port
  }

  static async start(python: string, config: PeerConfig): Promise<Pyas2libPeer> {
    const file = join(config.folder, 'peer.json')
    await writeFile(file, JSON.stringify(config))
    const child = spawn(python, [PROGRAM, file], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
    return new Pyas2libPeer(child, config.folder, Number(line))
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/as2`
  }

  /** Has it send a file to `url`; resolves once it has a receipt, or the answer when it wants none. */
  async send(order: {
    readonly url: string
    readonly file: string
    readonly name: string
    readonly contentType: string
    readonly settings: PeerSettings
  }): Promise<PeerSent> {
    const response = await fetch(`http://127.0.0.1:${this.#port}/send`, {
      method: 'POST',
      body: JSON.stringify(order),
    })
    return (await response.json()) as PeerSent
  }

  /** What it took, in order. */
  async received(): Promise<readonly PeerReceived[]> {
    const text = await readFile(join(this.#folder, 'log.ndjson'), 'utf8').catch(() => '')
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as PeerReceived)
  }

  async stop(): Promise<void> {
    const ended = once(this.#process, 'exit')
    this.#process.kill()
    await ended
  }
}
