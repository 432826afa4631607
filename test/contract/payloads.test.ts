import { createHash, randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { buffer } from 'node:stream/consumers'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createLogger } from '../../gateway/logger.ts'
import { openFilePayloadStore } from '../../gateway/payloads/files/file-payload-store.ts'
import { LandedPayloads } from '../../gateway/payloads/landed-payloads.ts'
import { openPayloads } from '../../gateway/payloads/open-payloads.ts'
import type { PayloadStore } from '../../gateway/payloads/payloads.ts'
import type { StoredContent } from '../../gateway/flow.ts'
import { S3_PROGRAMS, startS3 } from '../support/s3-server.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { openTestJournal } from '../support/test-journal.ts'

/** What an adapter needs to be tested. */
interface Adapter {
  readonly name: string
  /** How exact its times are. */
  readonly tickMilliseconds: number
  /** What the store needs besides a folder, made once a test. */
  readonly prepare: (ground: string) => Promise<() => Promise<PayloadStore>>
  /** False: it does not know conditions, so that of two processes the later one names it. */
  readonly namesOnce: boolean
  /** Names in a ground that holds nothing but what the store has there. */
  readonly left: readonly string[]
}

const FILES = { tickMilliseconds: 20, namesOnce: true, left: ['payloads'] }

const ADAPTERS: readonly Adapter[] = [
  {
    ...FILES,
    name: 'files',
    prepare: async (ground) => () => openPayloads({ url: 'file:', dataFolder: ground }),
  },
  {
    ...FILES,
    name: 'files of several processes',
    prepare: async (ground) => () =>
      openPayloads({ url: `file:${join(ground, 'payloads')}`, dataFolder: '/nowhere' }),
  },
  {
    ...FILES,
    name: 'files behind the journal',
    prepare: async (ground) => () => openLanded(ground),
  },
  ...S3_PROGRAMS.map((program): Adapter => ({
    name: `a bucket of ${program}`,
    tickMilliseconds: 1_100,
    namesOnce: program !== 's3rver',
    left: ['landing'],
    async prepare(ground) {
      const server = await startS3(program)
      return () => openPayloads({ url: server.url(), dataFolder: ground })
    },
  })),
]

describe.each(ADAPTERS)('the payload store on $name', ({ prepare, ...its }) => {
  const open = prepare
  const { tickMilliseconds, namesOnce, left } = its
  test('gives back exactly what was put, from any position', async () => {
    const { store } = await opened(open)
    const bytes = randomBytes(700_000)
    const content = await store.put(pieces(bytes, 70_001))
    expect(content).toEqual(contentOf(bytes))
    expect(await buffer(store.read(content))).toEqual(bytes)
    for (const start of [1, 262_144, 699_999, 700_000, 900_000]) {
      expect(await buffer(store.read(content, { start }))).toEqual(bytes.subarray(start))
    }
  })

  test('keeps an empty content like any other', async () => {
    const { store } = await opened(open)
    const content = await store.put(pieces(Buffer.alloc(0), 1))
    expect(content.bytes).toBe(0)
    expect(await buffer(store.read(content))).toHaveLength(0)
  })

  test('takes over a sealed file and leaves nothing at its path', async () => {
    const { store, ground } = await opened(open)
    const bytes = randomBytes(5_000)
    const path = join(ground, 'sealed')
    await writeFile(path, bytes)
    await store.adopt(path, contentOf(bytes))
    expect(await readdir(ground)).not.toContain('sealed')
    expect(await buffer(store.read(contentOf(bytes)))).toEqual(bytes)
  })

  test('takes the same content any number of times, at once too, and holds it once', async () => {
    const { store, ground } = await opened(open)
    const bytes = randomBytes(5_000)
    const content = contentOf(bytes)
    await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const path = join(ground, `sealed-${index}`)
        await writeFile(path, bytes)
        await store.adopt(path, content)
      }),
    )
    expect(await listed(store)).toEqual([content])
    expect(await readdir(ground)).toEqual(left)
    expect(await buffer(store.read(content))).toEqual(bytes)
  })

  test('holds what it accepted after being closed and opened again', async () => {
    const { store, openAgain } = await opened(open)
    const bytes = randomBytes(5_000)
    const content = await store.put(pieces(bytes, 1_000))
    await store.close()
    const again = await openAgain()
    onTestFinished(() => again.close())
    expect(await again.has(content.sha256)).toBe(true)
    expect(await buffer(again.read(content))).toEqual(bytes)
  })

  test('keeps nothing of a source that breaks off', async () => {
    const { store } = await opened(open)
    const broken = (async function* () {
      yield randomBytes(100_000)
      await Promise.resolve()
      throw new Error('the line went dead')
    })()
    await expect(store.put(broken)).rejects.toThrow('the line went dead')
    expect(await listed(store)).toEqual([])
  })

  test('says so when a content is not there', async () => {
    const { store } = await opened(open)
    const absent = contentOf(Buffer.from('never stored'))
    expect(await store.has(absent.sha256)).toBe(false)
    await expect(buffer(store.read(absent))).rejects.toMatchObject({ code: 'PAYLOAD_MISSING' })
    await expect(store.localFile(absent)).rejects.toMatchObject({ code: 'PAYLOAD_MISSING' })
  })

  test('lends a local file for random access', async () => {
    const { store } = await opened(open)
    const bytes = randomBytes(5_000)
    const content = await store.put(pieces(bytes, 1_000))
    const file = await store.localFile(content)
    expect(await readFile(file.path)).toEqual(bytes)
    await file.release()
  })

  test('forgets what is removed; removing it again is harmless', async () => {
    const { store } = await opened(open)
    const content = await store.put(pieces(randomBytes(10), 10))
    await store.remove(content.sha256)
    await store.remove(content.sha256)
    expect(await store.has(content.sha256)).toBe(false)
    expect(await listed(store)).toEqual([])
  })

  test('removes what has been there for long, and nothing that was put since', async () => {
    const { store } = await opened(open)
    const [old, again] = [randomBytes(1_000), randomBytes(1_000)]
    await store.put(pieces(old, 1_000))
    await store.put(pieces(again, 1_000))
    await sleep(tickMilliseconds)
    const time = Date.now()
    await sleep(tickMilliseconds)
    await store.put(pieces(again, 1_000))
    const remove = (bytes: Buffer) => store.removeStoredBefore(contentOf(bytes).sha256, time)
    expect(await Promise.all([old, again, randomBytes(10)].map(remove))).toEqual([
      true,
      false,
      false,
    ])
    expect(await listed(store)).toEqual([contentOf(again)])
    expect(await buffer(store.read(contentOf(again)))).toEqual(again)
  })

  test('has no name at first, and the one it is given first for good', async () => {
    const { store, openAgain } = await opened(open)
    expect(await store.name()).toBeUndefined()
    expect(await store.giveName('pst_one')).toBe('pst_one')
    expect(await store.giveName('pst_other')).toBe(namesOnce ? 'pst_one' : 'pst_other')
    const again = await openAgain()
    onTestFinished(() => again.close())
    expect(await again.name()).toBe(await store.name())
    expect(await listed(store)).toEqual([])
  })

  test('keeps a content of many parts', async () => {
    const { store, ground } = await opened(open)
    const bytes = randomBytes(20 * 1024 * 1024 + 1)
    const path = join(ground, 'sealed')
    await writeFile(path, bytes)
    await store.adopt(path, contentOf(bytes))
    const read = await buffer(store.read(contentOf(bytes)))
    expect(read.equals(bytes)).toBe(true)
    const start = 17 * 1024 * 1024
    const end = await buffer(store.read(contentOf(bytes), { start }))
    expect(end.equals(bytes.subarray(start))).toBe(true)
    const again = await store.put(pieces(bytes, 1_000_000))
    expect(again).toEqual(contentOf(bytes))
  })

  test('a reader goes on while its content is put again', async () => {
    const { store } = await opened(open)
    const bytes = randomBytes(3_000_000)
    const content = await store.put(pieces(bytes, 500_000))
    const reading = store.read(content)
    const [read] = await Promise.all([buffer(reading), store.put(pieces(bytes, 400_000))])
    expect(read).toEqual(bytes)
  })

  test('a content that need not survive a power cut is read back all the same', async () => {
    const { store } = await opened(open)
    const bytes = randomBytes(5_000)
    const content = await store.put(pieces(bytes, 1_000), { durable: false })
    expect(await store.put(pieces(bytes, 1_000), { durable: false })).toEqual(content)
    expect(await buffer(store.read(content))).toEqual(bytes)
  })
})

describe('the payload store on files', () => {
  test('empties its temporary folder when it opens', async () => {
    const ground = await temporaryFolder()
    await mkdir(join(ground, 'payloads', 'tmp'), { recursive: true })
    await writeFile(join(ground, 'payloads', 'tmp', 'half'), 'half a payload')
    const store = await openFilePayloadStore({ folder: join(ground, 'payloads') })
    onTestFinished(() => store.close())
    expect(await readdir(join(ground, 'payloads', 'tmp'))).toEqual([])
  })

  test('a payload cut on disk is missing, not short', async () => {
    const ground = await temporaryFolder()
    const store = await openPayloads({ url: 'file:', dataFolder: ground })
    onTestFinished(() => store.close())
    const content = await store.put(pieces(randomBytes(5_000), 5_000))
    const file = await store.localFile(content)
    await truncate(file.path, 4_999)
    await expect(buffer(store.read(content))).rejects.toMatchObject({ code: 'PAYLOAD_MISSING' })
  })

  test('an address that is no address reaches no file', async () => {
    const ground = await temporaryFolder()
    const store = await openPayloads({ url: 'file:', dataFolder: ground })
    onTestFinished(() => store.close())
    await expect(store.has('../../etc/passwd')).rejects.toMatchObject({ code: 'INTERNAL' })
  })

  test('another kind of store than files is a fault of the configuration', async () => {
    await expect(
      openPayloads({ url: 'ftp://somewhere', dataFolder: '/nowhere' }),
    ).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })
})

/** With a journal that is empty each time: what landed there is landed-payloads.test.ts. */
async function openLanded(ground: string): Promise<PayloadStore> {
  const log = createLogger('silent')
  const journal = await openTestJournal(await temporaryFolder(), log)
  onTestFinished(() => journal.close())
  const store = await openFilePayloadStore({ folder: join(ground, 'payloads') })
  return new LandedPayloads(store, journal)
}

async function opened(prepare: Adapter['prepare']): Promise<{
  readonly store: PayloadStore
  readonly ground: string
  readonly openAgain: () => Promise<PayloadStore>
}> {
  const ground = await temporaryFolder()
  const openAgain = await prepare(ground)
  const store = await openAgain()
  onTestFinished(() => store.close())
  return { store, ground, openAgain }
}

function contentOf(bytes: Buffer): StoredContent {
  return { sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.length }
}

function pieces(bytes: Buffer, length: number): Readable {
  const count = Math.ceil(bytes.length / length)
  return Readable.from(
    Array.from({ length: count }, (_, index) =>
      bytes.subarray(index * length, (index + 1) * length),
    ),
  )
}

async function listed(store: PayloadStore): Promise<StoredContent[]> {
  const found: StoredContent[] = []
  for await (const content of store.list()) found.push(content)
  return found
}
