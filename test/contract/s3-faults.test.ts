import { createHash, randomBytes } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { describe, expect, onTestFinished, test } from 'vitest'
import { GatewayError } from '../../gateway/errors.ts'
import type { StoredContent } from '../../gateway/flow.ts'
import { openPayloads } from '../../gateway/payloads/open-payloads.ts'
import type { PayloadStore } from '../../gateway/payloads/payloads.ts'
import { startS3Proxy, type S3Proxy } from '../support/s3-proxy.ts'
import { S3_PROGRAMS, startS3, type S3Server } from '../support/s3-server.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** More than one request. */
const MANY_PARTS = 20 * 1024 * 1024

describe.each(S3_PROGRAMS)('a bucket of %s that does not what it should', (program) => {
  test('a bit that changes on the way up is noticed, and nothing of it stays', async () => {
    const { store, proxy } = await opened(program)
    for (const bytes of [randomBytes(5_000), randomBytes(MANY_PARTS)]) {
      proxy.fault = ({ method }) => (method === 'PUT' ? { kind: 'flip-sent' } : undefined)
      await expect(put(store, bytes)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
      expect(await store.has(contentOf(bytes).sha256)).toBe(false)
      proxy.fault = () => undefined
      expect(await put(store, bytes)).toEqual(contentOf(bytes))
      expect((await buffer(store.read(contentOf(bytes)))).equals(bytes)).toBe(true)
    }
  })

  test('an ETag that is no MD5 of the content has it read back, and it is kept', async () => {
    const { store, proxy } = await opened(program)
    const bytes = randomBytes(5_000)
    proxy.fault = ({ method }) => (method === 'HEAD' ? { kind: 'wrong-etag' } : undefined)
    expect(await put(store, bytes)).toEqual(contentOf(bytes))
    expect(proxy.seen.map((line) => line.slice(0, 4)).slice(-3)).toEqual(['PUT ', 'HEAD', 'GET '])
  })

  test('a content that arrives damaged is fetched again, and never given out', async () => {
    const { store, proxy } = await opened(program)
    const bytes = randomBytes(100_000)
    const content = await put(store, bytes)
    let harmed = 0
    const twice = { kind: 'flip-received' } as const
    proxy.fault = ({ method }) => (method === 'GET' && harmed++ < 2 ? twice : undefined)
    const file = await store.localFile(content)
    expect(harmed).toBe(3)
    expect((await readFile(file.path)).equals(bytes)).toBe(true)
    await file.release()
    proxy.fault = ({ method }) => (method === 'GET' ? { kind: 'flip-received' } : undefined)
    await expect(store.localFile(content)).rejects.toMatchObject({ code: 'PAYLOAD_MISSING' })
    await expect(buffer(store.read(content))).rejects.toMatchObject({ code: 'PAYLOAD_MISSING' })
  })

  test('a read that breaks off goes on where it was', async () => {
    const { store, proxy } = await opened(program)
    const bytes = randomBytes(3_000_000)
    const content = await put(store, bytes)
    let cut = 0
    proxy.fault = ({ method }) =>
      method === 'GET' && cut++ === 0 ? { kind: 'cut-received' } : undefined
    expect((await buffer(store.read(content))).equals(bytes)).toBe(true)
    expect(cut).toBe(2)
  })

  test('the same content comes up once at a time', async () => {
    const { store, proxy } = await opened(program)
    const bytes = randomBytes(5_000)
    await Promise.all(Array.from({ length: 8 }, () => put(store, bytes)))
    const key = contentOf(bytes).sha256.slice(0, 2)
    const asked = proxy.seen
      .filter((line) => line.includes(`/${key}/`))
      .map((line) => line.slice(0, 4))
    expect(asked).toEqual(Array.from({ length: 8 }, () => ['PUT ', 'HEAD']).flat())
  })

  test('a content that another process is about to write over is sent again', async () => {
    const { store, proxy } = await opened(program)
    const bytes = randomBytes(5_000)
    let asked = 0
    const halfWritten = { kind: 'answer', status: 404, code: 'NotFound' } as const
    proxy.fault = ({ method }) => (method === 'HEAD' && asked++ === 0 ? halfWritten : undefined)
    expect(await put(store, bytes)).toEqual(contentOf(bytes))
    expect(proxy.seen.map((line) => line.slice(0, 4)).slice(-4)).toEqual([
      'PUT ',
      'HEAD',
      'PUT ',
      'HEAD',
    ])
    expect(proxy.seen.some((line) => line.startsWith('DELETE'))).toBe(false)
  })

  test('a server that asks for patience gets it, and one that has none left is named', async () => {
    const { store, proxy } = await opened(program)
    const bytes = randomBytes(5_000)
    let slow = 0
    const slowDown = { kind: 'answer', status: 503, code: 'SlowDown' } as const
    proxy.fault = ({ method }) => (method === 'PUT' && slow++ === 0 ? slowDown : undefined)
    expect(await put(store, bytes)).toEqual(contentOf(bytes))
    const broken = { kind: 'answer', status: 500, code: 'InternalError' } as const
    proxy.fault = () => broken
    await expect(put(store, bytes)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    await expect(store.localFile(contentOf(bytes))).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    })
  })

  test('one that dies in the middle of an upload has it again when it is back', async () => {
    const { store, server, proxy, ground } = await opened(program)
    const bytes = randomBytes(MANY_PARTS)
    const path = join(ground, 'sealed')
    await writeFile(path, bytes)
    let parts = 0
    proxy.fault = ({ method, path }) => {
      if (method === 'PUT' && path.includes('partNumber=2')) void server.kill()
      if (method === 'PUT') parts += 1
      return undefined
    }
    await expect(store.adopt(path, contentOf(bytes))).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    })
    expect(parts).toBeGreaterThan(0)
    expect(await readdir(ground)).toContain('sealed')
    proxy.fault = () => undefined
    await server.start()
    expect(await store.has(contentOf(bytes).sha256)).toBe(false)
    await store.adopt(path, contentOf(bytes))
    expect((await buffer(store.read(contentOf(bytes)))).equals(bytes)).toBe(true)
    expect(await readdir(ground)).not.toContain('sealed')
  })

  test('a bucket that is not there, or a key that is wrong, is told at once with a remedy', async () => {
    const server = await startS3(program)
    const dataFolder = await temporaryFolder()
    const secret = 'not-the-secret'
    const cases = [
      { url: server.url({ bucket: 'elsewhere' }), says: 'NoSuchBucket', remedy: /Make the bucket/ },
      // s3rver looks at no signature.
      program === 's3rver'
        ? { url: server.url({ key: 'WRONG' }), says: 'InvalidAccessKeyId', remedy: /access key/ }
        : { url: server.url({ secret }), says: 'SignatureDoesNotMatch', remedy: /secret key/ },
    ]
    for (const { url, says, remedy } of cases) {
      const failure: unknown = await openPayloads({ url, dataFolder }).catch((error) => error)
      expect(failure).toBeInstanceOf(GatewayError)
      expect(failure).toMatchObject({ code: 'STORE_UNFIT' })
      if (!(failure instanceof GatewayError)) return
      expect(failure.message).toContain(says)
      expect(failure.remedy).toMatch(remedy)
      expect(failure.cause).toBeUndefined()
      expect(JSON.stringify(failure) + failure.stack).not.toContain(secret)
    }
  })

  test('one that is away does not hold up the start', async () => {
    const server = await startS3(program)
    await server.kill()
    const store = await openPayloads({ url: server.url(), dataFolder: await temporaryFolder() })
    onTestFinished(() => store.close())
    await expect(put(store, randomBytes(10))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    await server.start()
    expect(await put(store, Buffer.from('there'))).toEqual(contentOf(Buffer.from('there')))
  })
})

async function opened(program: (typeof S3_PROGRAMS)[number]): Promise<{
  readonly store: PayloadStore
  readonly server: S3Server
  readonly proxy: S3Proxy
  readonly ground: string
}> {
  const server = await startS3(program)
  const proxy = await startS3Proxy(server.endpoint)
  const ground = await temporaryFolder()
  const url = server.url({ endpoint: proxy.endpoint })
  const store = await openPayloads({ url, dataFolder: ground })
  onTestFinished(() => store.close())
  return { store, server, proxy, ground }
}

const put = (store: PayloadStore, bytes: Buffer): Promise<StoredContent> =>
  store.put(Readable.from([bytes]))

function contentOf(bytes: Buffer): StoredContent {
  return { sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.length }
}
