import { randomBytes } from 'node:crypto'
import { readFile, readdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { SftpPartner, sendOverSftp } from '../../protocols/sftp/sender.ts'
import type { SftpTarget } from '../../protocols/sftp/sender.ts'
import { flowName } from '../support/door-ground.ts'
import { startReception } from '../support/start-reception.ts'
import type { Reception } from '../support/start-reception.ts'

let reception: Reception

beforeEach(async () => {
  reception = await startReception()
})

afterEach(() => reception.stop())

function target(changes: Partial<SftpTarget> = {}): SftpTarget {
  const { host, port, user, privateKey, hostKeyLine } = reception
  return { host, port, user, privateKey, hostKeys: [hostKeyLine], ...changes }
}

async function file(content: Buffer, name = 'batch'): Promise<string> {
  const path = join(reception.folder, name)
  await writeFile(path, content)
  return path
}

test('files are sent in order, and progress is told', async () => {
  const content = gzipSync(randomBytes(3_000_000))
  const path = await file(content)
  const steps: number[] = []
  const sent = await sendOverSftp({
    target: target(),
    files: [
      { path, name: flowName(1) },
      { path, name: flowName(2) },
    ],
    onProgress: ({ bytes }) => steps.push(bytes),
  })
  expect(sent).toMatchObject([
    { name: flowName(1), bytes: content.length },
    { name: flowName(2), bytes: content.length },
  ])
  expect(steps.at(-1)).toBe(content.length)
  expect((await reception.flows()).map((flow) => flow.name)).toEqual([flowName(1), flowName(2)])
})

test('a file goes under a temporary name first when asked', async () => {
  const path = await file(gzipSync('batch'))
  const files = [{ path, name: flowName(1) }]
  await sendOverSftp({ target: target(), files, usesTemporaryName: true })
  expect(await reception.flows()).toHaveLength(1)
})

test('what is offered is listed and fetched whole, once', async () => {
  const content = randomBytes(5_000_000)
  await reception.offer('CSO.tar.gz', content)
  const partner = await SftpPartner.connect({ target: target() })
  expect(await partner.list()).toEqual([{ name: 'CSO.tar.gz', bytes: content.length }])
  const path = join(reception.folder, 'back')
  await partner.fetch('CSO.tar.gz', path)
  expect((await readFile(path)).equals(content)).toBe(true)
  expect(await partner.list()).toEqual([])
  await expect(partner.fetch('CSO.tar.gz', path)).rejects.toMatchObject({ failure: 'refused' })
  await partner.close()
  expect(await reception.returns()).toEqual({ 'CSO.tar.gz': 'DELIVERED' })
})

test('what the gateway says to a refused file is passed on', async () => {
  const path = await file(gzipSync('batch'))
  const sending = sendOverSftp({ target: target(), files: [{ path, name: 'facture.xml' }] })
  await expect(sending).rejects.toMatchObject({
    failure: 'refused',
    message: expect.stringContaining('interface code'),
  })
  const cut = await file(gzipSync(randomBytes(1_000)).subarray(0, 900), 'cut')
  const files = [{ path: cut, name: flowName(1) }]
  await expect(sendOverSftp({ target: target(), files })).rejects.toMatchObject({
    failure: 'refused',
    message: expect.stringContaining('ends too early'),
  })
})

test('an unknown host key stops before anything is sent', async () => {
  const stranger = await startReception()
  const connecting = SftpPartner.connect({ target: target({ hostKeys: [stranger.hostKeyLine] }) })
  await expect(connecting).rejects.toMatchObject({
    failure: 'refused',
    message: expect.stringContaining('host key'),
  })
  await stranger.stop()
})

test('a key that is not the partner’s is refused', async () => {
  const privateKey = await readFile(reception.strangerKeyFile, 'utf8')
  const connecting = SftpPartner.connect({ target: target({ privateKey }) })
  await expect(connecting).rejects.toMatchObject({ failure: 'refused' })
})

test('nobody there is unreachable', async () => {
  const { port } = reception
  await reception.listener.stop(0)
  const connecting = SftpPartner.connect({ target: target({ port }) })
  await expect(connecting).rejects.toMatchObject({ failure: 'unreachable' })
})

test('a server that says nothing is given up, and a signal ends the wait sooner', async () => {
  const silent = createServer(() => {})
  await new Promise<void>((resolve) => {
    silent.listen(0, '127.0.0.1', resolve)
  })
  const { port } = silent.address() as AddressInfo
  const patient = SftpPartner.connect({ target: target({ port, timeoutMilliseconds: 200 }) })
  await expect(patient).rejects.toMatchObject({ failure: 'timed-out' })
  const controller = new AbortController()
  const connecting = SftpPartner.connect({ target: target({ port }), signal: controller.signal })
  controller.abort()
  await expect(connecting).rejects.toMatchObject({ failure: 'cancelled' })
  silent.close()
})

test('a fetch that is cancelled leaves nothing here and consumes nothing there', async () => {
  await reception.offer('CSO.tar.gz', randomBytes(20_000_000))
  const controller = new AbortController()
  const partner = await SftpPartner.connect({
    target: target(),
    signal: controller.signal,
    onProgress: ({ bytes }) => {
      if (bytes > 1_000_000) controller.abort()
    },
  })
  const path = join(reception.folder, 'back')
  await expect(partner.fetch('CSO.tar.gz', path)).rejects.toMatchObject({ failure: 'cancelled' })
  await partner.close()
  expect(await readdir(reception.folder)).not.toContain('back')
  expect(await readdir(reception.folder)).not.toContain('back.part')
  expect(await reception.returns()).toEqual({ 'CSO.tar.gz': 'OFFERED' })
})
