import { randomBytes } from 'node:crypto'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { Intake } from '../../gateway/flow.ts'
import { createLogger } from '../../gateway/logger.ts'
import {
  openGatewayPayloads,
  type GatewayPayloads,
} from '../../gateway/payloads/gateway-payloads.ts'
import { type DoorGround, flowName, openDoorGround, receive } from '../support/door-ground.ts'
import { startS3 } from '../support/s3-server.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** More than lands in the journal. */
const LARGE = 50_000

describe('a flow that comes in while the bucket is away', () => {
  test.each([LARGE, 5_000])(
    'of %i bytes is taken, waits, and is where every machine finds it once it is back',
    async (bytes) => {
      const server = await startS3()
      const ground = await opened()
      const listener = await machine(ground, server.url())
      const worker = await machine(ground, server.url())
      await server.kill()
      const content = randomBytes(bytes)
      const flow = await receive(ground, flowName(1), content)
      expect(await listener.intake(flow)).toMatchObject({ outcome: 'taken' })
      await expect(worker.payloads.localFile(flow.content)).rejects.toMatchObject({
        code: 'STORE_UNAVAILABLE',
      })
      await server.start()
      const file = await vi.waitFor(() => worker.payloads.localFile(flow.content), 60_000)
      expect((await buffer(worker.payloads.read(flow.content))).equals(content)).toBe(true)
      await file.release()
      await vi.waitFor(async () => expect(await rows(ground)).toBe(0), 60_000)
      // The file goes once its row is gone.
      await vi.waitFor(async () => expect(await landed(listener)).toEqual([]), 60_000)
    },
  )

  test('is read on its own machine, and is on its way for the others', async () => {
    const server = await startS3()
    const ground = await opened()
    const listener = await machine(ground, server.url())
    const content = randomBytes(LARGE)
    const flow = await receive(ground, flowName(1), content)
    await server.kill()
    await listener.intake(flow)
    expect((await buffer(listener.payloads.read(flow.content))).equals(content)).toBe(true)
    await listener.close(0)
    await server.start()
    const worker = await machine(ground, server.url())
    await expect(worker.payloads.localFile(flow.content)).rejects.toMatchObject({
      code: 'PAYLOAD_ON_ITS_WAY',
    })
    // The listener's machine is back, on the same folder.
    await machine(ground, server.url(), listener)
    const file = await vi.waitFor(() => worker.payloads.localFile(flow.content), 60_000)
    await file.release()
    await vi.waitFor(async () => expect(await landed(listener)).toEqual([]), 60_000)
    expect(await rows(ground)).toBe(0)
  })
})

describe('a file that landed', () => {
  test('for a flow that was not taken in is gone, and nothing of it is in the bucket', async () => {
    const server = await startS3()
    const ground = await opened()
    const [one, other] = [await machine(ground, server.url()), await machine(ground, server.url())]
    const name = flowName(1)
    const flows = [
      await receive(ground, name, randomBytes(LARGE)),
      await receive(ground, name, randomBytes(LARGE)),
    ]
    // Two doors at once: both see the identifier free, the commit takes one.
    const outcomes = await Promise.all([one.intake(flows[0]!), other.intake(flows[1]!)])
    expect(outcomes.map(({ outcome }) => outcome).toSorted()).toEqual(['refused', 'taken'])
    await vi.waitFor(async () => expect(await rows(ground)).toBe(0), 60_000)
    await vi.waitFor(
      async () => expect(await Promise.all([one, other].map(landed))).toEqual([[], []]),
      60_000,
    )
    const has = await Promise.all(flows.map(({ content }) => one.store.has(content.sha256)))
    expect(has.filter(Boolean)).toHaveLength(1)
  })

  test('is removed at the next start when no flow was acknowledged', async () => {
    const server = await startS3()
    const ground = await opened()
    const listener = await machine(ground, server.url())
    const path = join(ground.folder, 'sealed')
    await writeFile(path, randomBytes(LARGE))
    const content = { sha256: 'a'.repeat(64), bytes: LARGE }
    await listener.payloads.receive(path, content)
    expect(await landed(listener)).toHaveLength(1)
    await listener.close(0)
    const again = await machine(ground, server.url(), listener)
    expect(await landed(again)).toEqual([])
    expect(await again.payloads.has(content.sha256)).toBe(false)
  })

  test('and was damaged on the disk never gets into the bucket', async () => {
    const server = await startS3()
    const ground = await opened()
    const listener = await machine(ground, server.url())
    const flow = await receive(ground, flowName(1), randomBytes(LARGE))
    await server.kill()
    await listener.intake(flow)
    await listener.close(0)
    const [name = ''] = await landed(listener)
    await writeFile(join(listener.folder, 'landing', name), randomBytes(LARGE))
    await server.start()
    const again = await machine(ground, server.url(), listener)
    await vi.waitFor(async () => expect(await rows(ground)).toBe(0), 60_000)
    expect(await landed(again)).toEqual([name])
    const worker = await machine(ground, server.url())
    await expect(worker.payloads.localFile(flow.content)).rejects.toMatchObject({
      code: 'PAYLOAD_MISSING',
    })
  })
})

describe('the store of a journal', () => {
  test('is one for all its processes: a folder of its own is refused, a shared one is not', async () => {
    const ground = await opened()
    const shared = `file:${join(ground.folder, 'shared')}`
    const one = await machine(ground, shared)
    const other = await machine(ground, shared)
    const flow = await receive(ground, flowName(1), randomBytes(LARGE))
    await one.intake(flow)
    expect(await buffer(other.payloads.read(flow.content))).toHaveLength(LARGE)
    await expect(machine(ground, 'file:')).rejects.toMatchObject({
      code: 'STORE_UNFIT',
      remedy: expect.stringContaining('file:/shared/folder') as unknown,
    })
    await one.close(0)
    expect((await machine(ground, shared)).store.engine).toBe('files')
  })

  test('is asked once it is back, when it was away at the start', async () => {
    const server = await startS3()
    const ground = await opened()
    await (await machine(ground, server.url())).close(0)
    await server.kill()
    const early = await machine(ground, server.url())
    await server.start()
    const check = early.chores.find(({ name }) => name.includes('that of the journal'))
    expect(await check?.run()).toBe(1)
    expect(await check?.run()).toBe(0)
    await expect(machine(ground, server.url().replace('area', 'other'))).rejects.toMatchObject({
      code: 'STORE_UNFIT',
    })
  })
})

interface Machine extends GatewayPayloads {
  readonly folder: string
  readonly holder: string
  readonly intake: Intake
}

let machines = 0

/** @param before the same machine, earlier */
async function machine(
  ground: DoorGround,
  url: string,
  before?: Pick<Machine, 'folder' | 'holder'>,
): Promise<Machine> {
  const { journal } = ground
  const folder = before?.folder ?? (await temporaryFolder())
  const holder = before?.holder ?? `machine-${(machines += 1)}`
  const log = createLogger('silent')
  const held = await openGatewayPayloads({
    url,
    dataFolder: folder,
    journal,
    holder,
    unnamedSeconds: 3_600,
    log,
  })
  onTestFinished(() => held.close(0))
  const intake = ground.createIntake({ payloads: held.payloads })
  return { ...held, folder, holder, intake }
}

async function opened(): Promise<DoorGround> {
  const ground = await openDoorGround(await temporaryFolder())
  onTestFinished(() => ground.close())
  return ground
}

/** Names of files that wait on a machine. */
async function landed({ folder }: Pick<Machine, 'folder'>): Promise<string[]> {
  return (await readdir(join(folder, 'landing'))).filter((name) => name !== 'lent')
}

async function rows({ journal }: DoorGround): Promise<number> {
  return (await journal.read(journal.db.selectFrom('payload_uploads').select('id'))).length
}
