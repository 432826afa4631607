import { expect, test } from 'vitest'
import { SqliteThread } from './sqlite-thread.ts'

const thread = (onMessage: string) =>
  new URL(
    `data:text/javascript,${encodeURIComponent(
      `import { parentPort } from 'node:worker_threads'
       parentPort.on('message', (message) => { ${onMessage} })
       parentPort.postMessage({ started: true })`,
    )}`,
  )

test('a thread that dies fails everything asked of it, before and after', async () => {
  const dying = await SqliteThread.start(thread('throw new Error("died")'), { folder: '' })
  const heard: string[] = []
  dying.onFailure(({ code }) => heard.push(code))
  const asked = [dying.request({}), dying.request({})]
  for (const answer of asked) {
    await expect(answer).rejects.toMatchObject({ code: 'JOURNAL_UNAVAILABLE' })
  }
  await expect(dying.request({})).rejects.toMatchObject({ code: 'JOURNAL_UNAVAILABLE' })
  expect(heard).toEqual(['JOURNAL_UNAVAILABLE'])
  await dying.stop()
})

test('a thread that cannot start says so', async () => {
  const broken = new URL('data:text/javascript,throw new Error("no")')
  await expect(SqliteThread.start(broken, { folder: '' })).rejects.toMatchObject({
    code: 'JOURNAL_UNAVAILABLE',
  })
})

test('a thread answers what was asked before it is stopped', async () => {
  const answering = await SqliteThread.start<object, string>(
    thread(`if (message === 'close') parentPort.close()
            else parentPort.postMessage([{ id: message.id, answer: 'yes' }])`),
    { folder: '' },
  )
  const answer = answering.request({})
  await answering.stop()
  await expect(answer).resolves.toBe('yes')
})
