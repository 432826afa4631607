import { createHash, randomBytes } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { StoredContent } from '../../gateway/flow.ts'
import type { Journal } from '../../gateway/journal/journal.ts'
import { createLogger } from '../../gateway/logger.ts'
import { openFilePayloadStore } from '../../gateway/payloads/files/file-payload-store.ts'
import { LandedPayloads } from '../../gateway/payloads/landed-payloads.ts'
import type { PayloadStore } from '../../gateway/payloads/payloads.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { openTestJournal } from '../support/test-journal.ts'

describe('a small content that landed in the journal', () => {
  test('is there like any other, before and after it is moved into the store', async () => {
    const { payloads, journal, store } = await opened()
    const bytes = randomBytes(5_000)
    const content = await land(payloads, journal, bytes)
    expect(await payloads.has(content.sha256)).toBe(true)
    expect(await store.has(content.sha256)).toBe(false)
    expect(await payloads.moveLanded()).toBe(1)
    expect(await store.has(content.sha256)).toBe(true)
    expect(await rows(journal)).toBe(0)
    expect(await buffer(payloads.read(content, { start: 4_000 }))).toEqual(bytes.subarray(4_000))
    expect(await payloads.moveLanded()).toBe(0)
  })

  test('is read at once, from any position or as a file', async () => {
    const { payloads, journal } = await opened()
    const bytes = randomBytes(5_000)
    const content = await land(payloads, journal, bytes)
    expect(await buffer(payloads.read(content, { start: 10 }))).toEqual(bytes.subarray(10))
    const other = await land(payloads, journal, randomBytes(10))
    const file = await payloads.localFile(other)
    expect(file.path).toContain(other.sha256)
    await file.release()
    expect(await payloads.moveLanded()).toBe(2)
    expect(await buffer(payloads.read(content))).toEqual(bytes)
  })

  test('lands twice, and again once it was moved, and is one content', async () => {
    const { payloads, journal } = await opened()
    const bytes = randomBytes(100)
    const content = await land(payloads, journal, bytes)
    await land(payloads, journal, bytes)
    expect(await rows(journal)).toBe(1)
    await payloads.moveLanded()
    await land(payloads, journal, bytes)
    expect(await listed(payloads)).toEqual([content])
    expect(await rows(journal)).toBe(0)
  })

  test('is moved with all the others, however many, also by two at once', async () => {
    const { payloads, journal } = await opened()
    const contents = await Promise.all(
      Array.from({ length: 50 }, () => land(payloads, journal, randomBytes(200))),
    )
    await Promise.all([payloads.moveLanded(), payloads.moveLanded()])
    const byAddress = (one: StoredContent, other: StoredContent): number =>
      one.sha256 < other.sha256 ? -1 : 1
    expect((await listed(payloads)).sort(byAddress)).toEqual(contents.sort(byAddress))
    expect(await rows(journal)).toBe(0)
  })

  test('stays in the journal when the store cannot take it, and is moved later', async () => {
    const { payloads, journal, folder } = await opened()
    const content = await land(payloads, journal, randomBytes(100))
    await rm(folder, { recursive: true, maxRetries: 10 })
    await expect(payloads.moveLanded()).rejects.toMatchObject({ code: 'ENOENT' })
    expect(await rows(journal)).toBe(1)
    const again = new LandedPayloads(await openFilePayloadStore({ folder }), journal)
    onTestFinished(() => again.close())
    expect(await again.moveLanded()).toBe(1)
    expect((await buffer(again.read(content))).length).toBe(100)
  })

  test('waits while others land, and is moved in a quiet moment', async () => {
    const { payloads, journal, store } = await opened()
    // However long the journal takes, it is the same moment.
    vi.useFakeTimers({ toFake: ['performance'] })
    onTestFinished(() => void vi.useRealTimers())
    const content = await land(payloads, journal, randomBytes(100))
    expect(await payloads.moveWhenQuiet()).toBe(0)
    const restarted = new LandedPayloads(store, journal)
    expect(await restarted.moveWhenQuiet()).toBe(1)
    expect(await store.has(content.sha256)).toBe(true)
  })

  test('lands again after it was moved by another process and removed, and is not lost', async () => {
    const { payloads, journal, store } = await opened()
    const another = new LandedPayloads(store, journal, { settlingMilliseconds: 0.001 })
    const bytes = randomBytes(100)
    const content = await land(payloads, journal, bytes)
    await buffer(another.read(content))
    await payloads.moveLanded()
    await setTimeout(20)
    expect(await store.removeStoredBefore(content.sha256, Date.now())).toBe(true)
    await land(payloads, journal, bytes)
    expect(await another.moveLanded()).toBe(1)
    expect(await buffer(payloads.read(content))).toEqual(bytes)
  })

  test('is read from its own copy: one of former times may be on its way out', async () => {
    const { payloads, journal, store } = await opened()
    const bytes = randomBytes(100)
    await store.put(Readable.from([bytes]))
    // Times of files are those of the last tick.
    await setTimeout(20)
    const before = Date.now()
    await setTimeout(20)
    // A sweep has found no row that names it; now it lands, and is fetched before the removal.
    const content = await land(payloads, journal, bytes)
    const file = await payloads.localFile(content)
    expect(await store.removeStoredBefore(content.sha256, before)).toBe(false)
    expect(await readFile(file.path)).toEqual(bytes)
    await file.release()
  })

  test('is gone once removed, from wherever it is', async () => {
    const { payloads, journal } = await opened()
    const landed = await land(payloads, journal, randomBytes(100))
    await payloads.remove(landed.sha256)
    expect(await payloads.has(landed.sha256)).toBe(false)
    const fetched = await land(payloads, journal, randomBytes(100))
    await buffer(payloads.read(fetched))
    await payloads.remove(fetched.sha256)
    expect(await listed(payloads)).toEqual([])
    await expect(buffer(payloads.read(landed))).rejects.toMatchObject({ code: 'PAYLOAD_MISSING' })
  })
})

interface Ground {
  readonly payloads: LandedPayloads
  readonly store: PayloadStore
  readonly journal: Journal
  /** Of the store. */
  readonly folder: string
}

async function opened(): Promise<Ground> {
  const ground = await temporaryFolder()
  const journal = await openTestJournal(ground, createLogger('silent'))
  onTestFinished(() => journal.close())
  const folder = join(ground, 'payloads')
  const store = await openFilePayloadStore({ folder })
  onTestFinished(() => store.close())
  return { payloads: new LandedPayloads(store, journal), store, journal, folder }
}

async function land(
  payloads: LandedPayloads,
  journal: Journal,
  bytes: Buffer,
): Promise<StoredContent> {
  const content = { sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.length }
  expect(await journal.write([payloads.land(bytes, content)])).toMatchObject({ committed: true })
  return content
}

async function rows(journal: Journal): Promise<number> {
  return (await journal.read(journal.db.selectFrom('landed_payloads').select('sha256'))).length
}

async function listed(payloads: PayloadStore): Promise<StoredContent[]> {
  const found: StoredContent[] = []
  for await (const content of payloads.list()) found.push(content)
  return found
}
