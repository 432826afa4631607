import { randomBytes } from 'node:crypto'
import { readdir, readlink } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { until } from '../support/child-program.ts'
import { PARTNER, flowName } from '../support/door-ground.ts'
import { describeWith } from '../support/programs.ts'
import { seededRandom } from '../support/seeded-random.ts'
import { openSshPipe } from '../support/sftp-peer/ssh-pipe.ts'
import type { SshPipe } from '../support/sftp-peer/ssh-pipe.ts'
import { startReception } from '../support/start-reception.ts'
import type { Reception } from '../support/start-reception.ts'

const CONTENT = gzipSync(randomBytes(1_000_000), { level: 0 })
const MIB = 1024 * 1024

let reception: Reception

beforeEach(async () => {
  reception = await startReception()
})

afterEach(() => reception.stop())

async function connect(): Promise<SshPipe> {
  const pipe = openSshPipe(reception)
  await pipe.peer.begin()
  return pipe
}

/** Whether the listener still serves: a whole upload, acknowledged, and its flow. */
async function isServing(): Promise<boolean> {
  const pipe = await connect()
  const { code } = await pipe.peer.upload(`/depot/${flowName(1)}`, CONTENT)
  pipe.endInput()
  await pipe.ended
  const flows = await reception.flows()
  return code === 0 && flows.some((flow) => flow.name === flowName(1))
}

/** Contents that this process holds open, being received or being fetched. */
async function openFiles(): Promise<string[]> {
  const data = join(reception.folder, 'data')
  const links = await Promise.all(
    (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
  )
  const contents = /^(?:staging\/[^/]+|payloads\/[^/]+\/[^/]+)$/
  return links.filter((link) => contents.test(relative(data, link)))
}

describeWith('ssh')('a hostile client', () => {
  test.each([
    ['noise', randomBytes(2_000)],
    ['a frame without end', Buffer.from([0xff, 0xff, 0xff, 0xff, 6])],
    ['a frame of nothing', Buffer.alloc(9)],
  ])('that sends %s is cut, and others are served', async (_name, bytes) => {
    const pipe = await connect()
    pipe.peer.raw(bytes)
    await pipe.ended
    expect(await isServing()).toBe(true)
  })

  test('never leaves its tree, whatever the path', async () => {
    const pipe = await connect()
    const { peer } = pipe
    const paths = [
      '/depot/../../../../etc/x.part',
      '../../x.part',
      '/depot/a/../../..//tmp/x.part',
      String.raw`/depot/..\..\x.part`,
      '/depot/\u2025/x.part',
      '/depot/x.part/..//../y.part',
      '/proc/self/environ',
    ]
    const replies = await Promise.all(paths.map((path) => peer.ask(3, path, 26, 0)))
    expect(replies.filter((reply) => reply.type === 102)).toHaveLength(0)
    const reads = await Promise.all(paths.map((path) => peer.ask(3, path, 1, 0)))
    expect(reads.filter((reply) => reply.type === 102)).toHaveLength(0)
    expect((await peer.ask(16, '/depot/../../../etc/passwd')).names).toEqual(['/etc/passwd'])
    expect(await peer.ask(17, '/etc/passwd')).toMatchObject({ code: 2 })
    pipe.kill()
    await pipe.ended
  })

  test('that writes after CLOSE, closes twice, and uses handles of its own making is refused', async () => {
    const pipe = await connect()
    const { peer } = pipe
    const handle = await peer.open(`/depot/${flowName(1)}`)
    const ids = [
      peer.post(6, handle, 0n, CONTENT.subarray(0, 30_000)),
      peer.post(4, handle),
      peer.post(6, handle, 30_000n, CONTENT.subarray(30_000, 60_000)),
      peer.post(4, handle),
      peer.post(6, Buffer.from([9, 9, 9, 9]), 0n, 'x'),
      peer.post(5, Buffer.alloc(0), 0n, 10),
      peer.post(12, Buffer.alloc(200), 0n),
    ]
    const replies = await Promise.all(ids.map((id) => peer.answerTo(id)))
    expect(replies.map((reply) => reply.code)).toEqual([0, 4, 4, 4, 4, 4, 4])
    expect(await reception.flows()).toEqual([])
    pipe.kill()
    await pipe.ended
  })

  test('that asks for everything and reads nothing costs little memory, and stops nobody', async () => {
    await reception.offer('CSO.tar.gz', Buffer.alloc(200 * MIB))
    const pipes = await Promise.all(Array.from({ length: 4 }, connect))
    const before = process.memoryUsage().rss
    for (const pipe of pipes) {
      const handle = await pipe.peer.open('/retrait/CSO.tar.gz', 1)
      pipe.stopReading()
      for (let at = 0; at < 200; at += 1) pipe.peer.post(5, handle, BigInt(at * MIB), 255 * 1024)
      for (let more = 0; more < 5_000; more += 1) pipe.peer.post(16, '/depot')
    }
    expect(await isServing()).toBe(true)
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * MIB)
    for (const pipe of pipes) pipe.kill()
    await Promise.all(pipes.map((pipe) => pipe.ended))
    await until('nothing is held open', async () => (await openFiles()).length === 0)
    expect(await reception.returns()).toEqual({ 'CSO.tar.gz': 'OFFERED' })
  })

  test('that opens and never closes gets no more than its handles', async () => {
    const pipe = await connect()
    const { peer } = pipe
    const opens = Array.from({ length: 100 }, (_, index) =>
      peer.ask(3, `/depot/x${index}.part`, 26, 0),
    )
    const replies = await Promise.all(opens)
    expect(replies.filter((reply) => reply.type === 102)).toHaveLength(64)
    pipe.kill()
    await pipe.ended
    await until('nothing is held open', async () => (await openFiles()).length === 0)
    expect(reception.ground.staging.list(PARTNER)).toEqual([])
    expect(reception.ground.staging.usedBytes(PARTNER)).toBe(0)
  })

  test('killed at any moment leaves a part or a flow, and no open file', async () => {
    const random = seededRandom(21)
    const rounds = 25
    for (let round = 0; round < rounds; round += 1) {
      const pipe = await connect()
      const name = flowName(100 + round)
      const handle = await pipe.peer.open(`/depot/${name}`)
      for (let at = 0; at < CONTENT.length; at += 32_768) {
        pipe.peer.post(6, handle, BigInt(at), CONTENT.subarray(at, at + 32_768))
      }
      const close = pipe.peer.post(4, handle)
      const answered = pipe.peer.answerTo(close)
      const patience = new Promise((resolve) => {
        setTimeout(resolve, random() * 25, 'killed')
      })
      const outcome = await Promise.race([answered, patience])
      pipe.kill()
      await pipe.ended
      if (outcome === 'killed') continue
      // What was answered OK is a flow, at once.
      expect((await reception.flows()).map((flow) => flow.name)).toContain(name)
    }
    await until('nothing is held open', async () => (await openFiles()).length === 0)
    const flows = new Set((await reception.flows()).map((flow) => flow.name))
    const parts = reception.ground.staging.list(PARTNER).map((part) => part.name)
    expect(parts.filter((name) => flows.has(name))).toEqual([])
    for (const part of reception.ground.staging.list(PARTNER)) {
      expect(part.bytes).toBeLessThanOrEqual(CONTENT.length)
    }
  })

  test('that sends a batch in pieces of one byte is served like any other', async () => {
    const small = gzipSync(randomBytes(2_000))
    const pipe = await connect()
    expect(await pipe.peer.upload(`/depot/${flowName(1)}`, small, 1)).toMatchObject({ code: 0 })
    expect(await reception.flows()).toMatchObject([{ bytes: small.length }])
    pipe.endInput()
    await pipe.ended
  })
})
