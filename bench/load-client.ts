// A process of its own that puts load on an SFTP server, so that the client's CPU time can be told
// from everything else. Takes a LoadJob as a message, answers with a LoadAnswer.
import { createPrivateKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { smallArchive } from './flow-archive.ts'
import type { LoadAnswer, LoadJob, LoadResult, LoadTarget } from './load-jobs.ts'
import { SftpClient } from './ssh-client/sftp-client.ts'
import type { SshTarget } from './ssh-client/ssh-connection.ts'

/** Every server takes as much in one request (draft-ietf-secsh-filexfer-02 §3). */
const WRITE_BYTES = 32 * 1024

process.on('message', (job: LoadJob) => {
  run(job).then(
    (result) => answer({ result }),
    (error: unknown) => answer({ fault: error instanceof Error ? error.message : String(error) }),
  )
})

function answer(message: LoadAnswer): void {
  process.send?.(message)
}

function run(job: LoadJob): Promise<LoadResult> {
  switch (job.kind) {
    case 'connections':
      return connections(job)
    case 'small-files':
      return putAll(
        job,
        job.paths.map((path) => ({ path, content: smallArchive(job.fileBytes) })),
      )
    case 'flows':
      return putAll(
        { ...job, fsync: false },
        job.flows.map(({ file, path }) => ({ path, content: readFileSync(file) })),
      )
  }
}

function connections(job: LoadJob & { kind: 'connections' }): Promise<LoadResult> {
  const target = sshTarget(job.target)
  let left = job.count
  return timed(() =>
    inParallel(job.parallel, async () => {
      while (left > 0) {
        left -= 1
        const client = await SftpClient.open(target)
        await client.realpath('.')
        await client.end()
      }
    }),
  )
}

async function putAll(
  how: { readonly target: LoadTarget; readonly parallel: number; readonly fsync: boolean },
  files: readonly { readonly path: string; readonly content: Buffer }[],
): Promise<LoadResult> {
  const target = sshTarget(how.target)
  const clients: SftpClient[] = []
  await inParallel(how.parallel, async () => {
    clients.push(await SftpClient.open(target))
  })
  let next = 0
  const latencies: number[] = []
  const result = await timed(() =>
    inParallel(how.parallel, async (index) => {
      const client = clients[index]!
      for (let file = files[next++]; file !== undefined; file = files[next++]) {
        const startedAt = performance.now()
        const handle = await client.openFile(file.path, 'write')
        for (let at = 0; at < file.content.length; at += WRITE_BYTES) {
          await client.write(handle, at, file.content.subarray(at, at + WRITE_BYTES))
        }
        if (how.fsync) await client.fsync(handle)
        await client.close(handle)
        latencies.push(performance.now() - startedAt)
      }
    }),
  )
  await Promise.all(clients.map((client) => client.end()))
  return { ...result, latencies }
}

async function timed(work: () => Promise<void>): Promise<LoadResult> {
  const cpu = process.cpuUsage()
  const before = performance.now()
  await work()
  const milliseconds = performance.now() - before
  const startedAt = performance.timeOrigin + before
  const { user, system } = process.cpuUsage(cpu)
  return { milliseconds, startedAt, latencies: [], cpuSeconds: (user + system) / 1e6 }
}

async function inParallel(count: number, work: (index: number) => Promise<void>): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, index) => work(index)))
}

function sshTarget(target: LoadTarget): SshTarget {
  return { ...target, key: createPrivateKey(target.keyPem) }
}
