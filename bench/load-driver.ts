import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import type { LoadAnswer, LoadJob, LoadResult, LoadTarget } from './load-jobs.ts'
import { atEnd } from './scratch.ts'
import type { BenchKey, SftpServer } from './sftp-server.ts'
import type { CipherName } from './ssh-client/key-exchange.ts'

/** The load client's process. */
export class LoadClient {
  readonly #child: ChildProcess
  readonly #kill: () => void

  constructor() {
    this.#child = fork(join(import.meta.dirname, 'load-client.ts'), { serialization: 'advanced' })
    this.#kill = atEnd(() => this.#child.kill('SIGKILL'))
  }

  /** @throws Error with what went wrong in the client */
  async run(job: LoadJob): Promise<LoadResult> {
    const answered = new Promise<LoadAnswer>((done, fail) => {
      this.#child.once('message', (message) => done(message as LoadAnswer))
      this.#child.once('exit', () => fail(new Error('The load client died')))
    })
    this.#child.send(job)
    const answer = await answered
    this.#child.removeAllListeners('exit')
    if ('fault' in answer) throw new Error(`load client, ${job.kind}: ${answer.fault}`)
    return answer.result
  }

  stop(): void {
    this.#kill()
  }
}

export function loadTarget(server: SftpServer, key: BenchKey, cipher: CipherName): LoadTarget {
  const { host, port, user } = server
  return {
    host,
    port,
    user,
    keyPem: key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    hostKey: key.kind === 'ed25519' ? 'ssh-ed25519' : 'rsa-sha2-512',
    cipher,
  }
}
