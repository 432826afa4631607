// s3rver as a program, with its arguments. By itself it answers a PUT before the file is written, and
// writes it in place: on a busy machine it then shows nothing, or a half, of what it has acknowledged.
// No bucket does; here an object is there whole or not at all.
import { createHash, randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

interface Written {
  readonly size: number
  readonly md5: string
}

interface PutObject {
  readonly bucket: string
  readonly key: string
  readonly content: Buffer | Readable
  readonly metadata: unknown
}

/** What is used of `s3rver/lib/stores/filesystem` (3.7). */
interface Store {
  getResourcePath(bucket: string, key: string | undefined, resource: string): string
  putMetadata(bucket: string, key: string, metadata: unknown, md5: string): Promise<void>
  putObject(object: PutObject): Promise<Written>
  putPart(bucket: string, uploadId: string, part: number, content: Readable): Promise<Written>
}

const ofTests = createRequire(import.meta.url)
const ofServer = createRequire(ofTests.resolve('s3rver/bin/s3rver.js'))
const { prototype } = ofServer('../lib/stores/filesystem') as { readonly prototype: Store }
const files = ofServer('fs-extra') as { writeFile: typeof writeWhole }

/** By a name that it does not list, then its own. */
async function writeWhole(path: string, content: Buffer | Readable | string): Promise<Written> {
  const beside = `${path}.${randomUUID()}`
  const md5 = createHash('md5')
  let size = 0
  const source = content instanceof Readable ? content : Readable.from([Buffer.from(content)])
  await pipeline(
    source,
    async function* (pieces: AsyncIterable<Buffer>) {
      for await (const piece of pieces) {
        md5.update(piece)
        size += piece.length
        yield piece
      }
    },
    createWriteStream(beside),
  )
  await rename(beside, path)
  return { size, md5: md5.digest('hex') }
}

files.writeFile = writeWhole

prototype.putObject = async function (object) {
  const path = this.getResourcePath(object.bucket, object.key, 'object')
  await mkdir(dirname(path), { recursive: true })
  const written = await writeWhole(path, object.content)
  await this.putMetadata(object.bucket, object.key, object.metadata, written.md5)
  return written
}

prototype.putPart = async function (bucket, uploadId, part, content) {
  const folder = join(this.getResourcePath(bucket, undefined, 'uploads'), uploadId)
  await mkdir(folder, { recursive: true })
  const written = await writeWhole(join(folder, String(part)), content)
  await writeFile(join(folder, `${part}.md5`), written.md5)
  return written
}

ofServer('./s3rver.js')
