import { describe, expect, test } from 'vitest'
import { openMemorySession } from '../../test/support/memory-channel.ts'
import { MemoryServices } from '../../test/support/memory-services.ts'
import {
  CONTENT,
  OK,
  END_OF_FILE,
  NO_SUCH_FILE,
  DENIED,
  FAILURE,
} from '../../test/support/sftp-samples.ts'

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
