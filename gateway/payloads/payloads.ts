import type { Readable } from 'node:stream'
import type { StoredContent } from '../flow.ts'

/**
 * Contents by their SHA-256. A content is there whole and durable or not at all; putting it twice
 * is harmless.
 */
export interface PayloadStore {
  /** Which adapter this is, for the banner, `doctor` and `/readyz`. */
  readonly engine: string

  /**
   * Takes over a sealed local file (already fsynced, address known), durable when it resolves.
   * The file is gone from `path` afterwards, also when the content was there before.
   * @throws GatewayError STORE_FULL
   */
  adopt(path: string, content: StoredContent): Promise<void>

  /**
   * Stores a stream. With `durable: false` (session transcripts) it is whole or absent after a
   * crash of the process, and may be lost with the machine's power.
   * @throws GatewayError STORE_FULL; nothing is left behind
   */
  put(
    source: AsyncIterable<Uint8Array>,
    options?: { readonly durable?: boolean },
  ): Promise<StoredContent>

  /** Streams `content`, from `start` (inclusive). @throws GatewayError PAYLOAD_MISSING */
  read(content: StoredContent, options?: { readonly start?: number }): Readable

  /** A local file with the content, for random access; `release` when done. */
  localFile(content: StoredContent): Promise<{ readonly path: string; release(): Promise<void> }>

  has(sha256: string): Promise<boolean>
  remove(sha256: string): Promise<void>
  /**
   * Removes a content that has been there since before `time` (system milliseconds): a copy put
   * later stays, also one that is put at this very moment (in a bucket: but for that between its
   * answer and the removal). Resolves to whether it was removed.
   */
  removeStoredBefore(sha256: string, time: number): Promise<boolean>
  /** Addresses of everything stored. */
  list(): AsyncIterable<StoredContent>

  /** The name this store was given when it was first used; undefined: it is new. */
  name(): Promise<string | undefined>
  /** Names a new store. Resolves to the name it has then: another process may have been quicker. */
  giveName(name: string): Promise<string>

  /** Where contents wait on this machine, when the store is elsewhere. */
  readonly landing?: PayloadLanding

  /** Gives back what the store holds open; what was accepted is durable already. */
  close(): Promise<void>
}

/** A content in a file of this machine, on its way to a store that is elsewhere. */
export interface LandedFile extends StoredContent {
  /** Its own: the same content may have landed twice. */
  readonly id: string
}

/** The part of a store elsewhere that is on this machine. */
export interface PayloadLanding {
  /** Takes over a sealed local file, durable on this machine when it resolves. @throws STORE_FULL */
  land(path: string, content: StoredContent): Promise<LandedFile>
  /** Everything that has landed and was not dropped, of former runs too. */
  landed(): readonly LandedFile[]
  /**
   * Resolves once the store has the content, compared; the file stays.
   * @throws GatewayError STORE_UNAVAILABLE, STORE_UNFIT; INTERNAL when the file has changed
   */
  upload(file: LandedFile, signal: AbortSignal): Promise<void>
  drop(file: LandedFile): Promise<void>
}
