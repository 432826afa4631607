import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { scratchFolder } from './scratch.ts'
import type { BenchKey, SftpServer } from './sftp-server.ts'

export interface TransferRequest {
  readonly server: SftpServer
  readonly key: BenchKey
  readonly cipher: string
  /** Lines of sftp: `put -f a b`. */
  readonly command: string
  /** Called when the session stands and the command starts. */
  readonly onStart?: () => void
}

/**
 * Runs commands by OpenSSH's `sftp` and times them without the login: in batch mode `sftp` echoes
 * each command when it comes to it.
 * @returns milliseconds from the start of the first command to the end of the last one
 * @throws Error with what `sftp` said
 */
export async function transfer(request: TransferRequest): Promise<number> {
  const { server, command, onStart } = request
  const { user, host } = server
  const folder = scratchFolder()
  try {
    const batch = join(folder.path, 'batch')
    await writeFile(batch, `${command}\nlpwd\n`)
    const child = spawn('sftp', [...sftpArguments(request), '-b', batch, `${user}@${host}`])
    const firstEcho = `sftp> ${command.split('\n', 1)[0]}`
    let startedAt = 0
    let endedAt = 0
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text
      if (startedAt === 0 && said.includes(firstEcho)) {
        startedAt = performance.now()
        onStart?.()
      }
      if (endedAt === 0 && said.includes('sftp> lpwd')) endedAt = performance.now()
    })
    const code = await new Promise((done) => child.once('close', done))
    if (code !== 0 || endedAt === 0) throw new Error(`sftp (${server.name}) ${command}: ${said}`)
    return endedAt - startedAt
  } finally {
    folder.remove()
  }
}

function sftpArguments({ server, key, cipher }: TransferRequest): string[] {
  const options = [
    'StrictHostKeyChecking=no',
    'UserKnownHostsFile=/dev/null',
    'IdentitiesOnly=yes',
    'LogLevel=ERROR',
    `Port=${server.port}`,
  ]
  const named = options.flatMap((option) => ['-o', option])
  return ['-F', 'none', '-c', cipher, '-i', key.path, ...named]
}
