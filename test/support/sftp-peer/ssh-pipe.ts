import { spawn } from 'node:child_process'
import { RawPeer } from './raw-peer.ts'

export interface SshPipeOptions {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly keyFile: string
  readonly knownHostsFile: string
}

/** A raw peer at the end of a real SSH connection: OpenSSH's `ssh -s … sftp` carries the bytes. */
export interface SshPipe {
  readonly peer: RawPeer
  /** Takes no more replies: they pile up in the pipe, in ssh, and then at the server. */
  stopReading(): void
  goOnReading(): void
  kill(): void
  endInput(): void
  /** Resolves when the connection is over. */
  readonly ended: Promise<void>
}

export function openSshPipe(options: SshPipeOptions): SshPipe {
  const settings = [
    'IdentitiesOnly=yes',
    'BatchMode=yes',
    'StrictHostKeyChecking=yes',
    'GlobalKnownHostsFile=none',
    `UserKnownHostsFile=${options.knownHostsFile}`,
    `Port=${options.port}`,
  ]
  const { host, user, keyFile } = options
  const given = settings.flatMap((setting) => ['-o', setting])
  const args = ['-F', 'none', '-i', keyFile, '-l', user, ...given, '-s', host, 'sftp']
  const child = spawn('ssh', args, { stdio: ['pipe', 'pipe', 'ignore'] })
  child.stdin.on('error', () => {}) // the server may cut us off in the middle
  const peer = new RawPeer({
    send: (bytes) => void child.stdin.write(bytes),
    onData: (handler) => void child.stdout.on('data', handler),
  })
  return {
    peer,
    stopReading: () => void child.stdout.pause(),
    goOnReading: () => void child.stdout.resume(),
    kill: () => void child.kill('SIGKILL'),
    endInput: () => void child.stdin.end(),
    ended: new Promise((resolve) => {
      child.on('close', () => {
        resolve()
      })
    }),
  }
}
