import { createHash } from 'node:crypto'
import { GzipWalk, type GzipEnding } from './gzip-walk.ts'

/** What all bytes of a content have told, read once from the first to the last. */
export interface ContentFacts {
  readonly sha256: string
  /** `broken` for all that is not gzip; undefined when nobody asked. */
  readonly gzip: GzipEnding | undefined
}

/** Gathers the facts of one content as its bytes come. */
export class ContentReading {
  readonly #hash = createHash('sha256')
  readonly #gzip: GzipWalk | undefined

  /** @param seeksEnd whether gzip is walked through, which costs more than the hash */
  constructor(seeksEnd = true) {
    this.#gzip = seeksEnd ? new GzipWalk() : undefined
  }

  next(bytes: Uint8Array): void {
    this.#hash.update(bytes)
    this.#gzip?.push(bytes)
  }

  /** Nothing more comes. */
  finish(): ContentFacts {
    return { sha256: this.#hash.digest('hex'), gzip: this.#gzip?.ending }
  }
}
