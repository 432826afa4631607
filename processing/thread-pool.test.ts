import { expect, onTestFinished, test } from 'vitest'
import { ThreadPool } from './thread-pool.ts'

/** A worker module in a URL: what the thread does with a task. */
function workerThat(does: string, loading = ''): URL {
  const source = `
    import { parentPort, threadId } from 'node:worker_threads'
    ${loading}
    parentPort.on('message', async ({ name, input }) => { ${does} })
    parentPort.postMessage({ isReady: true })`
  return new URL(`data:text/javascript,${encodeURIComponent(source)}`)
}

interface Changes {
  readonly threads?: number
  readonly taskSeconds?: number
  /** What the module does while it is loaded. */
  readonly loading?: string
}

function pool(does: string, options: Changes = {}): ThreadPool {
  const { threads = 1, taskSeconds = 60, loading } = options
  const made = new ThreadPool({
    workerFile: workerThat(does, loading),
    threads,
    memoryMib: 64,
    taskSeconds,
  })
  onTestFinished(() => made.destroy())
  return made
}

const never = new AbortController().signal
const ECHO = `
  if (input === 'exit') process.exit(3)
  if (input === 'throw') setTimeout(() => { throw new Error('out of the blue') })
  else if (input === 'refuse') parentPort.postMessage({ error: new RangeError('refused'), systemCode: 'ENOSPC' })
  else if (input !== 'hang') parentPort.postMessage({ result: { name, input, threadId } })`

test('tasks wait their turn and each gets its own answer', async () => {
  const threads = pool(ECHO, { threads: 2 })
  const inputs = Array.from({ length: 20 }, (_, index) => index)
  const answers = await Promise.all(inputs.map((input) => threads.run('echo', input, never)))
  expect(answers).toMatchObject(inputs.map((input) => ({ name: 'echo', input })))
  const used = new Set(answers.map((answer) => (answer as { threadId: number }).threadId))
  expect(used.size).toBeLessThanOrEqual(2)
})

test('a task tells news before it ends', async () => {
  const threads = pool(`
    parentPort.postMessage({ news: input + 1 })
    parentPort.postMessage({ news: input + 2 })
    parentPort.postMessage({ result: 'done' })`)
  const news: unknown[] = []
  expect(await threads.run('tell', 1, never, (one) => news.push(one))).toBe('done')
  expect(news).toEqual([2, 3])
})

test('a task that throws says so, and its thread goes on', async () => {
  const threads = pool(ECHO)
  const before = (await threads.run('echo', 1, never)) as object
  const refused = threads.run('echo', 'refuse', never)
  await expect(refused).rejects.toMatchObject({ message: 'refused', code: 'ENOSPC' })
  expect(await threads.run('echo', 2, never)).toEqual({ ...before, input: 2 })
})

test.each([
  ['exit', 'ended by itself with code 3'],
  ['throw', 'out of the blue'],
])(
  'a thread that dies by %s fails its own task, and the next gets a new thread',
  async (how, said) => {
    const threads = pool(ECHO)
    const dying = threads.run('echo', how, never)
    const waiting = threads.run('echo', 'next', never)
    await expect(dying).rejects.toThrow(said)
    expect(await waiting).toMatchObject({ input: 'next' })
  },
)

test('a task that takes too long is ended; the time it waited for its turn does not count', async () => {
  const threads = pool(ECHO, { taskSeconds: 3 })
  const hanging = [1, 2].map(() => threads.run('echo', 'hang', never))
  const waiting = threads.run('echo', 'last', never)
  const outcomes = await Promise.allSettled(hanging)
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(await waiting).toMatchObject({ input: 'last' })
})

test('the time a thread takes to load its program does not count', async () => {
  const loading = 'await new Promise((resolve) => setTimeout(resolve, 4_000))'
  const threads = pool(ECHO, { taskSeconds: 3, loading })
  expect(await threads.run('echo', 'late', never)).toMatchObject({ input: 'late' })
})

test('an aborted task ends its thread when it runs, and leaves the queue when it waits', async () => {
  const threads = pool(ECHO)
  const running = new AbortController()
  const queued = new AbortController()
  const first = threads.run('echo', 'hang', running.signal)
  const second = threads.run('echo', 'never begun', queued.signal)
  const third = threads.run('echo', 'third', never)
  queued.abort(new Error('not wanted'))
  await expect(second).rejects.toThrow('not wanted')
  running.abort(new Error('lease lost'))
  await expect(first).rejects.toThrow('lease lost')
  expect(await third).toMatchObject({ input: 'third' })
  await expect(threads.run('echo', 1, AbortSignal.abort(new Error('too late')))).rejects.toThrow(
    'too late',
  )
})

test('a stopped pool gives up what it has in hand and takes nothing more', async () => {
  const threads = pool(ECHO)
  const tasks = [1, 2].map(() => threads.run('echo', 'hang', never))
  const outcomes = Promise.allSettled(tasks)
  await threads.destroy()
  expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  await expect(threads.run('echo', 1, never)).rejects.toThrow('stopped')
})
