import { Readable } from 'node:stream'
import { GatewayError } from '../errors.ts'
import type { StoredContent } from '../flow.ts'
import { compileOnce } from '../journal/compiled-query.ts'
import type { Journal, WriteStatement } from '../journal/journal.ts'
import type { PayloadUploads, Reception } from './payload-uploads.ts'
import type { PayloadStore } from './payloads.ts'

/** Moved into the store at a time: their syncs share the disk's trips. */
const MOVED_AT_ONCE = 16
/** So long nothing may have landed before contents are moved: a busy moment keeps its disk. */
const QUIET_MILLISECONDS = 1_000
/** More than this is moved at any moment, so that the journal stays small. */
const MAX_LANDED_BYTES = 64 * 1024 * 1024

/** In the store already: nothing depends on what becomes of the flow. */
const STORED: Reception = { statements: [], taken: () => {}, refused: () => Promise.resolve() }

interface Landed {
  readonly sha256: string
  readonly content: Uint8Array
}

/**
 * A payload store that small contents reach by way of the journal (ADR 8): the commit that takes a
 * flow in makes its content durable too, which is one sync instead of three. They are moved into
 * the store in a quiet moment, or when somebody asks for them; nobody sees the difference.
 */
export class LandedPayloads implements PayloadStore {
  readonly engine: string
  readonly #store: PayloadStore
  readonly #journal: Journal
  readonly #uploads: PayloadUploads | undefined
  /**
   * When this process has put contents into the store, durable, system milliseconds. Their rows may be
   * gone since, and come again after the content was removed: it holds for as long as nobody removes.
   */
  readonly #stored = new Map<string, number>()
  readonly #settlingMilliseconds: number
  /** Bytes that landed since the last move. */
  #landedBytes = 0
  #lastLanding = Number.NEGATIVE_INFINITY
  #insert: ((parameters: readonly unknown[]) => WriteStatement['query']) | undefined

  /**
   * @param options.uploads to a store that is elsewhere; without, large files are put there at once
   * @param options.settlingMilliseconds so long a content is in the store before any process removes it
   *   because no row names it; default ten minutes
   */
  constructor(
    store: PayloadStore,
    journal: Journal,
    options: {
      readonly uploads?: PayloadUploads | undefined
      readonly settlingMilliseconds?: number
    } = {},
  ) {
    this.engine = store.engine
    this.#store = store
    this.#journal = journal
    this.#uploads = options.uploads
    this.#settlingMilliseconds = options.settlingMilliseconds ?? 600_000
  }

  /**
   * Takes over the sealed file of a flow that comes in, durable when it resolves: in the store, or on
   * this machine when the store is elsewhere. The commit that takes the flow in has to write what it
   * gives, and to tell it how that ended.
   * @throws GatewayError STORE_FULL
   */
  async receive(path: string, content: StoredContent): Promise<Reception> {
    if (this.#uploads !== undefined) return this.#uploads.receive(path, content)
    await this.#store.adopt(path, content)
    return STORED
  }

  /** What to write with the flow, so that the content is there as soon as the flow is. */
  land(bytes: Uint8Array, content: StoredContent): WriteStatement {
    const row = { sha256: content.sha256, bytes: content.bytes, content: bytes }
    this.#insert ??= compileOnce(
      this.#journal.db
        .insertInto('landed_payloads')
        .values(row)
        .onConflict((conflict) => conflict.column('sha256').doNothing()),
    )
    this.#landedBytes += content.bytes
    this.#lastLanding = performance.now()
    return { query: this.#insert(Object.values(row)) }
  }

  /** Moves what has landed, unless contents go on landing; resolves to how many were moved. */
  async moveWhenQuiet(): Promise<number> {
    const isQuiet = performance.now() - this.#lastLanding >= QUIET_MILLISECONDS
    return isQuiet || this.#landedBytes > MAX_LANDED_BYTES ? this.moveLanded() : 0
  }

  /** Moves what has landed so far into the store; resolves to how many contents that were. */
  async moveLanded(): Promise<number> {
    const { db } = this.#journal
    this.#landedBytes = 0
    for (const sha256 of this.#stored.keys()) this.#isJustStored(sha256)
    let moved = 0
    for (;;) {
      const rows = await this.#journal.read(
        db.selectFrom('landed_payloads').select(['sha256', 'content']).limit(MOVED_AT_ONCE),
      )
      if (rows.length === 0) return moved
      // Not by a look into the store: what stands there may be on its way to the disk only.
      await Promise.all(
        rows.filter(({ sha256 }) => !this.#isJustStored(sha256)).map((row) => this.#move(row)),
      )
      const addresses = rows.map(({ sha256 }) => sha256)
      await this.#journal.write([
        { query: db.deleteFrom('landed_payloads').where('sha256', 'in', addresses) },
      ])
      for (const sha256 of addresses) this.#stored.delete(sha256)
      moved += rows.length
    }
  }

  adopt(path: string, content: StoredContent): Promise<void> {
    return this.#store.adopt(path, content)
  }

  put(
    source: AsyncIterable<Uint8Array>,
    options?: { readonly durable?: boolean },
  ): Promise<StoredContent> {
    return this.#store.put(source, options)
  }

  read(content: StoredContent, options?: { readonly start?: number }): Readable {
    return Readable.from(this.#pieces(content, options), { objectMode: false })
  }

  async localFile(
    content: StoredContent,
  ): Promise<{ readonly path: string; release(): Promise<void> }> {
    await this.#fetch(content.sha256)
    return this.#store.localFile(content)
  }

  async has(sha256: string): Promise<boolean> {
    return (await this.#store.has(sha256)) || (await this.#landed(sha256)) !== undefined
  }

  async remove(sha256: string): Promise<void> {
    const { db } = this.#journal
    if ((await this.#landed(sha256)) !== undefined) {
      await this.#journal.write([
        { query: db.deleteFrom('landed_payloads').where('sha256', '=', sha256) },
      ])
      this.#stored.delete(sha256)
    }
    await this.#store.remove(sha256)
  }

  /** Of the copy in the store: what landed in the journal is younger, and has its row. */
  removeStoredBefore(sha256: string, time: number): Promise<boolean> {
    return this.#store.removeStoredBefore(sha256, time)
  }

  async *list(): AsyncIterable<StoredContent> {
    await this.moveLanded()
    yield* this.#store.list()
  }

  name(): Promise<string | undefined> {
    return this.#store.name()
  }

  giveName(name: string): Promise<string> {
    return this.#store.giveName(name)
  }

  close(): Promise<void> {
    return this.#store.close()
  }

  async *#pieces(
    content: StoredContent,
    options?: { readonly start?: number },
  ): AsyncGenerator<Uint8Array> {
    await this.#fetch(content.sha256)
    yield* this.#store.read(content, options)
  }

  /**
   * Has the content in the store, if it landed; its row goes with the next round. A copy of former
   * times is not relied upon: it may be on its way out, for it was named by nothing until this landed.
   */
  async #fetch(sha256: string): Promise<void> {
    if (this.#isJustStored(sha256) && (await this.#store.has(sha256))) return
    const row = await this.#landed(sha256)
    if (row !== undefined) return this.#move(row)
    if (!(await this.#store.has(sha256))) await this.#uploads?.arrived(sha256)
  }

  /** By this process, and so that nobody can have removed it since. */
  #isJustStored(sha256: string): boolean {
    const at = this.#stored.get(sha256)
    if (at === undefined) return false
    const age = Date.now() - at
    // A clock that was set says nothing.
    const isJust = age >= 0 && age < this.#settlingMilliseconds / 2
    if (!isJust) this.#stored.delete(sha256)
    return isJust
  }

  async #landed(sha256: string): Promise<Landed | undefined> {
    const { db } = this.#journal
    const [row] = await this.#journal.read(
      db.selectFrom('landed_payloads').select(['sha256', 'content']).where('sha256', '=', sha256),
    )
    return row
  }

  async #move({ sha256, content }: Landed): Promise<void> {
    const at = Date.now()
    const stored = await this.#store.put(Readable.from([content]))
    if (stored.sha256 !== sha256) {
      throw new GatewayError('INTERNAL', `A content that landed has changed: expected ${sha256}.`)
    }
    this.#stored.set(sha256, at)
  }
}
