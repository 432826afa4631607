import { spawn, spawnSync } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client, DatabaseError } from 'pg'
import { freePort } from '../../gateway/cli/free-port.ts'

/**
 * Servers that tests start for themselves: on a free port of this machine, in a temporary folder,
 * never a system service (decisions A6).
 */

const DEBIAN_VERSIONS = '/usr/lib/postgresql'
const START_MILLISECONDS = 120_000
const DUPLICATE_DATABASE = '42P04'
/** initdb and postgres refuse to run as root: this user does it, as Debian's package made it. */
const UNPRIVILEGED_USER = 'postgres'

export interface PostgresServer {
  /** URL of a database of it; made by `createDatabase`. */
  url(database: string): string
  createDatabase(name: string): Promise<void>
  run(database: string, sql: string): Promise<void>
  /** Ends every session at once, as a machine that fails: `immediate` recovers at the next start. */
  stop(mode?: 'fast' | 'immediate'): Promise<void>
  /** After a stop: the same data, the same port. */
  start(): Promise<void>
  /** Stops it and removes its folder. */
  remove(): Promise<void>
}

/**
 * Runs a program until it is told to end, or whoever started this shell is gone: then its input
 * ends. TERM asks the server to stop (`fast`), USR1 to drop everything (`immediate`).
 */
const SUPERVISED = `
  exec 3<&0
  "$@" </dev/null 3<&- & server=$!
  trap 'kill -INT $server' TERM
  trap 'kill -QUIT $server' USR1
  cat <&3 >/dev/null & input=$!
  wait $input
  kill $input 2>/dev/null
  kill -INT $server 2>/dev/null
  wait $server`

const binaries = findPostgres()

/** Suites on PostgreSQL run where it is installed, and always with CI=true. */
export const hasPostgres = binaries !== undefined || process.env['CI'] === 'true'

export interface PostgresOptions {
  /** Default: off; what is tested is not the loss of power. */
  readonly fsync?: boolean
}

/** @throws when PostgreSQL is not installed, or does not start */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  if (binaries === undefined) throw new Error('PostgreSQL is not installed')
  const user = unprivilegedUser()
  const folder = mkdtempSync(join(tmpdir(), 'raccord-postgres-'))
  if (user !== undefined) chownSync(folder, user.uid, user.gid)
  const data = join(folder, 'data')
  const made = spawnSync(
    join(binaries, 'initdb'),
    ['-D', data, '-U', 'raccord', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync'],
    { ...user, cwd: folder, encoding: 'utf8' },
  )
  if (made.status !== 0) {
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
    throw new Error(`initdb failed: ${made.stderr}`)
  }
  const port = await freePort()
  const fsync = options.fsync === true ? 'on' : 'off'
  let running: { readonly ended: Promise<unknown>; signal(name: NodeJS.Signals): void } | undefined

  const server: PostgresServer = {
    url: (database) => `postgres://raccord@127.0.0.1:${port}/${database}`,
    createDatabase: (name) => createDatabase(server.url(''), name),
    run: (database, sql) => runSql(server.url(database), sql),
    async start() {
      // The shell outlives nobody: when this process is gone its input ends, and so does the server.
      const settings = {
        listen_addresses: '127.0.0.1',
        port,
        // None: the path of a temporary folder may be too long for one.
        unix_socket_directories: '',
        // Twelve for each process and journal, of every suite that runs.
        max_connections: 1_000,
        fsync,
      }
      const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
      const program = [join(binaries, 'postgres'), '-D', data, ...flags]
      const child = spawn('sh', ['-c', SUPERVISED, 'sh', ...program], {
        ...user,
        cwd: folder,
        stdio: ['pipe', 'ignore', 'ignore'],
      })
      const ended = new Promise((resolve) => child.once('exit', resolve))
      running = { ended, signal: (name) => void child.kill(name) }
      const deadline = performance.now() + START_MILLISECONDS
      for (;;) {
        try {
          return await runSql(server.url('postgres'), 'select 1')
        } catch (cause) {
          if (performance.now() < deadline && child.exitCode === null) await sleep(50)
          else throw new Error('PostgreSQL does not start', { cause })
        }
      }
    },
    async stop(mode = 'fast') {
      running?.signal(mode === 'fast' ? 'SIGTERM' : 'SIGUSR1')
      await running?.ended
      running = undefined
    },
    async remove() {
      await server.stop()
      rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
    },
  }
  await server.start()
  return server
}

/**
 * Makes a database unless it is there.
 * @param server URL of the server, up to the name of the database
 */
export async function createDatabase(server: string, name: string): Promise<void> {
  try {
    await runSql(`${server}postgres`, `create database ${name}`)
  } catch (cause) {
    if (!(cause instanceof DatabaseError && cause.code === DUPLICATE_DATABASE)) throw cause
  }
}

/** Whoever still uses it is cut off. */
export async function dropDatabase(server: string, name: string): Promise<void> {
  await runSql(`${server}postgres`, `drop database if exists ${name} with (force)`)
}

async function runSql(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query(sql)
  } finally {
    await client.end()
  }
}

/** The newest installed one: on the path, or where Debian keeps its versions. */
function findPostgres(): string | undefined {
  const onPath = (process.env['PATH'] ?? '').split(delimiter)
  const versions = existsSync(DEBIAN_VERSIONS)
    ? readdirSync(DEBIAN_VERSIONS)
        .sort((a, b) => Number(b) - Number(a))
        .map((version) => join(DEBIAN_VERSIONS, version, 'bin'))
    : []
  return [...onPath, ...versions].find(
    (folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')),
  )
}

function unprivilegedUser(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((text) => text.startsWith(`${UNPRIVILEGED_USER}:`))
  const [, , uid, gid] = line?.split(':') ?? []
  if (uid === undefined || gid === undefined) throw new Error(`No user ${UNPRIVILEGED_USER}`)
  return { uid: Number(uid), gid: Number(gid) }
}
