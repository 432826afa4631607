import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import nodeSettings from '../gateway/cli/node-settings.json' with { type: 'json' }
import { readRunFile } from '../gateway/run-file.ts'
import type { RunFile } from '../gateway/run-file.ts'
import { atEnd } from './scratch.ts'
import { builtCommand } from './built-command.ts'
import type { SftpServer } from './sftp-server.ts'

const ROOT = join(import.meta.dirname, '..')
const START_MILLISECONDS = 20_000
const STOP_MILLISECONDS = 15_000

/** Limits that stand in the way of a measurement, not of a partner. */
const OPEN_LIMITS: Readonly<Record<string, string>> = {
  RACCORD_SFTP__MAX_PER_ADDRESS: '1000',
  RACCORD_SFTP__MAX_NEW_PER_ADDRESS_PER_SECOND: '100000',
  RACCORD_SFTP__MAX_PER_CONNECTION: '1000',
  RACCORD_SFTP__MAX_UNAUTHENTICATED: '1000',
  RACCORD_FAILED_TRIES__SLOW_AFTER: '1000000',
  RACCORD_FAILED_TRIES__REFUSE_AFTER: '1000000',
  RACCORD_LIMITS__MAX_STAGED_BYTES: String(64 * 1024 ** 3),
  RACCORD_LIMITS__MAX_FLOW_BYTES: String(2 * 1024 ** 3),
}

/** A gateway that runs, whatever its roles. */
export interface GatewayProcess {
  readonly pid: number
  readonly run: RunFile
  readonly process: ChildProcess
  stop(): Promise<void>
}

/** One that listens. */
export interface GatewayServer extends SftpServer, GatewayProcess {
  readonly pid: number
  stop(): Promise<void>
}

export interface GatewayOptions {
  readonly dataFolder: string
  readonly roles: string
  /** Settings of this run only, by their names in the environment. */
  readonly settings?: Readonly<Record<string, string>>
  /** Program that starts the gateway; default the `raccord` command itself. */
  readonly program?: readonly string[]
}

/** Starts a gateway that listens, and says where and for whom. */
export async function startGatewayServer(
  options: GatewayOptions & { readonly user: string },
): Promise<GatewayServer> {
  const gateway = await startGatewayProcess(options)
  const sftp = gateway.run.listeners.find((listener) => listener.protocol === 'sftp')
  if (sftp === undefined) throw new Error('The gateway does not listen for SFTP')
  return {
    ...gateway,
    name: 'Raccord',
    host: '127.0.0.1',
    port: sftp.port,
    user: options.user,
    uploadPath: (flowName) => `/depot/${flowName}`,
  }
}

/** For programs of the bench, as the command has it in a checkout. */
const NODE_COMPILE_CACHE = join(ROOT, 'node_modules/.cache/raccord')

/** Starts the gateway as its users do, on free ports, and waits until it says that it runs. */
export async function startGatewayProcess(options: GatewayOptions): Promise<GatewayProcess> {
  const { dataFolder, roles, program } = options
  const child = spawn(
    process.execPath,
    program === undefined ? [builtCommand(), 'serve'] : alike(program),
    {
      env: {
        ...(program === undefined ? {} : { ...nodeSettings.environment, NODE_COMPILE_CACHE }),
        ...cleanEnvironment(),
        ...OPEN_LIMITS,
        RACCORD_DATA: dataFolder,
        RACCORD_ROLES: roles,
        RACCORD_SFTP__PORT: '0',
        RACCORD_AS2__PORT: '0',
        RACCORD_AS2__HTTPS_PORT: '0',
        RACCORD_PESIT__PORT: '0',
        RACCORD_API__PORT: '0',
        RACCORD_METRICS__PORT: '0',
        RACCORD_LOG__LEVEL: 'warn',
        ...options.settings,
      },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    },
  )
  const kill = atEnd(() => child.kill('SIGKILL'))
  let said = ''
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-8_192)
  })
  const ended = new Promise<void>((done) => child.once('exit', () => done()))
  const run = await running(dataFolder, () => {
    if (child.exitCode !== null) throw new Error(`The gateway did not start: ${said}`)
  })
  return {
    pid: run.pid,
    run,
    process: child,
    async stop() {
      child.kill('SIGTERM')
      await Promise.race([ended, sleep(STOP_MILLISECONDS, undefined, { ref: false })])
      kill()
    },
  }
}

/** Another program than the command, on Node as the command runs it. */
const alike = (program: readonly string[]) => [...nodeSettings.flags, ...program]

/** Settings of the person who runs the bench would change what is measured. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('RACCORD_')),
  )
}

async function running(dataFolder: string, check: () => void): Promise<RunFile> {
  const deadline = performance.now() + START_MILLISECONDS
  for (;;) {
    check()
    const run = await readRunFile(dataFolder)
    if (run !== undefined) return run
    if (performance.now() > deadline) throw new Error('The gateway does not say that it runs')
    await sleep(25)
  }
}
