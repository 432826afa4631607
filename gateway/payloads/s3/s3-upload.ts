import { createHash } from 'node:crypto'
import { GatewayError } from '../../errors.ts'
import type { StoredContent } from '../../flow.ts'
import { piecesOf, type LocalContent } from './local-content.ts'
import { keyOf, type ObjectFacts, type Piece, type S3Bucket } from './s3-bucket.ts'

/**
 * One request up to this size, above it parts of it: the least that S3 takes. An upload holds it in
 * memory once for each part on its way and for the next, and the event loop waits while it is hashed.
 */
export const PART_BYTES = 5 * 1024 * 1024
/** Of S3. */
const MAX_PARTS = 10_000
const PARTS_AT_ONCE = 2
/** Another process may be about to replace the same content on a server that does not do so at once. */
const ATTEMPTS = 3

/**
 * Sends a content to its address, and rests on no word of the server: it is asked afterwards what it
 * has, and that has to be of the size and the checksum of what was sent. A server whose ETag is no
 * MD5 (encryption by keys of its own) has the content read back instead.
 * @throws GatewayError STORE_UNAVAILABLE, also when it has something else, which is removed;
 *   STORE_UNFIT; INTERNAL when the content is not what its address says
 */
export async function uploadVerified(options: {
  readonly bucket: S3Bucket
  readonly source: LocalContent
  readonly content: StoredContent
  readonly signal?: AbortSignal
}): Promise<void> {
  const { bucket, content, signal } = options
  const key = keyOf(content)
  const isWhole = content.bytes <= PART_BYTES
  let facts: ObjectFacts | undefined
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const etag = isWhole ? await sendWhole(options) : await sendParts(options)
    facts = await bucket.facts(key, signal)
    if (facts?.bytes !== content.bytes) continue
    if (facts.etag === etag || (await readsBack(bucket, content))) return
  }
  // The good copy is still here, and it is sent again.
  await bucket.remove(key)
  const has = facts === undefined ? 'nothing' : `${facts.bytes} other bytes`
  throw new GatewayError(
    'STORE_UNAVAILABLE',
    `The payload store has ${has} where ${content.bytes} bytes were sent to ${content.sha256}.`,
  )
}

type Upload = Parameters<typeof uploadVerified>[0]

/** @returns the ETag that a server makes of it */
async function sendWhole({ bucket, source, content, signal }: Upload): Promise<string> {
  let whole: Buffer = Buffer.alloc(0)
  for await (const piece of piecesOf(source, content, PART_BYTES)) whole = piece
  const piece = withMd5(whole)
  await bucket.putObject(keyOf(content), piece, signal)
  return piece.md5.toString('hex')
}

/** @returns the ETag that a server makes of them: the MD5 of those of the parts, and their number */
async function sendParts({ bucket, source, content, signal }: Upload): Promise<string> {
  const key = keyOf(content)
  const upload = { key, id: await bucket.beginParts(key, signal) }
  const digests = createHash('md5')
  const etags: string[] = []
  const sending = new Set<Promise<void>>()
  try {
    const partBytes = Math.max(PART_BYTES, Math.ceil(content.bytes / MAX_PARTS))
    let number = 0
    for await (const bytes of piecesOf(source, content, partBytes)) {
      const piece = withMd5(bytes)
      number += 1
      const index = number - 1
      digests.update(piece.md5)
      const sent = bucket.putPart(upload, number, piece, signal).then((etag) => {
        etags[index] = etag
        sending.delete(sent)
      })
      sending.add(sent)
      sent.catch(() => {}) // told where it is waited for
      if (sending.size >= PARTS_AT_ONCE) await Promise.race(sending)
    }
    await Promise.all(sending)
    await bucket.completeParts(upload, etags, signal)
    return `${digests.digest('hex')}-${etags.length}`
  } catch (error) {
    await Promise.allSettled(sending)
    await bucket.abortParts(upload)
    throw error
  }
}

function withMd5(bytes: Buffer): Piece {
  return { bytes, md5: createHash('md5').update(bytes).digest() }
}

async function readsBack(bucket: S3Bucket, content: StoredContent): Promise<boolean> {
  const hash = createHash('sha256')
  const stream = await bucket.get(keyOf(content), 0)
  if (stream === undefined) return false
  try {
    for await (const piece of stream as AsyncIterable<Buffer>) hash.update(piece)
  } catch (cause) {
    throw new GatewayError('STORE_UNAVAILABLE', 'The payload store broke off a read.', { cause })
  }
  return hash.digest('hex') === content.sha256
}
