import { createHash, type Hash } from 'node:crypto'
import type { HashName } from './cms/algorithms.ts'

/** Digest of each hash over the same octets. */
export type Digests = ReadonlyMap<HashName, Buffer>

/** Several hashes over one stream of octets. */
export class RunningDigests {
  readonly #hashes: ReadonlyMap<HashName, Hash>
  #got: Digests | undefined

  constructor(names: Iterable<HashName>) {
    this.#hashes = new Map([...names].map((name) => [name, createHash(name)]))
  }

  update(piece: Uint8Array): void {
    this.#got = undefined
    for (const hash of this.#hashes.values()) hash.update(piece)
  }

  /** Of what passed until now; more may follow. */
  get(): Digests {
    this.#got ??= new Map([...this.#hashes].map(([name, hash]) => [name, hash.copy().digest()]))
    return this.#got
  }
}
