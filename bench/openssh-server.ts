import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { sshPublicKeyBlob, sshPublicKeyLine } from '../certs/ssh-public-key.ts'
import { freePort } from '../gateway/cli/free-port.ts'
import { makeBenchKeys } from './bench-keys.ts'
import { atEnd } from './scratch.ts'
import type { BenchKey, SftpServer } from './sftp-server.ts'

const SSHD_PLACES = ['/usr/sbin/sshd', '/usr/local/sbin/sshd', '/usr/libexec/sshd'] as const
const SFTP_SERVER_PLACES = [
  '/usr/lib/openssh/sftp-server',
  '/usr/libexec/openssh/sftp-server',
  '/usr/libexec/sftp-server',
  '/usr/lib/ssh/sftp-server',
] as const
/** Where sshd, run as root, wants to lock its unprivileged children in. */
const PRIVILEGE_SEPARATION_FOLDER = '/run/sshd'
/** First version with PerSourcePenalties, which would slow a bench down. */
const PENALTIES_SINCE = [9, 8] as const
const START_MILLISECONDS = 5_000
const STOP_MILLISECONDS = 5_000

/** How sshd serves SFTP: in its own program, or by starting the other one as Debian does. */
export type SftpServerKind = 'internal' | 'external'

export interface OpenSshOptions {
  readonly folder: string
  readonly userKeys: readonly BenchKey[]
  readonly kind: SftpServerKind
}

/** Undefined where OpenSSH's server is not installed. */
export function findSshd(): string | undefined {
  return SSHD_PLACES.find((path) => existsSync(path))
}

/** `OpenSSH_9.2p1 Debian-2+deb12u10, …` */
export function openSshVersion(): string {
  const { stderr } = spawnSync('ssh', ['-V'], { encoding: 'utf8' })
  return stderr.trim()
}

/** Starts OpenSSH's sshd on a free port, with its own keys and settings; uploads go to a folder. */
export async function startOpenSshServer(options: OpenSshOptions): Promise<SftpServer> {
  const { folder } = options
  const sshd = findSshd()
  if (sshd === undefined)
    throw new Error('OpenSSH has no sshd here: apt-get install openssh-server')
  const keyFolder = join(folder, 'sshd')
  const uploads = join(folder, 'uploads')
  await mkdir(keyFolder, { mode: 0o700 })
  await mkdir(uploads)
  if (process.getuid?.() === 0) await mkdir(PRIVILEGE_SEPARATION_FOLDER, { recursive: true })
  const hostKeys = await makeBenchKeys(keyFolder)
  const authorizedKeys = join(keyFolder, 'authorized_keys')
  const lines = options.userKeys.map((key) => sshPublicKeyLine(sshPublicKeyBlob(key.publicKey)!))
  await writeFile(authorizedKeys, `${lines.join('\n')}\n`, { mode: 0o600 })
  const port = await freePort()
  const config = join(keyFolder, 'sshd_config')
  await writeFile(config, `${settings(options.kind, port, hostKeys, authorizedKeys).join('\n')}\n`)
  const child = spawn(sshd, ['-D', '-e', '-f', config], { stdio: ['ignore', 'ignore', 'pipe'] })
  const kill = atEnd(() => child.kill('SIGKILL'))
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  const ended = new Promise<void>((done) => child.once('exit', () => done()))
  await listening(port, () => {
    if (child.exitCode !== null) throw new Error(`sshd did not start: ${said}`)
  })
  return {
    name: 'OpenSSH',
    host: '127.0.0.1',
    port,
    user: userInfo().username,
    pid: child.pid!,
    uploadPath: (flowName) => join(uploads, flowName),
    async stop() {
      child.kill('SIGTERM')
      await Promise.race([ended, sleep(STOP_MILLISECONDS, undefined, { ref: false })])
      kill()
    },
  }
}

function settings(
  kind: SftpServerKind,
  port: number,
  hostKeys: Readonly<Record<string, BenchKey>>,
  authorizedKeys: string,
): string[] {
  const external = SFTP_SERVER_PLACES.find((path) => existsSync(path)) ?? 'internal-sftp'
  return [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    ...Object.values(hostKeys).map((key) => `HostKey ${key.path}`),
    `AuthorizedKeysFile ${authorizedKeys}`,
    'PidFile none',
    'StrictModes no',
    'UsePAM no',
    'PermitRootLogin prohibit-password',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'UseDNS no',
    'LogLevel ERROR',
    'MaxStartups 200:30:400',
    'MaxSessions 100',
    'LoginGraceTime 60',
    ...(knowsPenalties() ? ['PerSourcePenalties no'] : []),
    `Subsystem sftp ${kind === 'internal' ? 'internal-sftp' : external}`,
  ]
}

function knowsPenalties(): boolean {
  const match = /OpenSSH_(\d+)\.(\d+)/.exec(openSshVersion())
  const [major, minor] = [Number(match?.[1] ?? 0), Number(match?.[2] ?? 0)]
  return major > PENALTIES_SINCE[0] || (major === PENALTIES_SINCE[0] && minor >= PENALTIES_SINCE[1])
}

async function listening(port: number, check: () => void): Promise<void> {
  const deadline = performance.now() + START_MILLISECONDS
  for (;;) {
    check()
    const isOpen = await new Promise<boolean>((done) => {
      const socket = connect(port, '127.0.0.1')
      socket.once('connect', () => done(true)).once('error', () => done(false))
      socket.once('connect', () => socket.destroy())
    })
    if (isOpen) return
    if (performance.now() > deadline) throw new Error(`Nothing listens on port ${port}`)
    await sleep(20)
  }
}
