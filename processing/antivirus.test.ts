import { afterEach, expect, test } from 'vitest'
import { startClamd, type Clamd } from '../test/support/clamd-peer/clamd.ts'
import { scanContent } from './antivirus.ts'

let peer: Clamd | undefined

afterEach(() => peer?.stop())

async function clamd(answer: (content: Buffer) => string | undefined): Promise<string> {
  peer = await startClamd(answer)
  return peer.address
}

async function* pieces(content: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.length; at += 100_000) yield content.subarray(at, at + 100_000)
}

const never = new AbortController().signal
const scan = (address: string, content: Buffer, timeoutSeconds = 5) =>
  scanContent({ clamd: address, timeoutSeconds }, pieces(content), never)

test('clamd gets the very bytes, and its verdict is ours', async () => {
  const content = Buffer.alloc(1_000_000, 'invoice ')
  let got: Buffer | undefined
  const address = await clamd((received) => {
    got = received
    return received.includes('virus') ? 'stream: Test.Virus FOUND\0' : 'stream: OK\0'
  })
  expect(await scan(address, content)).toEqual({ isClean: true })
  expect(got?.equals(content)).toBe(true)
  expect(await scan(address, Buffer.from('a virus'))).toEqual({
    isClean: false,
    found: 'Test.Virus',
  })
})

test.each([
  ['nobody listens', async () => '127.0.0.1:9'],
  ['it refuses the size', () => clamd(() => 'INSTREAM size limit exceeded. ERROR\0')],
  ['it answers nothing', () => clamd(() => '')],
])('a flow waits, and is not judged, when %s', async (_case, start) => {
  await expect(scan(await start(), Buffer.from('x'))).rejects.toMatchObject({
    code: 'ANTIVIRUS_UNAVAILABLE',
  })
})

test('a clamd that never answers is given up after the time allowed', async () => {
  const address = await clamd(() => undefined)
  await expect(scan(address, Buffer.from('x'), 1)).rejects.toMatchObject({
    code: 'ANTIVIRUS_UNAVAILABLE',
  })
})
