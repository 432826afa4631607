import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { openMemorySession } from '../../test/support/memory-channel.ts'
import { MemoryServices } from '../../test/support/memory-services.ts'
import {
  CONTENT,
  NAME,
  OK,
  NO_SUCH_FILE,
  DENIED,
  FAILURE,
} from '../../test/support/sftp-samples.ts'

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
