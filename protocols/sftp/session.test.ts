import { describe, expect, test } from 'vitest'
import { openMemorySession } from '../../test/support/memory-channel.ts'
import { MemoryServices, heldDisk } from '../../test/support/memory-services.ts'
import { seededRandom } from '../../test/support/seeded-random.ts'
import { INIT, packet } from '../../test/support/sftp-peer/wire.ts'
import {
  CONTENT,
  NAME,
  OK,
  NO_SUCH_FILE,
  DENIED,
  FAILURE,
  BAD_MESSAGE,
  UNSUPPORTED,
} from '../../test/support/sftp-samples.ts'

const random = seededRandom(9)

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

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
