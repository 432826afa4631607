import { randomBytes } from 'node:crypto'
import { IN_NAME } from './byte-classes.ts'
import { FOREIGN } from './element-store.ts'
import {
  NO_PREFIX,
  XMLNS_PREFIX,
  type NamespaceBindings,
  type PrefixId,
  type UriId,
} from './namespace-bindings.ts'
import { limitFault, MALFORMED, Refused } from './xml-faults.ts'
import { findNameId, prefixOf, type NameId, type XmlName } from './xml-names.ts'
import { XML_LIMITS } from './xml-limits.ts'

/** A name as it is written, with its prefix: from 0, while the cache lasts. */
export type EntryId = number

/** The name goes on beyond the bytes. */
export const UNFINISHED: EntryId = -1
/** No name starts there. */
export const NO_ENTRY: EntryId = -2

/** A sender cannot know it, so cannot choose names that all fall together. */
const SEED = randomBytes(4).readInt32LE()
/** FNV-1a. */
const MULTIPLIER = 0x0100_0193
const SLOTS = 1 << 15

/** XML 1.0 fifth edition, production 4, without the colon (Namespaces in XML 1.0, NCName). */
const START =
  'A-Z_a-z\\u{C0}-\\u{D6}\\u{D8}-\\u{F6}\\u{F8}-\\u{2FF}\\u{370}-\\u{37D}\\u{37F}-\\u{1FFF}\\u{200C}\\u{200D}\\u{2070}-\\u{218F}\\u{2C00}-\\u{2FEF}\\u{3001}-\\u{D7FF}\\u{F900}-\\u{FDCF}\\u{FDF0}-\\u{FFFD}\\u{10000}-\\u{EFFFF}'
const NC_NAME = `[${START}][-.0-9\\u{B7}\\u{300}-\\u{36F}\\u{203F}\\u{2040}${START}]*`
const QUALIFIED_NAME = new RegExp(`^(?:(${NC_NAME}):)?(${NC_NAME})$`, 'u')
const UNQUALIFIED_NAME = new RegExp(`^${NC_NAME}$`, 'u')

/** Whether it is a name without a colon, as the target of a processing instruction has to be. */
export function isNcName(text: string): boolean {
  return UNQUALIFIED_NAME.test(text)
}

/**
 * Every name met so far, by its bytes, with the number that it has under the bindings of its
 * prefix: a name is checked and looked up in tables once, not once per element.
 */
export class NameCache {
  /** Where the name that was looked up last ends. */
  end = 0
  /** That name, and which one came after each the last time: mostly it is that one again. */
  #last: EntryId = 0
  readonly #followers: EntryId[] = [0]
  readonly #bindings: NamespaceBindings
  readonly #slots = new Int32Array(SLOTS)
  readonly #hashes: number[] = []
  /** Names one after the other; `#starts` has one more number than there are names. */
  #bytes = Buffer.allocUnsafeSlow(16 * 1_024)
  #words = wordsOf(this.#bytes)
  /** The bytes that are being scanned. */
  #inputWords = this.#words
  readonly #starts: number[] = [0]
  readonly #prefixes: PrefixId[] = []
  readonly #locals: string[] = []
  /** The namespace that each name was last met in, and the number it has in it. */
  readonly #elementUris: UriId[] = []
  readonly #elementNames: NameId[] = []
  readonly #attributeUris: UriId[] = []
  readonly #attributeNames: NameId[] = []
  readonly #foreign: XmlName[] = []
  readonly #foreignIds = new Map<string, number>()
  /** The document that each name, and each foreign one, was last met in. */
  readonly #metIn: number[] = []
  readonly #foreignMetIn: number[] = []
  #document = 0
  #differentNames = 0

  constructor(bindings: NamespaceBindings) {
    this.#bindings = bindings
  }

  /** Another document begins. */
  beginDocument(): void {
    this.#document += 1
    this.#differentNames = 0
  }

  /** These bytes are scanned from now on. */
  scan(bytes: Uint8Array): void {
    this.#inputWords = wordsOf(bytes)
  }

  /** Names that no table mentions, by their number less `FOREIGN`. */
  get foreignNames(): readonly XmlName[] {
    return this.#foreign
  }

  /** How many names are remembered. */
  get size(): number {
    return this.#hashes.length
  }

  /**
   * The name that starts at `at`; `end` tells where it ends.
   * @throws Refused when it is no name
   */
  find(bytes: Uint8Array, at: number, limit: number): EntryId {
    const last = this.#last
    const likely = this.#followers[last]!
    const likelyEnd = at + this.#starts[likely + 1]! - this.#starts[likely]!
    const isLikely =
      likelyEnd < limit &&
      IN_NAME[bytes[likelyEnd]!] === 0 &&
      this.#metIn[likely] === this.#document &&
      this.isSame(likely, at, likelyEnd)
    if (isLikely) {
      this.end = likelyEnd
      this.#last = likely
      return likely
    }
    const entry = this.#lookUp(bytes, at, limit)
    if (entry >= 0) {
      this.#followers[last] = entry
      this.#last = entry
    }
    return entry
  }

  #lookUp(bytes: Uint8Array, at: number, limit: number): EntryId {
    let hash = SEED
    let end = at
    while (end < limit) {
      const byte = bytes[end]!
      if (IN_NAME[byte] === 0) break
      hash = Math.imul(hash ^ byte, MULTIPLIER)
      end += 1
    }
    this.end = end
    if (end === limit) return UNFINISHED
    if (end === at) return NO_ENTRY
    let slot = (hash ^ (hash >>> 15)) & (SLOTS - 1)
    for (;;) {
      const entry = this.#slots[slot]! - 1
      if (entry < 0) return this.#add(bytes, at, end, hash, slot)
      if (this.#hashes[entry] === hash && this.isSame(entry, at, end)) {
        if (this.#metIn[entry] !== this.#document) this.#meet(entry, at)
        return entry
      }
      slot = (slot + 1) & (SLOTS - 1)
    }
  }

  /** The bytes from `at` to `end` are this name. */
  isSame(entry: EntryId, at: number, end: number): boolean {
    const start = this.#starts[entry]!
    const length = end - at
    if (this.#starts[entry + 1]! - start !== length) return false
    const own = this.#words
    const words = this.#inputWords
    let index = 0
    // Four bytes at a time: every tag comes through here twice.
    for (; index + 4 <= length; index += 4) {
      if (own.getInt32(start + index) !== words.getInt32(at + index)) return false
    }
    for (; index < length; index += 1) {
      if (own.getUint8(start + index) !== words.getUint8(at + index)) return false
    }
    return true
  }

  lengthOf(entry: EntryId): number {
    return this.#starts[entry + 1]! - this.#starts[entry]!
  }

  #add(bytes: Uint8Array, at: number, end: number, hash: number, slot: number): EntryId {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + at, end - at).toString()
    if (text.length > XML_LIMITS.nameCharacters) {
      throw new Refused(limitFault('NAME', XML_LIMITS.nameCharacters), at)
    }
    const match = QUALIFIED_NAME.exec(text)
    if (match === null) throw new Refused(MALFORMED.name, at)
    const entry = this.#hashes.length
    const start = this.#starts[entry]!
    if (start + end - at > this.#bytes.length) {
      const grown = Buffer.allocUnsafeSlow(this.#bytes.length * 2)
      this.#bytes.copy(grown, 0, 0, start)
      this.#bytes = grown
      this.#words = wordsOf(grown)
    }
    this.#bytes.set(bytes.subarray(at, end), start)
    this.#starts.push(start + end - at)
    this.#hashes.push(hash)
    this.#prefixes.push(this.#bindings.prefixId(match[1] ?? ''))
    this.#locals.push(match[2] ?? '')
    this.#elementUris.push(NEVER_MET)
    this.#elementNames.push(0)
    this.#attributeUris.push(NEVER_MET)
    this.#attributeNames.push(0)
    this.#followers[entry] = entry
    this.#slots[slot] = entry + 1
    this.#meet(entry, at)
    return entry
  }

  /** The first time in a document. */
  #meet(entry: EntryId, at: number): void {
    this.#metIn[entry] = this.#document
    // A foreign name is shown with the prefix of its own document.
    if (this.#elementNames[entry]! >= FOREIGN) this.#elementUris[entry] = NEVER_MET
    if (this.#attributeNames[entry]! >= FOREIGN) this.#attributeUris[entry] = NEVER_MET
    this.#differentNames += 1
    if (this.#differentNames > XML_LIMITS.names) {
      throw new Refused(limitFault('NAMES', XML_LIMITS.names), at)
    }
  }

  /** The prefix that this attribute declares, 0 = the default one; undefined = no declaration. */
  declared(entry: EntryId): PrefixId | undefined {
    const prefix = this.#prefixes[entry]!
    if (prefix === XMLNS_PREFIX) return this.#bindings.prefixId(this.#locals[entry]!)
    return prefix === 0 && this.#locals[entry] === 'xmlns' ? 0 : undefined
  }

  /** The number of the name, as that of an element. @throws Refused for an unbound prefix */
  elementName(entry: EntryId, offset: number): NameId {
    const uri = this.#bindings.bound(this.#prefixes[entry]!)
    if (uri === this.#elementUris[entry]) return this.#elementNames[entry]!
    const name = this.#resolve(entry, uri, offset)
    this.#elementUris[entry] = uri
    this.#elementNames[entry] = name
    return name
  }

  /** As that of an attribute: without a prefix it is in no namespace. */
  attributeName(entry: EntryId, offset: number): NameId {
    const prefix = this.#prefixes[entry]!
    const uri = prefix === NO_PREFIX ? 0 : this.#bindings.bound(prefix)
    if (uri === this.#attributeUris[entry]) return this.#attributeNames[entry]!
    const name = this.#resolve(entry, uri, offset)
    this.#attributeUris[entry] = uri
    this.#attributeNames[entry] = name
    return name
  }

  #resolve(entry: EntryId, uriId: UriId, offset: number): NameId {
    if (uriId < 0) {
      const isReserved = this.#prefixes[entry] === XMLNS_PREFIX
      throw new Refused(isReserved ? MALFORMED.name : MALFORMED.unboundPrefix, offset)
    }
    const uri = this.#bindings.uri(uriId)
    const local = this.#locals[entry]!
    return findNameId(uri, local) ?? this.#foreignName(entry, uri, local)
  }

  /** Shown with the prefix that the document at hand gave it first. */
  #foreignName(entry: EntryId, uri: string, local: string): NameId {
    const key = `${uri} ${local}`
    const known = this.#foreignIds.get(key)
    const index = known ?? this.#foreign.length
    if (known === undefined) this.#foreignIds.set(key, index)
    if (this.#foreignMetIn[index] !== this.#document) {
      const prefix = prefixOf(uri) ?? this.#prefixText(entry)
      const prefixed = prefix === '' ? local : `${prefix}:${local}`
      this.#foreign[index] = { prefixed, uri, local }
      this.#foreignMetIn[index] = this.#document
    }
    return FOREIGN + index
  }

  #prefixText(entry: EntryId): string {
    const start = this.#starts[entry]!
    const text = this.#bytes.toString('utf8', start, this.#starts[entry + 1])
    return text.slice(0, Math.max(0, text.indexOf(':')))
  }
}

const wordsOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.length)

const NEVER_MET: UriId = -2
