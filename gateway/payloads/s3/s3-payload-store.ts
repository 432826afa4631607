import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { closeFile, fileFault, openFile, removeFile, writeAll } from '../../durable-files.ts'
import { GatewayError } from '../../errors.ts'
import type { StoredContent } from '../../flow.ts'
import { KeyedTurns } from '../../keyed-turns.ts'
import type { LandedFile, PayloadLanding, PayloadStore } from '../payloads.ts'
import { LandingFolder } from './landing-folder.ts'
import type { LocalContent } from './local-content.ts'
import { readS3Address } from './s3-address.ts'
import { keyOf, S3Bucket } from './s3-bucket.ts'
import { s3Failure } from './s3-failure.ts'
import { PART_BYTES, uploadVerified } from './s3-upload.ts'

const ADDRESS = /^[0-9a-f]{64}$/
const KEY = /^[0-9a-f]{2}\/([0-9a-f]{64})$/
const NAME_KEY = 'store-name'
/** A content that arrives damaged, or breaks off, is asked for again. */
const DOWNLOADS = 3

/**
 * Opens the store in a bucket, which may be away: only a bucket that refuses is told at once.
 * @param options.landingFolder on the disk of this machine, where files being received are
 * @throws GatewayError CONFIG_INVALID, STORE_UNFIT
 */
export async function openS3PayloadStore(options: {
  readonly url: string
  readonly landingFolder: string
}): Promise<PayloadStore> {
  const bucket = new S3Bucket(readS3Address(options.url))
  try {
    await bucket.check().catch((error: unknown) => {
      if (!(error instanceof GatewayError) || error.code !== 'STORE_UNAVAILABLE') throw error
    })
    return new S3PayloadStore(bucket, await LandingFolder.open(options.landingFolder))
  } catch (error) {
    bucket.close()
    throw error
  }
}

class S3PayloadStore implements PayloadStore, PayloadLanding {
  readonly engine = 's3'
  readonly landing: PayloadLanding = this
  readonly #bucket: S3Bucket
  readonly #folder: LandingFolder
  /** By address: not every server replaces an object at once, so none is asked for it meanwhile. */
  readonly #turns = new KeyedTurns()

  constructor(bucket: S3Bucket, folder: LandingFolder) {
    this.#bucket = bucket
    this.#folder = folder
  }

  async adopt(path: string, content: StoredContent): Promise<void> {
    checkAddress(content.sha256)
    await this.#upload({ path }, content)
    await removeFile(path)
  }

  async put(source: AsyncIterable<Uint8Array>): Promise<StoredContent> {
    const gathered = await this.#gather(source)
    try {
      await this.#upload(gathered.source, gathered.content)
      return gathered.content
    } finally {
      if ('path' in gathered.source) await removeFile(gathered.source.path)
    }
  }

  read(content: StoredContent, options: { readonly start?: number } = {}): Readable {
    return Readable.from(this.#pieces(content, options.start ?? 0), {
      objectMode: false,
      highWaterMark: 256 * 1024,
    })
  }

  async localFile(
    content: StoredContent,
  ): Promise<{ readonly path: string; release(): Promise<void> }> {
    const landed = this.#folder.find(content.sha256)
    const lent = landed === undefined ? undefined : await this.#folder.lend(landed)
    const path = lent ?? (await this.#download(content))
    return { path, release: () => removeFile(path) }
  }

  async has(sha256: string): Promise<boolean> {
    checkAddress(sha256)
    if (this.#folder.find(sha256) !== undefined) return true
    return (await this.#bucket.facts(keyOf({ sha256 }))) !== undefined
  }

  async remove(sha256: string): Promise<void> {
    checkAddress(sha256)
    await this.#turns.take(sha256, () => this.#bucket.remove(keyOf({ sha256 })))
  }

  /** Asked, then removed: the store offers no condition for it, so that there is a moment between. */
  removeStoredBefore(sha256: string, time: number): Promise<boolean> {
    checkAddress(sha256)
    const key = keyOf({ sha256 })
    return this.#turns.take(sha256, async () => {
      const facts = await this.#bucket.facts(key)
      // Its times are whole seconds, cut off.
      if (facts === undefined || facts.storedAt + 1_000 > time) return false
      await this.#bucket.remove(key)
      return true
    })
  }

  async *list(): AsyncIterable<StoredContent> {
    for await (const { key, bytes } of this.#bucket.list()) {
      const sha256 = KEY.exec(key)?.[1]
      if (sha256 !== undefined) yield { sha256, bytes }
    }
  }

  name(): Promise<string | undefined> {
    return this.#bucket.getText(NAME_KEY)
  }

  giveName(name: string): Promise<string> {
    return this.#bucket.putText(NAME_KEY, name)
  }

  async close(): Promise<void> {
    this.#bucket.close()
    await this.#folder.close()
  }

  // --- landing -------------------------------------------------------------------------------

  land(path: string, content: StoredContent): Promise<LandedFile> {
    checkAddress(content.sha256)
    return this.#folder.land(path, content)
  }

  landed(): readonly LandedFile[] {
    return this.#folder.list()
  }

  upload(file: LandedFile, signal: AbortSignal): Promise<void> {
    return this.#upload({ path: this.#folder.pathOf(file) }, file, signal)
  }

  drop(file: LandedFile): Promise<void> {
    return this.#folder.drop(file)
  }

  // -------------------------------------------------------------------------------------------

  #upload(source: LocalContent, content: StoredContent, signal?: AbortSignal): Promise<void> {
    const order = { bucket: this.#bucket, source, content, ...(signal ? { signal } : {}) }
    return this.#turns.take(content.sha256, () => uploadVerified(order))
  }

  /** In memory while it is one request, then in a file: the address is known at its end. */
  async #gather(
    source: AsyncIterable<Uint8Array>,
  ): Promise<{ readonly source: LocalContent; readonly content: StoredContent }> {
    const hash = createHash('sha256')
    let pieces: Uint8Array[] = []
    let bytes = 0
    let spilled = 0
    let file: { readonly path: string; readonly descriptor: number } | undefined
    try {
      for await (const piece of source) {
        hash.update(piece)
        pieces.push(piece)
        bytes += piece.byteLength
        if (bytes - spilled <= PART_BYTES) continue
        file ??= await openTemporary(this.#folder.temporaryPath())
        await writeAll(file.descriptor, pieces, spilled)
        spilled = bytes
        pieces = []
      }
      if (file !== undefined) await writeAll(file.descriptor, pieces, spilled)
    } catch (error) {
      if (file !== undefined) await removeFile(file.path)
      throw fileFault(error, 'storing a payload')
    } finally {
      if (file !== undefined) await closeFile(file.descriptor)
    }
    const content = { sha256: hash.digest('hex'), bytes }
    return {
      source: file === undefined ? { bytes: Buffer.concat(pieces) } : { path: file.path },
      content,
    }
  }

  /** A read that the line breaks goes on where it was. */
  async *#pieces(content: StoredContent, start: number): AsyncGenerator<Buffer> {
    const landed = this.#folder.find(content.sha256)
    if (landed !== undefined) {
      yield* createReadStream(this.#folder.pathOf(landed), { start }) as AsyncIterable<Buffer>
      return
    }
    await this.#assertWhole(content)
    const hash = start === 0 ? createHash('sha256') : undefined
    let position = start
    for (let attempt = 1; position < content.bytes; attempt += 1) {
      const stream = await this.#bucket.get(keyOf(content), position)
      if (stream === undefined) throw missing(content, 'is not in the store')
      try {
        for await (const piece of stream as AsyncIterable<Buffer>) {
          hash?.update(piece)
          position += piece.length
          yield piece
        }
        break
      } catch (error) {
        if (attempt >= DOWNLOADS) throw s3Failure(error, 'to give a content')
      }
    }
    const isWhole = start > 0 || hash?.digest('hex') === content.sha256
    if (!isWhole) throw missing(content, 'did not arrive as it was stored')
  }

  async #download(content: StoredContent): Promise<string> {
    for (let attempt = 1; ; attempt += 1) {
      const { path, descriptor } = await openTemporary(this.#folder.temporaryPath())
      try {
        let position = 0
        for await (const piece of this.#pieces(content, 0)) {
          await writeAll(descriptor, [piece], position)
          position += piece.length
        }
        return path
      } catch (error) {
        await removeFile(path)
        const isDamaged = error instanceof GatewayError && error.code === 'PAYLOAD_MISSING'
        if (!isDamaged || attempt >= DOWNLOADS || !(await this.has(content.sha256))) {
          throw fileFault(error, 'fetching a payload')
        }
      } finally {
        await closeFile(descriptor)
      }
    }
  }

  async #assertWhole(content: StoredContent): Promise<void> {
    checkAddress(content.sha256)
    const facts = await this.#bucket.facts(keyOf(content))
    if (facts?.bytes === content.bytes) return
    if (facts === undefined) throw missing(content, 'is not in the store')
    throw missing(content, `has ${facts.bytes} bytes instead of ${content.bytes}`)
  }
}

async function openTemporary(
  path: string,
): Promise<{ readonly path: string; readonly descriptor: number }> {
  try {
    return { path, descriptor: await openFile(path, 'wx', 0o600) }
  } catch (error) {
    throw fileFault(error, 'fetching a payload')
  }
}

function missing({ sha256 }: StoredContent, what: string): GatewayError {
  return new GatewayError('PAYLOAD_MISSING', `Payload ${sha256} ${what}.`)
}

function checkAddress(sha256: string): void {
  if (!ADDRESS.test(sha256)) {
    throw new GatewayError('INTERNAL', 'A payload address is 64 hexadecimal characters.')
  }
}
