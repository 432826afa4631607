import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { openMemorySession } from '../../test/support/memory-channel.ts'
import { MemoryServices } from '../../test/support/memory-services.ts'
import { seededRandom } from '../../test/support/seeded-random.ts'
import { INIT, packet } from '../../test/support/sftp-peer/wire.ts'

const NAME = 'FSO1110A_SIM123_SIM1231110000000000000042.tar.gz'
const OTHER = 'FSO1110A_SIM123_SIM1231110000000000000043.tar.gz'
const random = seededRandom(9)
const CONTENT = gzipSync(
  Buffer.from(Array.from({ length: 200_000 }, () => Math.floor(random() * 256))),
)

const OK = { type: 101, code: 0 }
const END_OF_FILE = { type: 101, code: 1 }
const NO_SUCH_FILE = { type: 101, code: 2 }
const DENIED = { type: 101, code: 3 }
const FAILURE = { type: 101, code: 4 }
const BAD_MESSAGE = { type: 101, code: 5 }
const UNSUPPORTED = { type: 101, code: 8 }

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** A disk that waits until it is let go. */
function heldDisk(memory: MemoryServices): { release: () => void } {
  let release = (): void => {}
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  memory.slowDisk = () => released
  return {
    release: () => {
      memory.slowDisk = undefined
      release()
    },
  }
}

describe('an upload', () => {
  test('is a flow when CLOSE answers OK, and gives the whole window back', async () => {
    const memory = new MemoryServices()
    const { peer, channel, transfers } = await openMemorySession(memory)
    expect(await peer.upload(`/depot/${NAME}`, CONTENT)).toMatchObject(OK)
    expect(memory.flows).toMatchObject([
      { fileName: NAME, connectionId: 'cnx_test', content: { bytes: CONTENT.length } },
    ])
    expect(memory.accepted.get(NAME)!.equals(CONTENT)).toBe(true)
    expect([channel.heldWindow, transfers(), memory.openFiles.size]).toEqual([0, 0, 0])
  })

  test('answers its WRITEs in the order they came, the CLOSE behind them', async () => {
    const memory = new MemoryServices()
    const disk = heldDisk(memory)
    const { peer } = await openMemorySession(memory)
    const handle = await peer.open(`/depot/${NAME}`)
    const ids: number[] = []
    for (let at = 0; at < CONTENT.length; at += 10_000) {
      ids.push(peer.post(6, handle, BigInt(at), CONTENT.subarray(at, at + 10_000)))
    }
    ids.push(peer.post(4, handle))
    const before = peer.replies.length
    await turn()
    expect(peer.replies).toHaveLength(before)
    disk.release()
    await peer.answerTo(ids.at(-1)!)
    expect(peer.replies.slice(before).map((reply) => reply.id)).toEqual(ids)
    expect(memory.flows).toHaveLength(1)
  })

  test('writes what comes without a gap together', async () => {
    const memory = new MemoryServices()
    const disk = heldDisk(memory)
    const { peer } = await openMemorySession(memory)
    const uploaded = peer.upload(`/depot/${NAME}`, CONTENT, 4_096)
    await turn()
    disk.release()
    expect(await uploaded).toMatchObject(OK)
    expect(memory.writes.length).toBeLessThanOrEqual(3)
  })

  test('gives window back only for what is in the file', async () => {
    const memory = new MemoryServices()
    const disk = heldDisk(memory)
    const { peer, channel } = await openMemorySession(memory)
    const handle = await peer.open(`/depot/${NAME}`)
    peer.post(6, handle, 0n, CONTENT.subarray(0, 30_000))
    await turn()
    expect(channel.heldWindow).toBeGreaterThan(30_000)
    disk.release()
    await peer.ask(8, handle)
    expect(channel.heldWindow).toBe(0)
  })

  test('that is cut keeps its content for resuming, and is no flow', async () => {
    const memory = new MemoryServices()
    const { peer } = await openMemorySession(memory)
    const reply = await peer.upload(`/depot/${NAME}`, CONTENT.subarray(0, 150_000))
    expect(reply).toMatchObject(FAILURE)
    expect(reply.message).toMatch(/ends too early/)
    expect(memory.flows).toEqual([])
    expect(memory.refusals).toMatchObject([{ code: 'CONTENT_INCOMPLETE', offered: NAME }])
    expect(await peer.ask(17, `/depot/${NAME}`)).toMatchObject({ size: 150_000 })
  })

  test('of no bytes is refused, unless the settings let it in', async () => {
    const memory = new MemoryServices()
    const { peer } = await openMemorySession(memory)
    expect(await peer.upload(`/depot/${NAME}`, Buffer.alloc(0))).toMatchObject(FAILURE)
    expect(memory.refusals).toMatchObject([{ code: 'CONTENT_EMPTY' }])
    const lenient = await openMemorySession(memory, { settings: { truncated: 'accept' } })
    expect(await lenient.peer.upload(`/depot/${NAME}`, Buffer.alloc(0))).toMatchObject(OK)
    expect(memory.flows).toHaveLength(1)
  })

  test('is resumed where it stopped, by STAT and WRITEs at the end', async () => {
    const memory = new MemoryServices()
    const first = await openMemorySession(memory)
    const handle = await first.peer.open(`/depot/${NAME}`)
    await first.peer.ask(6, handle, 0n, CONTENT.subarray(0, 123_456))
    first.channel.close()
    await first.ended
    const { peer } = await openMemorySession(memory)
    expect(await peer.ask(17, `/depot/${NAME}`)).toMatchObject({ size: 123_456 })
    const again = await peer.open(`/depot/${NAME}`, 10)
    peer.post(6, again, 123_456n, CONTENT.subarray(123_456))
    expect(await peer.ask(4, again)).toMatchObject(OK)
    expect(memory.accepted.get(NAME)!.equals(CONTENT)).toBe(true)
    expect(memory.parts.size).toBe(0)
  })

  test('opened for appending takes WRITEs at its end only', async () => {
    const memory = new MemoryServices()
    const { peer } = await openMemorySession(memory)
    await peer.upload(`/depot/${NAME}`, CONTENT.subarray(0, 1_000))
    const handle = await peer.open(`/depot/${NAME}`, 14)
    expect(await peer.ask(6, handle, 1_000n, CONTENT.subarray(1_000))).toMatchObject(OK)
    expect(await peer.ask(4, handle)).toMatchObject(OK)
    const other = await peer.open(`/depot/x.part`, 14)
    expect(await peer.ask(6, other, 5n, 'abc')).toMatchObject(FAILURE)
  })

  test('with a hole is refused, and kept up to the hole', async () => {
    const memory = new MemoryServices()
    const { peer } = await openMemorySession(memory)
    const handle = await peer.open(`/depot/${NAME}`)
    await peer.ask(6, handle, 0n, CONTENT.subarray(0, 100))
    expect(await peer.ask(6, handle, 200n, CONTENT.subarray(200))).toMatchObject(OK)
    expect(await peer.ask(4, handle)).toMatchObject(FAILURE)
    expect(await peer.ask(17, `/depot/${NAME}`)).toMatchObject({ size: 100 })
  })

  test('may be written in any order', async () => {
    const memory = new MemoryServices()
    const { peer } = await openMemorySession(memory)
    const handle = await peer.open(`/depot/${NAME}`)
    const pieces = Array.from({ length: Math.ceil(CONTENT.length / 10_000) }, (_, index) => index)
    for (const index of pieces.toSorted(() => random() - 0.5)) {
      const at = index * 10_000
      peer.post(6, handle, BigInt(at), CONTENT.subarray(at, at + 10_000))
    }
    expect(await peer.ask(4, handle)).toMatchObject(OK)
    expect(memory.accepted.get(NAME)!.equals(CONTENT)).toBe(true)
  })

  test('fails to its end once a WRITE failed', async () => {
    const memory = new MemoryServices()
    const { peer } = await openMemorySession(memory)
    const handle = await peer.open(`/depot/${NAME}`)
    await peer.ask(6, handle, 0n, CONTENT.subarray(0, 100))
    memory.failing = 'write'
    expect(await peer.ask(6, handle, 100n, CONTENT.subarray(100, 200))).toMatchObject(FAILURE)
    memory.failing = undefined
    expect(await peer.ask(6, handle, 200n, CONTENT.subarray(200))).toMatchObject(FAILURE)
    expect(await peer.ask(4, handle)).toMatchObject(FAILURE)
    expect(memory.flows).toEqual([])
    expect(await peer.ask(17, `/depot/${NAME}`)).toMatchObject({ size: 100 })
  })

  test.each(['seal', 'intake'] as const)(
    'that could not be made durable (%s) is refused and kept',
    async (failing) => {
      const memory = new MemoryServices()
      const { peer } = await openMemorySession(memory)
      memory.failing = failing
      expect(await peer.upload(`/depot/${NAME}`, CONTENT)).toMatchObject(FAILURE)
      memory.failing = undefined
      expect(await peer.ask(17, `/depot/${NAME}`)).toMatchObject({ size: CONTENT.length })
      expect(await peer.upload(`/depot/${NAME}`, CONTENT)).toMatchObject(OK)
      expect(memory.flows).toHaveLength(1)
    },
  )

  test('sent again is answered OK and is one flow; other content is refused', async () => {
    const memory = new MemoryServices()
    const { peer } = await openMemorySession(memory)
    for (const content of [CONTENT, CONTENT]) {
      expect(await peer.upload(`/depot/${NAME}`, content)).toMatchObject(OK)
    }
    const reply = await peer.upload(`/depot/${NAME}`, gzipSync('other'))
    expect(reply).toMatchObject(FAILURE)
    expect(reply.message).toMatch(/already received/)
    expect(memory.flows).toHaveLength(1)
    expect(memory.parts.size + memory.openFiles.size).toBe(0)
  })

  test('larger than a flow may be fails at the WRITE that passes the limit', async () => {
    const memory = new MemoryServices()
    memory.limits = { ...memory.limits, maxFlowBytes: 100_000 }
    const { peer } = await openMemorySession(memory)
    const handle = await peer.open(`/depot/${NAME}`)
    const codes: (number | undefined)[] = []
    for (let at = 0; at < 120_000; at += 40_000) {
      const reply = await peer.ask(6, handle, BigInt(at), CONTENT.subarray(at, at + 40_000))
      codes.push(reply.code)
    }
    expect(codes).toEqual([0, 0, 4])
    expect(await peer.ask(4, handle)).toMatchObject(FAILURE)
    expect(memory.refusals).toMatchObject([{ code: 'CONTENT_TOO_LARGE' }])
    expect(memory.parts.size + memory.openFiles.size).toBe(0)
  })

  test('over quota or on a full disk is refused at OPEN and while it is written', async () => {
    const memory = new MemoryServices()
    memory.limits = { ...memory.limits, maxStagedBytes: 100_000, minFreeDiskBytes: 1_000 }
    const { peer } = await openMemorySession(memory)
    expect(await peer.upload('/depot/a.part', CONTENT, 30_000)).toMatchObject(FAILURE)
    expect(memory.parts.size + memory.openFiles.size).toBe(0)
    expect(await peer.upload('/depot/a.part', CONTENT.subarray(0, 100_000))).toMatchObject(OK)
    expect(await peer.ask(3, '/depot/b.part', 26, 0)).toMatchObject(FAILURE)
    await peer.ask(13, '/depot/a.part')
    memory.freeDiskBytes = 10
    expect(await peer.ask(3, '/depot/b.part', 26, 0)).toMatchObject(FAILURE)
    expect(memory.refusals.map((refusal) => refusal.code)).toEqual([
      'QUOTA_EXCEEDED',
      'QUOTA_EXCEEDED',
      'DISK_FULL',
    ])
  })

  test('under a name that breaks the grammar is refused at OPEN, with the reason', async () => {
    const memory = new MemoryServices()
    const { peer } = await openMemorySession(memory)
    const names = ['facture.xml', 'FSO1110A_SIM123_SIM1231110000000000000042.zip']
    for (const name of names) {
      const reply = await peer.ask(3, `/depot/${name}`, 26, 0)
      expect(reply).toMatchObject(FAILURE)
      expect(reply.message).not.toBe('')
    }
    expect(memory.refusals.map((refusal) => refusal.code)).toEqual([
      'NAME_MALFORMED',
      'EXTENSION_UNKNOWN',
    ])
  })

  test('is not begun once the connection may not start anything', async () => {
    const memory = new MemoryServices()
    let mayStart = true
    const { peer } = await openMemorySession(memory, { mayStart: () => mayStart })
    const handle = await peer.open(`/depot/${NAME}`)
    mayStart = false
    peer.post(6, handle, 0n, CONTENT)
    expect(await peer.ask(4, handle)).toMatchObject(OK)
    expect(await peer.ask(3, `/depot/${OTHER}`, 26, 0)).toMatchObject(DENIED)
  })

  test('is cut to the size that FSETSTAT says, never grown', async () => {
    const memory = new MemoryServices()
    const { peer } = await openMemorySession(memory)
    const handle = await peer.open(`/depot/${NAME}`)
    peer.post(6, handle, 0n, Buffer.concat([CONTENT, Buffer.alloc(500)]))
    expect(await peer.ask(10, handle, 1, BigInt(CONTENT.length + 501))).toMatchObject(FAILURE)
    expect(await peer.ask(10, handle, 1, BigInt(CONTENT.length))).toMatchObject(OK)
    expect(await peer.ask(8, handle)).toMatchObject({ size: CONTENT.length })
    expect(await peer.ask(200, 'fsync@openssh.com', handle)).toMatchObject(OK)
    expect(await peer.ask(10, handle, 8, 1, 2)).toMatchObject(OK)
    expect(await peer.ask(4, handle)).toMatchObject(OK)
    expect(memory.accepted.get(NAME)!.equals(CONTENT)).toBe(true)
  })

  test('is kept when the session ends in the middle of a write, and no file stays open', async () => {
    const memory = new MemoryServices()
    const disk = heldDisk(memory)
    const { peer, channel, ended, transfers } = await openMemorySession(memory)
    const handle = await peer.open(`/depot/${NAME}`)
    peer.post(6, handle, 0n, CONTENT.subarray(0, 5_000))
    peer.post(6, handle, 5_000n, CONTENT.subarray(5_000, 7_000))
    channel.close()
    disk.release()
    await ended
    expect(memory.parts.get(NAME)!.bytes).toBe(7_000)
    expect([memory.openFiles.size, transfers()]).toEqual([0, 0])
  })

  test('whose CLOSE came before the connection was lost is taken in all the same', async () => {
    const memory = new MemoryServices()
    const disk = heldDisk(memory)
    const { peer, channel, ended } = await openMemorySession(memory)
    const handle = await peer.open(`/depot/${NAME}`)
    peer.post(6, handle, 0n, CONTENT)
    peer.post(4, handle)
    channel.close()
    disk.release()
    await ended
    expect(memory.flows).toHaveLength(1)
    const again = await openMemorySession(memory)
    expect(await again.peer.upload(`/depot/${NAME}`, CONTENT)).toMatchObject(OK)
    expect(memory.flows).toHaveLength(1)
  })
})

describe('an accepted name', () => {
  test('answers with its exact size, takes times and modes, and cannot be changed', async () => {
    const memory = new MemoryServices()
    const { peer } = await openMemorySession(memory)
    await peer.upload(`/depot/${NAME}`, CONTENT)
    for (const type of [7, 17]) {
      expect(await peer.ask(type, `/depot/${NAME}`)).toMatchObject({ size: CONTENT.length })
    }
    expect(await peer.ask(9, `/depot/${NAME}`, 8, 1, 2)).toMatchObject(OK)
    expect(await peer.ask(200, 'lsetstat@openssh.com', `/depot/${NAME}`, 4, 0o600)).toMatchObject(
      OK,
    )
    expect(await peer.ask(9, `/depot/${NAME}`, 1, 0n)).toMatchObject(FAILURE)
    expect(await peer.ask(13, `/depot/${NAME}`)).toMatchObject(DENIED)
    expect(await peer.ask(18, `/depot/${NAME}`, '/depot/x.part')).toMatchObject(FAILURE)
    expect(await peer.ask(3, `/depot/${NAME}`, 1, 0)).toMatchObject(DENIED)
    expect(await peer.ask(3, `/depot/${NAME}`, 42, 0)).toMatchObject(FAILURE)
    const listing = await peer.ask(12, (await peer.ask(11, '/depot')).bytes!)
    expect(listing.names).toEqual(['.', '..', NAME])
  })
})

describe('a temporary name', () => {
  test('is never taken in until renamed, which is the commit', async () => {
    const memory = new MemoryServices()
    const { peer } = await openMemorySession(memory)
    expect(await peer.upload(`/depot/${NAME}.filepart`, CONTENT)).toMatchObject(OK)
    expect(memory.flows).toEqual([])
    expect(await peer.ask(18, `/depot/${NAME}.filepart`, `/depot/${NAME}`)).toMatchObject(OK)
    expect(memory.flows).toMatchObject([
      { fileName: NAME, evidence: { renamedFrom: `${NAME}.filepart` } },
    ])
    expect(await peer.ask(17, `/depot/${NAME}.filepart`)).toMatchObject(NO_SUCH_FILE)
    expect(await peer.ask(17, `/depot/${NAME}`)).toMatchObject({ size: CONTENT.length })
  })

  test('is taken in by posix-rename too, and over an accepted name when the content is the same', async () => {
    const memory = new MemoryServices()
    const { peer } = await openMemorySession(memory)
    const rename = (from: string) =>
      peer.ask(200, 'posix-rename@openssh.com', `/depot/${from}`, `/depot/${NAME}`)
    await peer.upload('/depot/a.part', CONTENT)
    expect(await rename('a.part')).toMatchObject(OK)
    await peer.upload('/depot/b.part', CONTENT)
    expect(await rename('b.part')).toMatchObject(OK)
    await peer.upload('/depot/c.part', gzipSync('other'))
    expect(await rename('c.part')).toMatchObject(FAILURE)
    expect(memory.flows).toHaveLength(1)
    expect([...memory.parts.keys()]).toEqual(['c.part'])
  })

  test('that is incomplete stays where it is when renamed', async () => {
    const memory = new MemoryServices()
    const { peer } = await openMemorySession(memory)
    await peer.upload('/depot/a.part', CONTENT.subarray(0, 5_000))
    expect(await peer.ask(18, '/depot/a.part', `/depot/${NAME}`)).toMatchObject(FAILURE)
    expect(await peer.ask(17, '/depot/a.part')).toMatchObject({ size: 5_000 })
  })

  test('is refused a bad final name, and may get another', async () => {
    const memory = new MemoryServices()
    const { peer } = await openMemorySession(memory)
    await peer.upload('/depot/a.part', CONTENT)
    expect(await peer.ask(18, '/depot/a.part', '/depot/bad.xml')).toMatchObject(FAILURE)
    expect(await peer.ask(18, '/depot/a.part', '/retrait/a')).toMatchObject(DENIED)
    expect(await peer.ask(18, '/depot/a.part', '/depot/b.part')).toMatchObject(OK)
    expect(await peer.ask(18, '/depot/a.part', '/depot/c.part')).toMatchObject(NO_SUCH_FILE)
    expect(await peer.ask(13, '/depot/b.part')).toMatchObject(OK)
    expect(memory.parts.size).toBe(0)
  })
})

describe('a return flow', () => {
  const REPORT = 'CSO1110A_SIM123_SIM1231110000000000000042.tar.gz'

  test('is listed, fetched whole, and gone after CLOSE', async () => {
    const memory = new MemoryServices()
    const flow = memory.offer(REPORT, CONTENT)
    const { peer, transfers } = await openMemorySession(memory)
    const listing = await peer.ask(12, (await peer.ask(11, '/retrait')).bytes!)
    expect(listing.names).toEqual(['.', '..', REPORT])
    expect((await peer.download(`/retrait/${REPORT}`)).equals(CONTENT)).toBe(true)
    expect(memory.consumed).toEqual([flow.id])
    expect(await peer.ask(17, `/retrait/${REPORT}`)).toMatchObject(NO_SUCH_FILE)
    expect([memory.openFiles.size, transfers()]).toEqual([0, 0])
  })

  test('comes in order and whole when many READs are on their way', async () => {
    const memory = new MemoryServices()
    memory.offer(REPORT, CONTENT)
    const { peer, channel } = await openMemorySession(memory)
    const handle = await peer.open(`/retrait/${REPORT}`, 1)
    const ids: number[] = []
    for (let at = 0; at < CONTENT.length + 40_000; at += 20_000) {
      ids.push(peer.post(5, handle, BigInt(at), 20_000))
    }
    ids.push(peer.post(4, handle))
    await peer.answerTo(ids.at(-1)!)
    const replies = peer.replies.filter((reply) => ids.includes(reply.id))
    expect(replies.map((reply) => reply.id)).toEqual(ids)
    const data = replies.filter((reply) => reply.type === 103).map((reply) => reply.bytes!)
    expect(Buffer.concat(data).equals(CONTENT)).toBe(true)
    expect(replies.slice(data.length, -1)).toMatchObject([END_OF_FILE, END_OF_FILE])
    expect(memory.consumed).toHaveLength(1)
    expect(channel.heldWindow).toBe(0)
  })

  test('that was not read to its end stays', async () => {
    const memory = new MemoryServices()
    memory.offer(REPORT, CONTENT)
    const first = await openMemorySession(memory)
    const handle = await first.peer.open(`/retrait/${REPORT}`, 1)
    await first.peer.ask(5, handle, 0n, 10_000)
    expect(await first.peer.ask(4, handle)).toMatchObject(OK)
    const again = await first.peer.open(`/retrait/${REPORT}`, 1)
    for (let at = 0; at < CONTENT.length; at += 100_000) {
      await first.peer.ask(5, again, BigInt(at), 100_000)
    }
    first.channel.close()
    await first.ended
    expect(memory.consumed).toEqual([])
    expect(memory.openFiles.size).toBe(0)
    const second = await openMemorySession(memory)
    expect((await second.peer.download(`/retrait/${REPORT}`)).equals(CONTENT)).toBe(true)
    expect(memory.consumed).toHaveLength(1)
  })

  test('is consumed by pieces that together are all of it, in one session', async () => {
    const memory = new MemoryServices()
    memory.offer(REPORT, CONTENT)
    const { peer } = await openMemorySession(memory)
    const half = Math.floor(CONTENT.length / 2)
    for (const [from, to] of [
      [half, CONTENT.length],
      [0, half],
    ] as const) {
      const handle = await peer.open(`/retrait/${REPORT}`, 1)
      expect(memory.consumed).toEqual([])
      for (let at = from; at < to; at += 50_000) {
        await peer.ask(5, handle, BigInt(at), Math.min(50_000, to - at))
      }
      await peer.ask(4, handle)
    }
    expect(memory.consumed).toHaveLength(1)
  })

  test('allows nothing else than list and get', async () => {
    const memory = new MemoryServices()
    memory.offer(REPORT, CONTENT)
    const { peer } = await openMemorySession(memory)
    const path = `/retrait/${REPORT}`
    const refused = await Promise.all([
      peer.ask(3, path, 26, 0),
      peer.ask(3, '/retrait/new', 26, 0),
      peer.ask(13, path),
      peer.ask(9, path, 8, 1, 2),
      peer.ask(18, path, '/retrait/x'),
      peer.ask(18, path, '/depot/x.part'),
      peer.ask(200, 'posix-rename@openssh.com', path, '/retrait/x'),
      peer.ask(14, '/retrait/d', 0),
      peer.ask(15, '/retrait'),
    ])
    for (const reply of refused) expect(reply).toMatchObject(DENIED)
    const handle = await peer.open(path, 1)
    expect(await peer.ask(6, handle, 0n, 'x')).toMatchObject(FAILURE)
    expect(await peer.ask(10, handle, 8, 1, 2)).toMatchObject(DENIED)
  })
})

describe('a session', () => {
  test('answers every kind of request, also those that are none', async () => {
    const memory = new MemoryServices()
    const { peer } = await openMemorySession(memory)
    expect((await peer.ask(16, '')).names).toEqual(['/'])
    expect((await peer.ask(16, '../x/./y')).names).toEqual(['/x/y'])
    expect(await peer.ask(14, '/depot', 0)).toMatchObject(FAILURE)
    expect(await peer.ask(14, '/x', 0)).toMatchObject(DENIED)
    expect(await peer.ask(19, '/depot')).toMatchObject(UNSUPPORTED)
    expect(await peer.ask(20, 'a', 'b')).toMatchObject(UNSUPPORTED)
    expect(await peer.ask(200, 'hardlink@openssh.com', 'a', 'b')).toMatchObject(UNSUPPORTED)
    expect(await peer.ask(99)).toMatchObject(UNSUPPORTED)
    expect(await peer.ask(17, 40)).toMatchObject(BAD_MESSAGE)
    expect(await peer.ask(17, '/depot/a\0b')).toMatchObject(NO_SUCH_FILE)
    expect(await peer.ask(4, 'none')).toMatchObject(FAILURE)
    expect(await peer.ask(6, 'none', 0n, 'x')).toMatchObject(FAILURE)
    expect(await peer.ask(3, '/etc/passwd', 1, 0)).toMatchObject(NO_SUCH_FILE)
    expect(await peer.ask(3, '/x.part', 26, 0)).toMatchObject(DENIED)
    expect(await peer.ask(200, 'statvfs@openssh.com', '/')).toMatchObject({ type: 201 })
    expect(await peer.ask(200, 'limits@openssh.com')).toMatchObject({ type: 201 })
  })

  test('lists in pieces of a hundred names', async () => {
    const memory = new MemoryServices()
    for (let index = 0; index < 250; index += 1) memory.offer(`R${index}`, CONTENT)
    const { peer } = await openMemorySession(memory)
    const handle = (await peer.ask(11, '/retrait')).bytes!
    const names: string[] = []
    for (;;) {
      const reply = await peer.ask(12, handle)
      if (reply.names === undefined) break
      expect(reply.names.length).toBeLessThanOrEqual(100)
      names.push(...reply.names)
    }
    expect(names).toHaveLength(252)
  })

  test('gives out no more handles than the settings say', async () => {
    const memory = new MemoryServices()
    const { peer } = await openMemorySession(memory, { settings: { maxHandles: 3 } })
    const replies = await Promise.all([1, 2, 3, 4, 5].map(() => peer.ask(11, '/depot')))
    expect(replies.filter((reply) => reply.type === 102)).toHaveLength(3)
    await peer.ask(4, replies.find((reply) => reply.type === 102)!.bytes!)
    expect(await peer.ask(11, '/depot')).toMatchObject({ type: 102 })
  })

  test('takes no more requests than the settings say: the rest stays in the window', async () => {
    const memory = new MemoryServices()
    const disk = heldDisk(memory)
    const { peer, channel } = await openMemorySession(memory, {
      settings: { maxUnwrittenBytes: 100_000 },
    })
    const handle = await peer.open(`/depot/${NAME}`)
    const before = peer.replies.length
    for (let at = 0; at < CONTENT.length; at += 10_000) {
      peer.post(6, handle, BigInt(at), CONTENT.subarray(at, at + 10_000))
    }
    const other = peer.post(17, '/depot')
    await turn()
    expect(channel.heldWindow).toBeGreaterThan(CONTENT.length)
    expect(peer.replies).toHaveLength(before)
    disk.release()
    await peer.answerTo(other)
    expect(await peer.ask(4, handle)).toMatchObject(OK)
  })

  test('produces no more than the client takes', async () => {
    const memory = new MemoryServices()
    memory.offer('R', Buffer.alloc(20_000_000))
    const { peer, channel } = await openMemorySession(memory, {
      settings: { maxUnsentBytes: 1_000_000 },
    })
    const handle = await peer.open('/retrait/R', 1)
    channel.isStalled = true
    const ids = Array.from({ length: 100 }, (_, index) =>
      peer.post(5, handle, BigInt(index * 200_000), 200_000),
    )
    for (let turns = 0; turns < 50; turns += 1) await turn()
    expect(channel.unsentBytes).toBeLessThan(4_000_000)
    channel.isStalled = false
    channel.deliver()
    await peer.answerTo(ids.at(-1)!)
    await peer.ask(4, handle)
    expect(memory.consumed).toHaveLength(1)
  })

  test('of a client that asks and never reads stops asking for more', async () => {
    const memory = new MemoryServices()
    const { peer, channel } = await openMemorySession(memory, {
      settings: { maxUnsentBytes: 10_000 },
    })
    channel.isStalled = true
    for (let index = 0; index < 2_000; index += 1) peer.post(16, '/depot')
    await turn()
    expect(channel.unsentBytes).toBeLessThan(11_000)
    expect(channel.heldWindow).toBeGreaterThan(30_000)
  })

  test('ends the channel after the last reply when the client has ended it', async () => {
    const memory = new MemoryServices()
    const disk = heldDisk(memory)
    const { peer, channel, ended } = await openMemorySession(memory)
    const handle = await peer.open(`/depot/${NAME}`)
    peer.post(6, handle, 0n, CONTENT)
    const close = peer.post(4, handle)
    channel.receiveEnd()
    await turn()
    expect(channel.hasEnded).toBe(false)
    disk.release()
    expect(await peer.answerTo(close)).toMatchObject(OK)
    await ended
    expect(channel.hasEnded).toBe(true)
  })

  test('is cut at a request before INIT', async () => {
    const { channel } = await openMemorySession(new MemoryServices(), { isUnbegun: true })
    channel.receive(packet(17, 1, '/'))
    expect(channel.destroyed).toMatch(/before INIT/)
  })

  test('is cut at bytes that are no frame', async () => {
    const { channel } = await openMemorySession(new MemoryServices())
    channel.receive(Buffer.alloc(100, 0xff))
    expect(channel.destroyed).toMatch(/malformed/)
  })

  test('may begin again: INIT is answered each time', async () => {
    const memory = new MemoryServices()
    const { peer } = await openMemorySession(memory)
    peer.raw(INIT)
    await peer.ask(16, '.')
    expect(peer.replies.filter((reply) => reply.type === 2)).toHaveLength(2)
  })

  test('survives any noise in well-formed frames, and lets go of everything', async () => {
    const memory = new MemoryServices()
    memory.offer('R', CONTENT)
    for (let round = 0; round < 60; round += 1) {
      const { peer, channel, ended, transfers } = await openMemorySession(memory)
      for (let step = 0; step < 40; step += 1) {
        const paths = ['/depot/a.part', `/depot/${NAME}`, '/retrait/R', '/depot', '..', '\0']
        const path = paths[Math.floor(random() * paths.length)]!
        const handle = Buffer.from([0, 0, 0, Math.floor(random() * 6)])
        const number = Math.floor(random() * 64)
        const type = 3 + Math.floor(random() * 19)
        const isByHandle = [4, 5, 6, 8, 10, 12].includes(type)
        peer.post(type, isByHandle ? handle : path, number, BigInt(number), 'x'.repeat(number))
      }
      if (random() < 0.5) await peer.until((reply) => reply.id === 20)
      channel.close()
      await ended
      await turn()
      expect([transfers(), memory.openFiles.size]).toEqual([0, 0])
    }
  })
})

describe('a fault', () => {
  test('at OPEN or at a WRITE refuses what the client does', async () => {
    const memory = new MemoryServices()
    const { peer } = await openMemorySession(memory)
    memory.faults = {
      at: (point) => (point === 'open' ? { kind: 'refuse', message: 'closed today' } : undefined),
    }
    expect(await peer.ask(3, `/depot/${NAME}`, 26, 0)).toMatchObject({
      ...FAILURE,
      message: 'closed today',
    })
    memory.faults = {
      at: (point) => (point === 'data' ? { kind: 'refuse', message: 'no' } : undefined),
    }
    expect(await peer.upload(`/depot/${NAME}`, CONTENT)).toMatchObject(FAILURE)
    expect(memory.flows).toEqual([])
  })

  test('before the acknowledgement cuts the connection, and the retry is the same flow', async () => {
    const memory = new MemoryServices()
    const { peer, channel, ended } = await openMemorySession(memory)
    memory.faults = {
      at: (point) => (point === 'before-acknowledge' ? { kind: 'cut' } : undefined),
    }
    const handle = await peer.open(`/depot/${NAME}`)
    peer.post(6, handle, 0n, CONTENT)
    peer.post(4, handle)
    await ended
    expect(channel.destroyed).toMatch(/before-acknowledge/)
    expect(memory.flows).toHaveLength(1)
    memory.faults = { at: () => undefined }
    const again = await openMemorySession(memory)
    expect(await again.peer.upload(`/depot/${NAME}`, CONTENT)).toMatchObject(OK)
    expect(memory.flows).toHaveLength(1)
  })
})

test('the transcript tells names and sums, never each WRITE', async () => {
  const memory = new MemoryServices()
  const { peer } = await openMemorySession(memory)
  await peer.upload(`/depot/${NAME}`, CONTENT, 10_000)
  const names = memory.transcript.map((entry) => entry.name)
  expect(names.filter((name) => name === 'WRITE')).toHaveLength(1)
  expect(names).toEqual(
    expect.arrayContaining(['INIT', 'VERSION', 'OPEN', 'HANDLE', 'CLOSE', 'FLOW']),
  )
  expect(JSON.stringify(memory.transcript)).not.toContain(CONTENT.subarray(0, 20).toString('hex'))
})
