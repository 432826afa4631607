import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { archiveBytes, encodeTarHeader, writeArchive } from './write-archive.ts'

describe('an archive that we write', () => {
  const files = [
    { name: 'a.xml', content: 'é' },
    { name: 'b.xml', content: new Uint8Array(513) },
    { name: 'c.xml', content: '' },
  ]

  test('is the same bytes for the same files, in whole blocks with an end mark', async () => {
    const [first, second] = [await archiveBytes(files), await archiveBytes(files)]
    expect(first.equals(second)).toBe(true)
    const tar = gunzipSync(first)
    expect(tar.length).toBe(512 * (2 + 3 + 1 + 2))
    expect(tar.subarray(-1_024).every((byte) => byte === 0)).toBe(true)
  })

  test('takes files one after the other, and hands their error on', async () => {
    const failing = (async function* () {
      yield { name: 'a.xml', content: 'x' }
      throw new Error('no more')
    })()
    await expect(writeArchive(failing).toArray()).rejects.toThrow('no more')
  })

  test('refuses a name that ustar cannot carry', () => {
    expect(() => encodeTarHeader('x'.repeat(101), 0)).toThrow(RangeError)
    expect(() => encodeTarHeader('é.xml', 0)).toThrow(RangeError)
  })
})
