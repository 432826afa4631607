import { AttributeReader } from './attribute-reader.ts'
import { IS_SPACE } from './byte-classes.ts'
import { DocumentFiller } from './document-filler.ts'
import type { ElementStore } from './element-store.ts'
import { NameCache, NO_ENTRY, UNFINISHED, type EntryId } from './name-cache.ts'
import { NamespaceBindings } from './namespace-bindings.ts'
import { OpaqueReader } from './opaque-reader.ts'
import { TextReader } from './text-reader.ts'
import { NONE, type Locate, type NodeId, type XmlDocument } from './xml-document.ts'
import { declarationFault, declarationLength } from './xml-declaration.ts'
import { limitFault, MALFORMED, Refused } from './xml-faults.ts'
import { CONTENT, type XmlListener } from './xml-listener.ts'
import { XML_LIMITS } from './xml-limits.ts'

/**
 * Reads XML 1.0 with namespaces from bytes that are known to be UTF-8, in one pass, and puts its
 * elements into a document. What is not well-formed, or beyond a limit, leaves as `Refused`.
 */
export class ByteScanner {
  readonly #store: ElementStore
  readonly #document: XmlDocument
  readonly #filler: DocumentFiller
  readonly #text: TextReader
  readonly #opaque: OpaqueReader
  #bindings = new NamespaceBindings()
  #names = new NameCache(this.#bindings)
  #attributes: AttributeReader
  #listener: XmlListener | undefined
  #locate: Locate | undefined
  /** Names of the open elements, as they were written. */
  readonly #open = new Int32Array(XML_LIMITS.depth + 2)
  #elements = 0
  #isAtStart = true
  #isStopped = false
  #bytes: Buffer = Buffer.alloc(0)
  #limit = 0
  #isLast = true

  constructor(store: ElementStore, document: XmlDocument) {
    this.#store = store
    this.#document = document
    this.#filler = new DocumentFiller(store)
    this.#text = new TextReader(this.#filler)
    this.#opaque = new OpaqueReader(this.#text)
    this.#attributes = new AttributeReader(this.#names, this.#filler, store)
  }

  /**
   * Begins a document: all of it is `input`; or it comes in pieces, and `locate` says at once where
   * an offset in the piece at hand is.
   */
  begin(listener: XmlListener | undefined, from: { input: Buffer } | { locate: Locate }): void {
    if (this.#names.size > KEPT_NAMES || this.#bindings.isLarge) {
      this.#bindings = new NamespaceBindings()
      this.#names = new NameCache(this.#bindings)
      this.#attributes = new AttributeReader(this.#names, this.#filler, this.#store)
    }
    this.#bindings.reset()
    this.#names.beginDocument()
    this.#filler.begin('input' in from ? from.input : undefined, this.#names.foreignNames)
    this.#locate = 'locate' in from ? from.locate : undefined
    this.#listener = listener
    this.#elements = 0
    this.#text.isMidText = false
    this.#opaque.reset()
    this.#isAtStart = true
    this.#isStopped = false
  }

  /** NONE outside the root element. */
  get openNode(): NodeId {
    return this.#filler.depth > 0 ? this.#filler.openNode : NONE
  }

  /** The listener wants no more. */
  get isStopped(): boolean {
    return this.#isStopped
  }

  /**
   * Scans what it can of these bytes.
   * @returns how many were used; the others are to come again with more behind them, unless `isLast`
   * @throws Refused
   */
  scan(bytes: Buffer, isLast: boolean): number {
    this.#bytes = bytes
    this.#names.scan(bytes)
    this.#limit = bytes.length
    this.#isLast = isLast
    let at = 0
    if (this.#isAtStart) {
      const length = declarationLength(bytes, isLast)
      if (length === undefined) return 0
      this.#isAtStart = false
      const fault = length === 0 ? undefined : declarationFault(bytes.subarray(0, length))
      if (fault !== undefined) throw new Refused(fault, 0)
      at = length
    }
    while (at < this.#limit && !this.#isStopped) {
      const next = this.#opaque.isInside
        ? this.#opaque.read(bytes, at, this.#limit)
        : this.#item(at)
      if (next < 0) {
        if (isLast) throw new Refused(MALFORMED.cut, this.#limit)
        return ~next
      }
      at = next
    }
    if (isLast && !this.#isStopped) this.#finish()
    return at
  }

  #finish(): void {
    if (this.#filler.depth > 0 || this.#opaque.isInside) {
      throw new Refused(MALFORMED.cut, this.#limit)
    }
    if (this.#elements === 0) throw new Refused(MALFORMED.noElement, this.#limit)
  }

  /** One tag, text or other item. @returns where it ends; `~start` of what needs more bytes */
  #item(at: number): number {
    const bytes = this.#bytes
    const limit = this.#limit
    if (bytes[at] !== 0x3c) {
      const isInRoot = this.#filler.depth > 0
      return isInRoot ? this.#text.read(bytes, at, limit, this.#isLast) : this.#between(at)
    }
    if (at + 1 === limit) return ~at
    switch (bytes[at + 1]) {
      case 0x2f:
        return this.#endTag(at)
      case 0x21:
        return this.#opaque.beginDeclared(bytes, at, limit, this.#filler.depth > 0)
      case 0x3f:
        return this.#opaque.beginInstruction(bytes, at, limit)
      default:
        return this.#startTag(at)
    }
  }

  /** Outside the root element only white space may stand. */
  #between(start: number): number {
    let at = start
    while (at < this.#limit && IS_SPACE[this.#bytes[at]!] === 1) at += 1
    if (at === start) throw new Refused(MALFORMED.outsideText, at)
    return at
  }

  #startTag(start: number): number {
    if (this.#filler.depth === 0 && this.#elements > 0) {
      throw new Refused(MALFORMED.secondRoot, start)
    }
    const bytes = this.#bytes
    const limit = this.#limit
    const names = this.#names
    const attributes = this.#attributes
    attributes.begin()
    const entry = names.find(bytes, start + 1, limit)
    if (entry === UNFINISHED) return this.#unfinishedTag(start)
    if (entry === NO_ENTRY) throw new Refused(MALFORMED.syntax, start)
    let at = names.end
    // Most tags have no attributes.
    if (bytes[at] !== 0x3e) {
      at = attributes.read(bytes, at, limit, start)
      if (at < 0) return this.#unfinishedTag(start)
    }
    const isEmpty = bytes[at] === 0x2f
    if (isEmpty) {
      at += 1
      if (at === limit) return this.#unfinishedTag(start)
      if (bytes[at] !== 0x3e) throw new Refused(MALFORMED.syntax, at)
    }
    if (at - start > XML_LIMITS.tagBytes) throw longTag(start)
    this.#openElement(entry, start)
    if (isEmpty) this.#closeElement()
    return at + 1
  }

  /** The tag has to come again with more bytes; what it put into the document is taken back. */
  #unfinishedTag(start: number): number {
    this.#attributes.forget()
    if (this.#limit - start > XML_LIMITS.tagBytes) throw longTag(start)
    return ~start
  }

  #openElement(entry: EntryId, start: number): void {
    const filler = this.#filler
    const depth = filler.depth + 1
    if (depth > XML_LIMITS.depth) throw new Refused(limitFault('DEPTH', XML_LIMITS.depth), start)
    this.#elements += 1
    if (this.#elements > XML_LIMITS.elements) {
      throw new Refused(limitFault('ELEMENTS', XML_LIMITS.elements), start)
    }
    const attributes = this.#attributes
    if (attributes.count > 0) attributes.declare(this.#bindings, depth, start)
    const name = this.#names.elementName(entry, start)
    const place = this.#locate?.(start)
    const node =
      place === undefined
        ? filler.open(name, start, 0)
        : filler.open(name, place.line, place.column)
    if (attributes.count > 0) attributes.store(start)
    this.#open[depth] = entry
    this.#text.isMidText = false
    if (this.#listener === undefined) return
    const content = this.#listener.open(node, name)
    if (content === CONTENT.binary) filler.beginBinary()
    else if (content === CONTENT.stop) this.#isStopped = true
  }

  #endTag(start: number): number {
    const { depth } = this.#filler
    if (depth === 0) throw new Refused(MALFORMED.mismatch, start)
    const bytes = this.#bytes
    const limit = this.#limit
    const entry = this.#open[depth]!
    const nameEnd = start + 2 + this.#names.lengthOf(entry)
    if (nameEnd >= limit) {
      const isCut = bytes.indexOf(0x3e, start) < 0
      if (isCut) return ~start
      throw new Refused(MALFORMED.mismatch, start)
    }
    if (!this.#names.isSame(entry, start + 2, nameEnd)) {
      throw new Refused(MALFORMED.mismatch, start)
    }
    let at = nameEnd
    while (at < limit && IS_SPACE[bytes[at]!] === 1) at += 1
    if (at === limit) {
      if (at - start > XML_LIMITS.tagBytes) throw longTag(start)
      return ~start
    }
    if (bytes[at] !== 0x3e) throw new Refused(MALFORMED.mismatch, start)
    this.#closeElement()
    return at + 1
  }

  #closeElement(): void {
    const filler = this.#filler
    this.#bindings.leave(filler.depth)
    const node = filler.close()
    this.#text.isMidText = false
    if (this.#listener === undefined) return
    const document = this.#document
    const start = document.textStart(node)
    const end = document.textEnd(node)
    this.#listener.close(node, document.name(node), document.textBytes(node), start, end)
  }
}

/** Caches are emptied between documents when they hold more. */
const KEPT_NAMES = 5_000

const longTag = (start: number): Refused =>
  new Refused(limitFault('TAG', XML_LIMITS.tagBytes), start)
