import { createHash, randomBytes } from 'node:crypto'
import { readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { ConnectionId } from '../../gateway/flow.ts'
import type { Journal } from '../../gateway/journal/journal.ts'
import { createLogger } from '../../gateway/logger.ts'
import { type LocalStaging, openStaging } from '../../gateway/staging/staging.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { flowRow } from '../support/journal-rows.ts'
import { openTestJournal } from '../support/test-journal.ts'

const PARTNER: ConnectionId = 'cnx_partner'
const OTHER: ConnectionId = 'cnx_other'
const NAME = 'FSO1110A_SIM123_SIM1231110000000000000042.tar.gz'
const MIB = 1024 * 1024

describe('a file being received', () => {
  test.each([0, 1, 5_000, 32 * 1024, 32 * 1024 + 1, MIB, MIB + 1, 5 * MIB, 80 * MIB])(
    'of %i bytes is sealed under the address of its content',
    async (bytes) => {
      const { staging, folder } = await ground()
      const content = randomBytes(bytes)
      const file = await staging.open(PARTNER, 'sftp', NAME)
      await writeInPieces(file, content, 255 * 1024)
      expect(await file.seal()).toMatchObject({ sha256: sha256(content), bytes })
      const sealed = staging.placeOf(file.id)
      const isSmall = bytes <= 32 * 1024
      expect('bytes' in sealed).toBe(isSmall)
      const held = 'bytes' in sealed ? sealed.bytes : await readFile(sealed.path)
      expect(held.equals(content)).toBe(true)
      expect(await readdir(folder)).toEqual(isSmall ? [] : [file.id])
      await file.drop()
    },
  )

  test.each([3_000, 3 * MIB])(
    'of %i bytes may be written out of order, over itself and be cut before it is sealed',
    async (bytes) => {
      const { staging } = await ground()
      const third = bytes / 3
      const content = randomBytes(bytes)
      const file = await staging.open(PARTNER, 'sftp', NAME)
      await file.write([randomBytes(third)], 0)
      await file.write([content.subarray(2 * third)], 2 * third)
      await file.write([content.subarray(third, 2 * third)], third)
      await file.write([randomBytes(100)], bytes)
      await file.truncate(bytes)
      await file.write([content.subarray(0, third)], 0)
      expect(await file.seal()).toMatchObject({ sha256: sha256(content), bytes })
      await file.drop()
    },
  )

  test('written over itself again and again is hashed once more, not each time', async () => {
    const { staging } = await ground()
    const content = randomBytes(8 * MIB)
    const file = await staging.open(PARTNER, 'sftp', NAME)
    await writeInPieces(file, content, MIB)
    for (let index = 0; index < 50; index += 1) {
      await file.write([content.subarray(0, 10)], 0)
      await file.write([content.subarray(7 * MIB)], 7 * MIB)
    }
    expect(await file.seal()).toMatchObject({ sha256: sha256(content), bytes: content.length })
    await file.drop()
  })

  test.each([10, 40_000])('of %i bytes reads as zeros where nothing was written', async (hole) => {
    const { staging } = await ground()
    const file = await staging.open(PARTNER, 'sftp', NAME)
    await file.write([Buffer.from('the end')], hole)
    await file.truncate(hole + 3)
    await file.write([Buffer.from('!')], hole + 5)
    const expected = Buffer.concat([Buffer.alloc(hole), Buffer.from('the\0\0!')])
    expect(await file.read(0, hole + 100)).toEqual(expected)
    expect(await file.seal()).toMatchObject({ sha256: sha256(expected), bytes: expected.length })
    await file.drop()
  })

  test('grows from memory to the disk and on, whatever was done to it before', async () => {
    const { staging, folder } = await ground()
    const content = randomBytes(100_000)
    const file = await staging.open(PARTNER, 'sftp', NAME)
    await file.write([content.subarray(0, 30_000)], 0)
    await file.truncate(20_000)
    expect(await readdir(folder)).toEqual([])
    await file.write([content.subarray(20_000, 60_000)], 20_000)
    expect(await readdir(folder)).toEqual([file.id])
    await file.write([content.subarray(60_000)], 60_000)
    expect(await file.seal()).toMatchObject({ sha256: sha256(content), bytes: content.length })
    await file.drop()
  })

  test('is on disk once it was synced, however small', async () => {
    const { staging, folder } = await ground()
    const content = randomBytes(100)
    const file = await staging.open(PARTNER, 'sftp', NAME)
    await file.write([content], 0)
    await file.sync()
    expect(await readFile(join(folder, file.id))).toEqual(content)
    await file.drop()
    expect(await readdir(folder)).toEqual([])
  })

  test('of which the disk takes nothing counts no more once it could not be kept', async () => {
    const { staging, folder } = await ground()
    const file = await staging.open(PARTNER, 'sftp', NAME)
    await file.write([randomBytes(100)], 0)
    await rm(folder, { recursive: true, maxRetries: 10 })
    await expect(file.keep()).rejects.toMatchObject({ code: 'ENOENT' })
    expect(staging.usedBytes(PARTNER)).toBe(0)
  })

  test('can be looked at while it is written', async () => {
    const { staging } = await ground()
    const file = await staging.open(PARTNER, 'sftp', NAME)
    await file.write([Buffer.from('hello '), Buffer.from('world')], 0)
    expect((await file.read(6, 100)).toString()).toBe('world')
    expect(file.bytes).toBe(11)
    await file.drop()
  })

  test('is visible to nobody until it is kept', async () => {
    const { staging } = await ground()
    const file = await staging.open(PARTNER, 'sftp', NAME)
    await file.write([randomBytes(2 * MIB)], 0)
    expect(staging.find(PARTNER, NAME)).toBeUndefined()
    expect(staging.list(PARTNER)).toEqual([])
    expect(await staging.reopen(PARTNER, NAME)).toBeUndefined()
    await file.drop()
  })

  test('counts against its connection until it is gone', async () => {
    const { staging } = await ground()
    const file = await staging.open(PARTNER, 'sftp', NAME)
    await file.write([randomBytes(1_000)], 0)
    expect(staging.usedBytes(PARTNER)).toBe(1_000)
    await file.truncate(400)
    expect(staging.usedBytes(PARTNER)).toBe(400)
    expect(staging.usedBytes(OTHER)).toBe(0)
    await file.seal()
    expect(staging.usedBytes(PARTNER)).toBe(400)
    await file.drop()
    expect(staging.usedBytes(PARTNER)).toBe(0)
  })

  test.each([20_000, 3 * MIB])(
    'of %i bytes shows whether gzip ends, in whatever way it came',
    async (bytes) => {
      const { staging } = await ground()
      const content = gzipSync(randomBytes(bytes))
      const half = content.length >> 1
      for (const [last, ending] of [
        [content.length, 'whole'],
        [content.length - 1, 'cut'],
      ] as const) {
        const file = await staging.open(PARTNER, 'sftp', NAME)
        await writeInPieces(file, content.subarray(0, last), 10_000)
        expect(await file.seal()).toMatchObject({ ending })
        await file.unseal()
        const again = await reopened(staging, NAME)
        await again.truncate(half)
        await again.write([content.subarray(half + 1_000, last)], half + 1_000)
        await again.write([content.subarray(half, half + 1_000)], half)
        expect(await again.seal()).toMatchObject({ ending })
        await again.drop()
      }
    },
  )

  test('that is dropped leaves neither file nor row nor descriptor', async () => {
    const { staging, folder, journal } = await ground()
    const file = await staging.open(PARTNER, 'sftp', NAME)
    const writing = file.write([randomBytes(4 * MIB)], 0)
    await new Promise(setImmediate) // the write is with the operating system
    await Promise.all([writing, file.drop(), file.drop()])
    await staging.close()
    expect(await readdir(folder)).toEqual([])
    expect(await rows(journal)).toEqual([])
    expect(await descriptorsInto(folder)).toBe(0)
  })

  test('that is small and complete never writes a row', async () => {
    const { staging, journal } = await ground()
    const file = await staging.open(PARTNER, 'sftp', NAME)
    await file.write([randomBytes(5_000)], 0)
    await file.seal()
    staging.handedOver(file.id)
    await staging.close()
    expect(await rows(journal)).toEqual([])
  })

  test('cannot be written once it is sealed', async () => {
    const { staging } = await ground()
    const file = await staging.open(PARTNER, 'sftp', NAME)
    await file.seal()
    await expect(file.write([Buffer.from('more')], 0)).rejects.toMatchObject({ code: 'INTERNAL' })
    await file.drop()
    expect(() => staging.placeOf(file.id)).toThrow('Nothing is sealed')
  })
})

describe('a kept part', () => {
  test('is found under its name, goes on where it stood, and is one file when sealed', async () => {
    const { staging } = await ground()
    const content = randomBytes(3 * MIB)
    await keepPart(staging, NAME, content.subarray(0, 2 * MIB))
    expect(staging.find(PARTNER, NAME)).toMatchObject({ name: NAME, bytes: 2 * MIB })
    expect(staging.find(OTHER, NAME)).toBeUndefined()
    const again = await reopened(staging, NAME)
    expect(again.bytes).toBe(2 * MIB)
    await again.write([content.subarray(2 * MIB)], 2 * MIB)
    expect(await again.seal()).toMatchObject({ sha256: sha256(content), bytes: 3 * MIB })
    expect(staging.find(PARTNER, NAME)).toBeUndefined()
    await again.drop()
  })

  test('survives a restart with the size it has on disk', async () => {
    const { staging, folder, journal } = await ground()
    await keepPart(staging, NAME, randomBytes(1_234))
    await staging.close()
    const after = await open(folder, journal)
    expect(after.find(PARTNER, NAME)?.bytes).toBe(1_234)
    expect(after.usedBytes(PARTNER)).toBe(1_234)
  })

  test('was a large upload when the process died: it is there after the restart', async () => {
    const { staging, folder, journal } = await ground()
    const file = await staging.open(PARTNER, 'sftp', NAME)
    await file.write([randomBytes(2 * MIB)], 0)
    await file.write([randomBytes(MIB)], 2 * MIB)
    await staging.close() // waits for rows only: the file is not kept, as after a kill
    const after = await open(folder, journal)
    expect(after.find(PARTNER, NAME)?.bytes).toBe(3 * MIB)
    await file.drop()
  })

  test('what a crash left unnamed is removed at start, and rows without a file too', async () => {
    const { staging, folder, journal } = await ground()
    await keepPart(staging, NAME, randomBytes(10))
    await keepPart(staging, 'other.part', randomBytes(10))
    const lost = staging.find(PARTNER, 'other.part')
    await staging.close()
    await rm(join(folder, lost?.id ?? 'none'))
    await writeFile(join(folder, 'stg_orphan'), 'left by a crash')
    const after = await open(folder, journal)
    expect(after.list(PARTNER).map((part) => part.name)).toEqual([NAME])
    expect(await readdir(folder)).toHaveLength(1)
    expect(await rows(journal)).toHaveLength(1)
  })

  test('of another holder is neither shown nor touched', async () => {
    const { staging, journal } = await ground()
    await keepPart(staging, NAME, randomBytes(10))
    const elsewhere = await open(await temporaryFolder(), journal, 'another')
    expect(elsewhere.find(PARTNER, NAME)).toBeUndefined()
    expect(await rows(journal)).toHaveLength(1)
  })

  test('of a holder that never came back loses its row in the end', async () => {
    let now = Date.now()
    const clock = { now: () => now }
    const { staging, journal } = await ground(clock)
    const gone = await open(await temporaryFolder(), journal, 'another', clock)
    await keepPart(gone, NAME, randomBytes(10))
    now += 3_601_000
    await staging.expire()
    expect(await rows(journal)).toHaveLength(1)
    now += 3_601_000
    await staging.expire()
    expect(await rows(journal)).toEqual([])
  })

  test('goes once another process has taken the flow in, and not for one taken before', async () => {
    const { staging, folder, journal } = await ground()
    await keepPart(staging, NAME, randomBytes(10))
    await keepPart(staging, `again-${NAME}`, randomBytes(10))
    const flow = { connection_id: PARTNER } as const
    const { db } = journal
    const taken = [
      flowRow(1, { ...flow, file_name: NAME, received_at: Date.now() }),
      flowRow(2, { ...flow, file_name: `again-${NAME}`, received_at: Date.now() - 60_000 }),
    ]
    for (const row of taken) await journal.write([{ query: db.insertInto('flows').values(row) }])
    expect(await staging.expire()).toBe(1)
    expect(staging.list(PARTNER).map((part) => part.name)).toEqual([`again-${NAME}`])
    expect(await readdir(folder)).toHaveLength(1)
    expect(await rows(journal)).toHaveLength(1)
  })

  test('stays while a new upload of its name is under way, and gives way to it', async () => {
    const { staging, folder } = await ground()
    await keepPart(staging, NAME, randomBytes(10))
    const fresh = await staging.open(PARTNER, 'sftp', NAME)
    await fresh.write([randomBytes(20)], 0)
    expect(staging.find(PARTNER, NAME)?.bytes).toBe(10)
    await fresh.keep()
    expect(staging.find(PARTNER, NAME)?.bytes).toBe(20)
    expect(staging.usedBytes(PARTNER)).toBe(20)
    expect(await readdir(folder)).toHaveLength(1)
  })

  test('is itself again, after a restart too, when the new upload of its name is dropped', async () => {
    const { staging, folder, journal } = await ground()
    await keepPart(staging, NAME, randomBytes(10))
    const fresh = await staging.open(PARTNER, 'sftp', NAME)
    await fresh.write([randomBytes(2 * MIB)], 0)
    await fresh.drop()
    expect(staging.find(PARTNER, NAME)?.bytes).toBe(10)
    await staging.close()
    expect((await open(folder, journal)).find(PARTNER, NAME)?.bytes).toBe(10)
  })

  test('goes when a new upload of its name is sealed', async () => {
    const { staging, folder } = await ground()
    await keepPart(staging, NAME, randomBytes(10))
    const fresh = await staging.open(PARTNER, 'sftp', NAME)
    await fresh.write([randomBytes(20)], 0)
    await fresh.seal()
    staging.handedOver(fresh.id)
    await staging.close()
    expect(staging.list(PARTNER)).toEqual([])
    expect(await readdir(folder)).toEqual([])
  })

  test('is taken over by the session that reopens it; the one that lost it can do no harm', async () => {
    const { staging, folder } = await ground()
    await keepPart(staging, NAME, Buffer.from('begun '))
    const stalled = await reopened(staging, NAME)
    await stalled.write([Buffer.from('by a session now dead ')], 6)
    const resumed = await reopened(staging, NAME)
    await expect(stalled.write([Buffer.from('!')], 0)).rejects.toMatchObject({ code: 'INTERNAL' })
    await stalled.keep()
    await stalled.drop()
    await resumed.write([Buffer.from('and ended')], resumed.bytes)
    const whole = Buffer.from('begun by a session now dead and ended')
    expect(await resumed.seal()).toMatchObject({ sha256: sha256(whole), bytes: whole.length })
    await resumed.drop()
    await staging.close()
    expect(await descriptorsInto(folder)).toBe(0)
  })

  test('can be renamed, in place of another', async () => {
    const { staging, folder, journal } = await ground()
    await keepPart(staging, 'a.part', Buffer.from('a'))
    await keepPart(staging, 'b.part', Buffer.from('bb'))
    await staging.rename(PARTNER, 'a.part', 'b.part')
    expect(staging.list(PARTNER)).toMatchObject([{ name: 'b.part', bytes: 1 }])
    await staging.close()
    expect((await open(folder, journal)).list(PARTNER)).toMatchObject([
      { name: 'b.part', bytes: 1 },
    ])
  })

  test('can be removed by its partner', async () => {
    const { staging, folder, journal } = await ground()
    await keepPart(staging, NAME, randomBytes(10))
    await staging.drop(PARTNER, NAME)
    await staging.drop(PARTNER, NAME)
    expect(staging.usedBytes(PARTNER)).toBe(0)
    await staging.close()
    expect(await readdir(folder)).toEqual([])
    expect(await rows(journal)).toEqual([])
  })

  test('comes back when the intake refuses the sealed file', async () => {
    const { staging, folder, journal } = await ground()
    const file = await staging.open(PARTNER, 'sftp', NAME)
    await file.write([randomBytes(10)], 0)
    await file.seal()
    await file.unseal()
    expect(staging.find(PARTNER, NAME)?.bytes).toBe(10)
    await staging.close()
    expect((await open(folder, journal)).find(PARTNER, NAME)?.bytes).toBe(10)
  })

  test('does not come back once the payload store has its file', async () => {
    const { staging } = await ground()
    const file = await staging.open(PARTNER, 'sftp', NAME)
    await file.seal()
    staging.handedOver(file.id)
    await file.unseal()
    await file.drop()
    expect(staging.list(PARTNER)).toEqual([])
  })

  test('is removed when nobody has touched it for too long, unless it is being written', async () => {
    let now = Date.now()
    const { staging, folder } = await ground({ now: () => now })
    await keepPart(staging, 'forgotten.part', randomBytes(10))
    await keepPart(staging, 'resumed.part', randomBytes(10))
    const resumed = await reopened(staging, 'resumed.part')
    now += 3_601_000
    await keepPart(staging, 'fresh.part', randomBytes(10))
    expect(await staging.expire()).toBe(1)
    expect(staging.list(PARTNER).map((part) => part.name)).toEqual(['resumed.part', 'fresh.part'])
    expect(await readdir(folder)).toHaveLength(2)
    await resumed.keep()
  })
})

describe('the staging area', () => {
  test('knows how much room the disk has', async () => {
    const { staging } = await ground()
    expect(staging.freeDiskBytes()).toBeGreaterThan(0)
  })
})

type Clock = { readonly now: () => number }

async function ground(
  clock: Clock = Date,
): Promise<{ staging: LocalStaging; folder: string; journal: Journal }> {
  const data = await temporaryFolder()
  const journal = await openTestJournal(data, createLogger('silent'))
  onTestFinished(() => journal.close())
  const folder = join(data, 'staging')
  return { staging: await open(folder, journal, 'local', clock), folder, journal }
}

async function open(
  folder: string,
  journal: Journal,
  holder = 'local',
  clock: Clock = Date,
): Promise<LocalStaging> {
  const staging = await openStaging({
    folder,
    journal,
    holder,
    clock,
    log: createLogger('silent'),
    partSeconds: 3_600,
  })
  onTestFinished(() => staging.close())
  return staging
}

async function keepPart(staging: LocalStaging, name: string, content: Buffer): Promise<void> {
  const file = await staging.open(PARTNER, 'sftp', name)
  await file.write([content], 0)
  await file.keep()
}

async function reopened(
  staging: LocalStaging,
  name: string,
): Promise<Awaited<ReturnType<LocalStaging['open']>>> {
  const file = await staging.reopen(PARTNER, name)
  if (file === undefined) throw new Error(`no part ${name}`)
  return file
}

async function writeInPieces(
  file: Awaited<ReturnType<LocalStaging['open']>>,
  content: Buffer,
  length: number,
): Promise<void> {
  for (let at = 0; at < content.length; at += length) {
    const piece = content.subarray(at, at + length)
    await file.write([piece.subarray(0, 10), piece.subarray(10)], at)
  }
}

function rows(journal: Journal): Promise<readonly { id: string }[]> {
  return journal.read(journal.db.selectFrom('staged_parts').select('id'))
}

/** Descriptors of this process that are open on something in `folder`. */
async function descriptorsInto(folder: string): Promise<number> {
  const open = await readdir('/proc/self/fd').catch(() => [])
  const targets = await Promise.all(
    open.map((descriptor) => readlink(`/proc/self/fd/${descriptor}`).catch(() => '')),
  )
  return targets.filter((target) => target.startsWith(folder)).length
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}

describe('what is noted beside a file', () => {
  test.each([1_000, 2 * MIB])('of %i bytes stays with the kept part, in order', async (bytes) => {
    const { staging, folder } = await ground()
    const file = await staging.open(PARTNER, 'pesit', NAME)
    await file.write([randomBytes(bytes)], 0)
    await file.mark(Buffer.from('one'))
    await file.mark(Buffer.from('two'))
    expect((await file.marks()).toString()).toBe('onetwo')
    await file.keep()
    const again = await staging.reopen(PARTNER, NAME)
    await again!.mark(Buffer.from('three'))
    expect((await again!.marks()).toString()).toBe('onetwothree')
    await again!.drop()
    expect(await readdir(folder)).toEqual([])
  })

  test('is there again after a start, where the part has a row', async () => {
    const { staging, folder, journal } = await ground()
    const file = await staging.open(PARTNER, 'pesit', NAME)
    await file.write([randomBytes(2 * MIB)], 0)
    await file.mark(Buffer.from('one'))
    await file.keep()
    await staging.close()
    const next = await open(folder, journal)
    const again = await next.reopen(PARTNER, NAME)
    expect((await again!.marks()).toString()).toBe('one')
    await again!.drop()
    expect(await readdir(folder)).toEqual([])
  })

  test('goes once the file is handed over', async () => {
    const { staging, folder } = await ground()
    const file = await staging.open(PARTNER, 'pesit', NAME)
    await file.write([randomBytes(2 * MIB)], 0)
    await file.mark(Buffer.from('one'))
    await file.seal()
    staging.handedOver(file.id)
    await expect.poll(async () => (await readdir(folder)).length).toBe(1)
  })
})
