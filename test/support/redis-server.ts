import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import { freePort } from '../../gateway/cli/free-port.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** A server of the test that asks: on a free port, in a folder of its own, ended with the test. */
export interface RedisServer {
  readonly url: string
  /** Of the port that speaks TLS, when it was asked for. */
  readonly tlsUrl: string
  /** kill -9; what it acknowledged is in its append-only file. */
  kill(): Promise<void>
  /** On the same port again, with what is in its folder. */
  start(): Promise<void>
  /** It hangs: connections stay, nothing is answered. */
  freeze(): void
  thaw(): void
  /** Runs a command. @returns its answer, as it was on the wire */
  ask(...command: readonly string[]): Promise<string>
}

export async function startRedis(
  options: {
    readonly program?: 'redis-server' | 'valkey-server'
    /** One node that has every slot: it refuses commands on keys of two slots. */
    readonly isCluster?: boolean
    /** A second port speaks TLS with these, PEM files. */
    readonly tls?: { readonly certificate: string; readonly key: string }
    /** Nobody listens there before `start`. */
    readonly isDown?: boolean
  } = {},
): Promise<RedisServer> {
  const { program = 'redis-server', isCluster = false, tls } = options
  const folder = await temporaryFolder()
  const port = await freePort()
  const tlsPort = await freePort()
  const settings = {
    port,
    dir: folder,
    bind: '127.0.0.1',
    save: '',
    appendonly: 'yes',
    appendfsync: 'everysec',
    ...(isCluster ? { 'cluster-enabled': 'yes' } : {}),
    ...(tls === undefined
      ? {}
      : {
          'tls-port': tlsPort,
          'tls-cert-file': tls.certificate,
          'tls-key-file': tls.key,
          'tls-auth-clients': 'no',
        }),
  }
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)])
  let child: ChildProcess | undefined
  const ask = (...command: readonly string[]): Promise<string> => askRedis(port, command)

  async function start(): Promise<void> {
    const started = spawn(program, args, { stdio: 'ignore' })
    child = started
    await until(async () => (await ask('PING')) === '+PONG', started)
    if (!isCluster) return
    await ask('CLUSTER', 'ADDSLOTSRANGE', '0', '16383')
    await until(async () => (await ask('CLUSTER', 'INFO')).includes('cluster_state:ok'), started)
  }

  async function kill(): Promise<void> {
    const running = child
    child = undefined
    if (running === undefined || running.exitCode !== null) return
    const gone = once(running, 'exit')
    running.kill('SIGKILL')
    await gone
  }

  onTestFinished(kill)
  if (options.isDown !== true) await start()
  return {
    url: `redis://127.0.0.1:${port}`,
    tlsUrl: `rediss://127.0.0.1:${tlsPort}`,
    kill,
    start,
    ask,
    freeze: () => child?.kill('SIGSTOP'),
    thaw: () => child?.kill('SIGCONT'),
  }
}

async function until(isSo: () => Promise<boolean>, child: ChildProcess): Promise<void> {
  let failure: unknown
  child.once('error', (error) => {
    failure = error
  })
  while (!(await isSo().catch(() => false))) {
    if (failure !== undefined) throw failure
    if (child.exitCode !== null) throw new Error(`The server ended with ${child.exitCode}`)
    await sleep(10)
  }
}

/** One command over a connection of its own; the first packet holds its short answer. */
async function askRedis(port: number, command: readonly string[]): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' })
  try {
    const words = command.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`)
    socket.write(`*${words.length}\r\n${words.join('')}`)
    const [answer] = (await once(socket, 'data')) as [Buffer]
    return answer.toString().trimEnd()
  } finally {
    socket.destroy()
  }
}
