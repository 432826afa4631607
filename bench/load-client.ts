// A process of its own that puts load on an SFTP server, so that the client's CPU time can be told
// from everything else. Takes a LoadJob as a message, answers with a LoadAnswer.
import { createPrivateKey } from 'node:crypto'
import { smallArchive } from './flow-archive.ts'
import type { LoadAnswer, LoadJob, LoadResult, LoadTarget } from './load-jobs.ts'
import { SftpClient } from './ssh-client/sftp-client.ts'
import type { SshTarget } from './ssh-client/ssh-connection.ts'

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
      return smallFiles(job)
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

async function smallFiles(job: LoadJob & { kind: 'small-files' }): Promise<LoadResult> {
  const target = sshTarget(job.target)
  const files = job.paths.map((path) => ({ path, content: smallArchive(job.fileBytes) }))
  const clients: SftpClient[] = []
  await inParallel(job.parallel, async () => {
    clients.push(await SftpClient.open(target))
  })
  let next = 0
  const result = await timed(() =>
    inParallel(job.parallel, async (index) => {
      const client = clients[index]!
      for (let file = files[next++]; file !== undefined; file = files[next++]) {
        const handle = await client.openFile(file.path, 'write')
        await client.write(handle, 0, file.content)
        if (job.fsync) await client.fsync(handle)
        await client.close(handle)
      }
    }),
  )
  await Promise.all(clients.map((client) => client.end()))
  return result
}

async function timed(work: () => Promise<void>): Promise<LoadResult> {
  const cpu = process.cpuUsage()
  const startedAt = performance.now()
  await work()
  const milliseconds = performance.now() - startedAt
  const { user, system } = process.cpuUsage(cpu)
  return { milliseconds, cpuSeconds: (user + system) / 1e6 }
}

async function inParallel(count: number, work: (index: number) => Promise<void>): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, index) => work(index)))
}

function sshTarget(target: LoadTarget): SshTarget {
  return { ...target, key: createPrivateKey(target.keyPem) }
}
