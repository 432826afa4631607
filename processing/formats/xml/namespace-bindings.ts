import { MALFORMED, Refused } from './xml-faults.ts'

/** A namespace as a number: 0 = none. */
export type UriId = number
/** A prefix as a number: 0 = none. */
export type PrefixId = number

export const NO_PREFIX: PrefixId = 0
const XML_PREFIX: PrefixId = 1
export const XMLNS_PREFIX: PrefixId = 2
const UNBOUND: UriId = -1

const XML_URI = 'http://www.w3.org/XML/1998/namespace'
const XMLNS_URI = 'http://www.w3.org/2000/xmlns/'

/** Which prefix stands for which namespace at the place being scanned (Namespaces in XML 1.0). */
export class NamespaceBindings {
  readonly #prefixes = new Map<string, PrefixId>([
    ['', NO_PREFIX],
    ['xml', XML_PREFIX],
    ['xmlns', XMLNS_PREFIX],
  ])
  readonly #uris: string[] = ['', XML_URI, XMLNS_URI]
  readonly #uriIds = new Map<string, UriId>([
    ['', 0],
    [XML_URI, 1],
    [XMLNS_URI, 2],
  ])
  #uriCharacters = 0
  /** By prefix. */
  readonly #bound: UriId[] = [0, 1, UNBOUND]
  /** Declarations in force: three numbers each, the depth, the prefix, what it was before. */
  readonly #undo: number[] = []

  /** Between documents. */
  reset(): void {
    this.leave(0)
  }

  /** So much is remembered that it is better to start afresh. */
  get isLarge(): boolean {
    return this.#uris.length + this.#bound.length > 1_000 || this.#uriCharacters > 1 << 20
  }

  prefixId(prefix: string): PrefixId {
    let id = this.#prefixes.get(prefix)
    if (id === undefined) {
      id = this.#bound.push(UNBOUND) - 1
      this.#prefixes.set(prefix, id)
    }
    return id
  }

  uri(id: UriId): string {
    return this.#uris[id] ?? ''
  }

  /** The namespace that a prefix stands for here; negative when it was not declared. */
  bound(prefix: PrefixId): UriId {
    return this.#bound[prefix]!
  }

  /** A declaration on the element at this depth. @throws Refused for what the standard forbids */
  declare(depth: number, prefix: PrefixId, uri: string, offset: number): void {
    const isWrong =
      prefix === XMLNS_PREFIX ||
      uri === XMLNS_URI ||
      (prefix === XML_PREFIX) !== (uri === XML_URI) ||
      (prefix !== NO_PREFIX && uri === '')
    if (isWrong) throw new Refused(MALFORMED.prefix, offset)
    let id = this.#uriIds.get(uri)
    if (id === undefined) {
      id = this.#uris.push(uri) - 1
      this.#uriIds.set(uri, id)
      this.#uriCharacters += uri.length
    }
    this.#undo.push(depth, prefix, this.#bound[prefix]!)
    this.#bound[prefix] = id
  }

  /** Declarations of this depth and below it end. */
  leave(depth: number): void {
    const undo = this.#undo
    while (undo.length > 0 && undo[undo.length - 3]! >= depth) {
      this.#bound[undo[undo.length - 2]!] = undo[undo.length - 1]!
      undo.length -= 3
    }
  }
}
