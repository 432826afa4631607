import { IS_SPACE, isNoCharacter, TEXT, VALUE_CLASSES } from './byte-classes.ts'
import type { DocumentFiller } from './document-filler.ts'
import type { ElementStore } from './element-store.ts'
import { NO_ENTRY, UNFINISHED, type NameCache } from './name-cache.ts'
import type { NamespaceBindings } from './namespace-bindings.ts'
import { readReference } from './references.ts'
import { limitFault, MALFORMED, Refused } from './xml-faults.ts'
import { XML_LIMITS } from './xml-limits.ts'

/** The attributes of one start tag: read first, since what they declare holds for its own name. */
export class AttributeReader {
  count = 0
  readonly #names: NameCache
  readonly #filler: DocumentFiller
  readonly #store: ElementStore
  readonly #entries = new Int32Array(XML_LIMITS.attributes)
  /** Of values; negative = in the arena. */
  readonly #starts = new Int32Array(XML_LIMITS.attributes)
  readonly #ends = new Int32Array(XML_LIMITS.attributes)
  /** What the arena held before this tag. */
  #arenaLength = 0

  constructor(names: NameCache, filler: DocumentFiller, store: ElementStore) {
    this.#names = names
    this.#filler = filler
    this.#store = store
  }

  begin(): void {
    this.count = 0
    this.#arenaLength = this.#store.arenaLength
  }

  /** The tag is to be read again from its start. */
  forget(): void {
    this.count = 0
    this.#store.arenaLength = this.#arenaLength
  }

  /**
   * Reads on behind the name of the element at `tagStart`.
   * @returns where the `>` or `/` stands that ends them; negative when more bytes are needed
   */
  read(bytes: Buffer, from: number, limit: number, tagStart: number): number {
    let at = from
    for (;;) {
      const spaces = at
      while (at < limit && IS_SPACE[bytes[at]!] === 1) at += 1
      if (at === limit) return -1
      if (bytes[at] === 0x3e || bytes[at] === 0x2f) return at
      if (at === spaces) {
        throw new Refused(this.count > 0 ? MALFORMED.noSpaceBetween : MALFORMED.syntax, at)
      }
      at = this.#readOne(bytes, at, limit, tagStart)
      if (at < 0) return -1
    }
  }

  #readOne(bytes: Buffer, start: number, limit: number, tagStart: number): number {
    const entry = this.#names.find(bytes, start, limit)
    if (entry === UNFINISHED) return -1
    if (entry === NO_ENTRY) throw new Refused(MALFORMED.syntax, start)
    let at = this.#names.end
    while (at < limit && IS_SPACE[bytes[at]!] === 1) at += 1
    if (at === limit) return -1
    if (bytes[at] !== 0x3d) throw new Refused(MALFORMED.attributeWithoutValue, at)
    at += 1
    while (at < limit && IS_SPACE[bytes[at]!] === 1) at += 1
    if (at === limit) return -1
    const quote = bytes[at]!
    if (quote !== 0x22 && quote !== 0x27) throw new Refused(MALFORMED.unquotedValue, at)
    if (this.count === XML_LIMITS.attributes) {
      throw new Refused(limitFault('ATTRIBUTES', XML_LIMITS.attributes), tagStart)
    }
    this.#entries[this.count] = entry
    const end = this.#readValue(bytes, at + 1, limit, quote)
    if (end < 0) return -1
    if (this.#length(this.count) > XML_LIMITS.textBytes) {
      throw new Refused(limitFault('VALUE', XML_LIMITS.textBytes), tagStart)
    }
    this.count += 1
    return end + 1
  }

  /** @returns where the closing quote stands */
  #readValue(bytes: Buffer, start: number, limit: number, quote: number): number {
    let at = start
    while (at < limit && VALUE_CLASSES[bytes[at]!] === TEXT.plain) at += 1
    if (at === limit) return -1
    if (bytes[at] !== quote) return this.#readMixedValue(bytes, start, at, limit, quote)
    if (bytes === this.#store.input) {
      this.#starts[this.count] = start
      this.#ends[this.count] = at
    } else this.#end(this.#filler.keep(bytes, start, at))
    return at
  }

  /** A value with references, white space to be spaces, or the other quote: put together. */
  #readMixedValue(
    bytes: Buffer,
    valueStart: number,
    from: number,
    limit: number,
    quote: number,
  ): number {
    const filler = this.#filler
    const arenaStart = filler.keep(bytes, valueStart, from)
    let at = from
    let start = from
    for (;;) {
      while (at < limit && VALUE_CLASSES[bytes[at]!] === TEXT.plain) at += 1
      if (at === limit) return -1
      const byte = bytes[at]!
      const kind = VALUE_CLASSES[byte]
      if (byte !== quote && (kind === TEXT.quote || kind === TEXT.lastOfPlane)) {
        if (kind === TEXT.lastOfPlane && isNoCharacter(bytes, at)) {
          throw new Refused(MALFORMED.character, at)
        }
        at += 1
        continue
      }
      filler.keep(bytes, start, at)
      if (byte === quote) {
        this.#end(arenaStart)
        return at
      }
      if (kind === TEXT.ampersand) {
        at = readReference(bytes, at, limit, false, SCRATCH)
        if (at < 0) return -1
        filler.keep(SCRATCH.bytes, 0, SCRATCH.length)
      } else if (kind === TEXT.space || kind === TEXT.carriageReturn) {
        if (at + 1 === limit) return -1
        // CR LF is one line end, hence one space.
        at += byte === 0x0d && bytes[at + 1] === 0x0a ? 2 : 1
        filler.keep(SPACE, 0, 1)
      } else {
        throw new Refused(kind === TEXT.lessThan ? MALFORMED.syntax : MALFORMED.character, at)
      }
      start = at
    }
  }

  /** The value just read runs from there to the arena's end. */
  #end(arenaStart: number): void {
    this.#starts[this.count] = arenaStart
    this.#ends[this.count] = this.#store.arenaLength
  }

  #length(index: number): number {
    const start = this.#starts[index]!
    return this.#ends[index]! - (start < 0 ? ~start : start)
  }

  /** Puts the namespace declarations among them into force. */
  declare(bindings: NamespaceBindings, depth: number, offset: number): void {
    let kept = 0
    for (let index = 0; index < this.count; index += 1) {
      const entry = this.#entries[index]!
      for (let other = 0; other < index; other += 1) {
        if (this.#entries[other] === entry) throw new Refused(MALFORMED.duplicateAttribute, offset)
      }
    }
    for (let index = 0; index < this.count; index += 1) {
      const entry = this.#entries[index]!
      const start = this.#starts[index]!
      const end = this.#ends[index]!
      const prefix = this.#names.declared(entry)
      if (prefix === undefined) {
        this.#entries[kept] = entry
        this.#starts[kept] = start
        this.#ends[kept] = end
        kept += 1
      } else {
        const { input, arena } = this.#store
        const uri =
          start < 0 ? arena.toString('utf8', ~start, end) : input.toString('utf8', start, end)
        bindings.declare(depth, prefix, uri, offset)
      }
    }
    this.count = kept
  }

  /** Puts the others into the document, as those of the element just opened. */
  store(offset: number): void {
    const first = this.#store.attributeCount
    for (let index = 0; index < this.count; index += 1) {
      const name = this.#names.attributeName(this.#entries[index]!, offset)
      for (let other = first; other < this.#store.attributeCount; other += 1) {
        if (this.#store.attributes[other * 3] === name) {
          throw new Refused(MALFORMED.duplicateAttribute, offset)
        }
      }
      this.#filler.addAttribute(name, this.#starts[index]!, this.#ends[index]!)
    }
  }
}

const SCRATCH = { bytes: Buffer.alloc(8), length: 0 }
const SPACE = Buffer.from(' ')
