import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { ChunkWriter, readChunk } from './chunk-file.ts'

async function chunkOf(...contents: readonly string[]): Promise<string> {
  const path = join(await temporaryFolder(), 'chunk')
  const writer = new ChunkWriter(path, 5)
  for (const [index, content] of contents.entries()) {
    writer.startPart({ part: 5 + index, file: `F${index}.xml`, bytes: content.length })
    for (let at = 0; at < content.length; at += 100_000) {
      writer.content(Buffer.from(content.slice(at, at + 100_000)))
    }
  }
  writer.finish()
  return path
}

async function read(path: string): Promise<string[]> {
  const parts: string[] = []
  for await (const { part, file, bytes } of readChunk(path)) {
    parts.push(`${part} ${file} ${Buffer.from(bytes).toString()}`)
  }
  return parts
}

test('what is written is read, small and large, in order', async () => {
  const large = 'x'.repeat(1_000_000)
  expect(await read(await chunkOf('a', large, ''))).toEqual([
    '5 F0.xml a',
    `6 F1.xml ${large}`,
    '7 F2.xml ',
  ])
  expect(await read(await chunkOf())).toEqual([])
})

test('a chunk file that is cut anywhere, or is none, is an error', async () => {
  const path = await chunkOf('abc', 'def')
  const bytes = await readFile(path)
  for (let length = 0; length < bytes.length; length += 1) {
    await writeFile(path, bytes.subarray(0, length))
    await expect(read(path)).rejects.toThrow('cut')
  }
  await writeFile(path, bytes.fill(0, 0, 1))
  await expect(read(path)).rejects.toThrow('Not a chunk file')
})
