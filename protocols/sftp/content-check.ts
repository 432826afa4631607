import type { StagedFile } from '../listener.ts'
import { GzipFollower, beginsAsGzip } from './gzip-follower.ts'
import type { Completeness } from './gzip-thread.ts'
import { XML_WINDOW_BYTES, xmlEnding } from './xml-ending.ts'

/** `empty` and `incomplete` are refused at the door (decisions D1); the others are taken in. */
export type ContentVerdict = Completeness | 'empty'

/** Read back at a time when a content was not followed while it arrived. */
const READ_BACK_BYTES = 1024 * 1024

/**
 * Beyond this the inflated content is not followed: ten times the largest flow, the default of
 * `limits.maxExtractedBytes`. The pipeline refuses such a flow by that limit.
 */
const MAX_FOLLOWED_OUTPUT_BYTES = 10 * 1024 * 1024 * 1024

/**
 * Does the content of an upload show itself whole? An interrupted OpenSSH client still sends CLOSE
 * (reference sftp §0 rule 3), so the content has to prove it. Gzip is followed while it arrives in
 * order; what came in another way is read back at the end.
 */
export class ContentCheck {
  #follower: GzipFollower | undefined
  /** What arrived came out of order, or was changed: the file has to be read. */
  #mustReadBack = false

  /** @param resumedBytes what the file held before: not seen here, so to be read back */
  constructor(resumedBytes: number) {
    this.#mustReadBack = resumedBytes > 0
  }

  /** Told after each write, in order; slows the writer down to what can be followed. */
  async wrote(slices: readonly Buffer[], position: number): Promise<void> {
    if (this.#mustReadBack) return
    if (this.#follower === undefined && position === 0) {
      const head = slices.find((slice) => slice.length > 0)
      if (head === undefined) return
      if (!beginsAsGzip(head.subarray(0, 2))) {
        this.#mustReadBack = true
        return
      }
      this.#follower = new GzipFollower(MAX_FOLLOWED_OUTPUT_BYTES)
    }
    if (this.#follower?.position === position) await this.#follower.push(slices)
    else this.changed()
  }

  /** The file was changed otherwise than by adding at its end. */
  changed(): void {
    this.#mustReadBack = true
    this.abandon()
  }

  /** The verdict on the whole file; releases what the check holds. */
  async verdict(file: StagedFile): Promise<ContentVerdict> {
    if (file.bytes === 0) return 'empty'
    if (!this.#mustReadBack && this.#follower?.position === file.bytes) {
      return this.#follower.finish()
    }
    this.abandon()
    return checkFile(file)
  }

  /** Releases what the check holds. */
  abandon(): void {
    this.#follower?.abandon()
    this.#follower = undefined
  }
}

/** The verdict on a file at rest. */
export async function checkFile(file: StagedFile): Promise<ContentVerdict> {
  if (file.bytes === 0) return 'empty'
  const head = await file.read(0, XML_WINDOW_BYTES)
  if (!beginsAsGzip(head.subarray(0, 2))) {
    const isWhole = head.length === file.bytes
    const afterHead = Math.max(0, file.bytes - XML_WINDOW_BYTES)
    const tailStart = afterHead - (afterHead % 2)
    const tail = isWhole ? head : await file.read(tailStart, file.bytes - tailStart)
    return xmlEnding(head, tail, isWhole)
  }
  const follower = new GzipFollower(MAX_FOLLOWED_OUTPUT_BYTES)
  while (follower.position < file.bytes) {
    const piece = await file.read(follower.position, READ_BACK_BYTES)
    if (piece.length === 0) break
    await follower.push([piece])
  }
  return follower.finish()
}
