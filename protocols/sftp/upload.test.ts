import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { openMemorySession } from '../../test/support/memory-channel.ts'
import { MemoryServices, heldDisk } from '../../test/support/memory-services.ts'
import { seededRandom } from '../../test/support/seeded-random.ts'
import { CONTENT, NAME, OTHER_NAME, OK, DENIED, FAILURE } from '../../test/support/sftp-samples.ts'
import { WINDOW_BYTES } from './owned-channel.ts'

const random = seededRandom(9)

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

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

  test('alone gives window back ahead of the file, as far as the settings have room', async () => {
    const memory = new MemoryServices()
    const disk = heldDisk(memory)
    const settings = { maxUnwrittenBytes: WINDOW_BYTES + 20_000 }
    const { peer, channel } = await openMemorySession(memory, { settings })
    const handle = await peer.open(`/depot/${NAME}`)
    peer.post(6, handle, 0n, CONTENT.subarray(0, 15_000))
    await turn()
    expect(channel.heldWindow).toBe(0)
    const write = peer.post(6, handle, 15_000n, CONTENT.subarray(15_000, 30_000))
    await turn()
    expect(channel.heldWindow).toBeGreaterThan(10_000)
    disk.release()
    await peer.answerTo(write)
    expect(channel.heldWindow).toBe(0)
    await peer.ask(4, handle)
  })

  test('beside another gives window back only for what is in the file', async () => {
    const memory = new MemoryServices()
    const disk = heldDisk(memory)
    const { peer, channel } = await openMemorySession(memory)
    const other = await peer.open(`/depot/${OTHER_NAME}`)
    const handle = await peer.open(`/depot/${NAME}`)
    const write = peer.post(6, handle, 0n, CONTENT.subarray(0, 30_000))
    await turn()
    expect(channel.heldWindow).toBeGreaterThan(30_000)
    disk.release()
    await peer.answerTo(write)
    expect(channel.heldWindow).toBe(0)
    for (const open of [handle, other]) await peer.ask(4, open)
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
    expect(await peer.ask(3, `/depot/${OTHER_NAME}`, 26, 0)).toMatchObject(DENIED)
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
