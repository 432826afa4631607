/**
 * Reads ASN.1 in DER and BER (X.690): certificates, PKCS#7, CRLs, and the base of the CMS reader.
 * It keeps slices of the input and copies nothing. Bounds hold whatever the bytes say: nesting
 * depth, number of elements, no length past its container. What an element of definite length
 * holds is read when asked for.
 */

export type DerFault =
  /** The input ends inside an element. */
  | 'truncated'
  /** A length runs past the element around it, is longer than any input, or is not DER's shortest. */
  | 'length'
  | 'too-deep'
  | 'too-many'
  /** Bytes follow the outermost element. */
  | 'trailing'
  /** A tag number that is too large, or spelled in another way than the shortest. */
  | 'tag'
  /** Indefinite length where DER is asked for, on a primitive, or its end mark out of place. */
  | 'indefinite'
  /** Another element than the structure has here, or content its type does not allow. */
  | 'unexpected'

/** The bytes are not what they should be: a fault of who sent them. */
export class DerError extends Error {
  override readonly name = 'DerError'
  readonly fault: DerFault
  /** In the input, where the element starts. */
  readonly offset: number

  constructor(fault: DerFault, offset: number, what: string) {
    super(`${what} (at byte ${offset})`)
    this.fault = fault
    this.offset = offset
  }
}

export interface DerLimits {
  readonly maxDepth: number
  /** Elements met, over the whole input. */
  readonly maxElements: number
  /** `ber` also takes indefinite lengths and lengths that are longer than needed. */
  readonly rules: 'der' | 'ber'
}

/** Deeper than any certificate or CMS message nests. */
export const MAX_DER_DEPTH = 32

export type TagClass = 'universal' | 'application' | 'context' | 'private'

const TAG_CLASSES: readonly TagClass[] = ['universal', 'application', 'context', 'private']

/** Universal tag numbers (X.690 §8). */
export const TAG = {
  boolean: 1,
  integer: 2,
  bitString: 3,
  octetString: 4,
  null: 5,
  oid: 6,
  enumerated: 10,
  utf8String: 12,
  sequence: 16,
  set: 17,
  numericString: 18,
  printableString: 19,
  teletexString: 20,
  ia5String: 22,
  utcTime: 23,
  generalizedTime: 24,
  visibleString: 26,
  universalString: 28,
  bmpString: 30,
} as const

/** What stands before an element's content. */
export interface DerHeader {
  readonly tagClass: TagClass
  readonly tag: number
  readonly isConstructed: boolean
  readonly headerBytes: number
  /** Of the content; undefined for an indefinite length. */
  readonly contentBytes: number | undefined
}

/** Tag numbers of 28 bits are more than any structure uses. */
const MAX_TAG_BYTES = 4

/**
 * Reads the header at `offset`.
 * @returns undefined when the input ends inside it
 * @throws DerError for a tag or length that cannot be
 */
export function readDerHeader(
  input: Buffer,
  offset: number,
  rules: DerLimits['rules'],
): DerHeader | undefined {
  const first = input[offset]
  if (first === undefined) return undefined
  let at = offset + 1
  let tag = first & 0x1f
  if (tag === 0x1f) {
    tag = 0
    for (let count = 1; ; count += 1, at += 1) {
      const byte = input[at]
      if (byte === undefined) return undefined
      if (count > MAX_TAG_BYTES || (count === 1 && byte === 0x80)) {
        throw new DerError('tag', offset, 'Tag number out of range')
      }
      tag = tag * 128 + (byte & 0x7f)
      if (byte < 0x80) break
    }
    at += 1
    if (tag < 0x1f) throw new DerError('tag', offset, 'Tag number spelled too long')
  }
  const length = input[at]
  if (length === undefined) return undefined
  at += 1
  const base = {
    tagClass: TAG_CLASSES[first >> 6]!,
    tag,
    isConstructed: (first & 0x20) !== 0,
  }
  if (length < 0x80) return { ...base, headerBytes: at - offset, contentBytes: length }
  if (length === 0x80) {
    if (rules === 'der' || !base.isConstructed) {
      throw new DerError('indefinite', offset, 'Indefinite length where none may be')
    }
    return { ...base, headerBytes: at - offset, contentBytes: undefined }
  }
  const end = at + (length & 0x7f)
  if (length === 0xff) throw new DerError('length', offset, 'Reserved length')
  let contentBytes = 0
  for (; at < end; at += 1) {
    const byte = input[at]
    if (byte === undefined) return undefined
    contentBytes = contentBytes * 256 + byte
    if (contentBytes > Number.MAX_SAFE_INTEGER) {
      throw new DerError('length', offset, 'Length larger than any input')
    }
  }
  const shortest = contentBytes < 0x80 ? 0 : Math.ceil(bitsOf(contentBytes) / 8)
  if (rules === 'der' && shortest !== (length & 0x7f)) {
    throw new DerError('length', offset, 'Length not spelled the shortest way')
  }
  return { ...base, headerBytes: at - offset, contentBytes }
}

/** What all elements of one input share. */
interface Reading {
  readonly input: Buffer
  readonly limits: DerLimits
  elements: number
}

/** One element of the input. */
export class DerElement {
  readonly tagClass: TagClass
  readonly tag: number
  readonly isConstructed: boolean
  /** In the input. */
  readonly offset: number
  /** Header, content and, after an indefinite length, its end mark. */
  readonly raw: Buffer
  /** Without header and end mark. */
  readonly content: Buffer
  readonly #reading: Reading
  readonly #depth: number
  #children: readonly DerElement[] | undefined

  /** Elements are made by `parseDer`. */
  constructor(reading: Reading, offset: number, end: number, depth: number) {
    const { input, limits } = reading
    reading.elements += 1
    if (reading.elements > limits.maxElements) {
      throw new DerError('too-many', offset, `More than ${limits.maxElements} elements`)
    }
    if (depth > limits.maxDepth) throw new DerError('too-deep', offset, 'Nested too deep')
    const header = readDerHeader(input, offset, limits.rules)
    const start = offset + (header?.headerBytes ?? 0)
    if (header === undefined || start > end) throw pastEnd(input, offset, end)
    this.tagClass = header.tagClass
    this.tag = header.tag
    this.isConstructed = header.isConstructed
    this.offset = offset
    this.#reading = reading
    this.#depth = depth
    if (header.tagClass === 'universal' && header.tag === 0) {
      throw new DerError('indefinite', offset, 'End mark out of place')
    }
    if (header.contentBytes === undefined) {
      // Its end is where its parts end: they are read now, once.
      const { children, at } = readUntilEndMark(reading, start, end, depth + 1)
      this.#children = children
      this.content = input.subarray(start, at)
      this.raw = input.subarray(offset, at + END_MARK_BYTES)
    } else {
      if (header.contentBytes > end - start) throw pastEnd(input, offset, end)
      this.content = input.subarray(start, start + header.contentBytes)
      this.raw = input.subarray(offset, start + header.contentBytes)
    }
  }

  /** Its parts. @throws DerError when it is primitive, or they cannot be read */
  children(): readonly DerElement[] {
    if (!this.isConstructed) throw this.unexpected('a constructed element')
    this.#children ??= this.#readChildren()
    return this.#children
  }

  /** True for this universal tag. */
  is(tag: number): boolean {
    return this.tagClass === 'universal' && this.tag === tag
  }

  /** True for `[tag]`. */
  isContext(tag: number): boolean {
    return this.tagClass === 'context' && this.tag === tag
  }

  /** Itself, when it has this universal tag. @throws DerError otherwise */
  as(tag: number, what: string): this {
    if (!this.is(tag)) throw this.unexpected(what)
    return this
  }

  unexpected(wanted: string): DerError {
    return new DerError('unexpected', this.offset, `Not ${wanted}: ${this.tagClass} ${this.tag}`)
  }

  #readChildren(): readonly DerElement[] {
    const children: DerElement[] = []
    const headerBytes = this.content.byteOffset - this.raw.byteOffset
    const end = this.offset + headerBytes + this.content.length
    for (let at = this.offset + headerBytes; at < end;) {
      const child = new DerElement(this.#reading, at, end, this.#depth + 1)
      children.push(child)
      at += child.raw.length
    }
    return children
  }
}

/**
 * Reads the element that `input` starts with.
 * @param after `refuse` bytes after it, allow `line-ends` (stray CR, LF or NUL), or `allow` all
 * @throws DerError
 */
export function parseDer(
  input: Uint8Array,
  limits: DerLimits,
  after: 'refuse' | 'line-ends' | 'allow' = 'refuse',
): DerElement {
  const bytes = Buffer.from(input.buffer, input.byteOffset, input.length)
  const element = new DerElement({ input: bytes, limits, elements: 0 }, 0, bytes.length, 1)
  const rest = bytes.subarray(element.raw.length)
  const isAllowed =
    after === 'allow' || (after === 'line-ends' && rest.every((byte) => STRAY_BYTES.has(byte)))
  if (rest.length > 0 && !isAllowed) {
    throw new DerError('trailing', element.raw.length, `${rest.length} bytes after the end`)
  }
  return element
}

const STRAY_BYTES: ReadonlySet<number> = new Set([0x0a, 0x0d, 0])
/** X.690 §8.1.5 */
const END_MARK_BYTES = 2

function readUntilEndMark(
  reading: Reading,
  start: number,
  end: number,
  depth: number,
): { readonly children: readonly DerElement[]; readonly at: number } {
  const { input } = reading
  const children: DerElement[] = []
  let at = start
  while (!(input[at] === 0 && input[at + 1] === 0 && at + END_MARK_BYTES <= end)) {
    if (at >= end) throw pastEnd(input, at, end)
    const child = new DerElement(reading, at, end, depth)
    children.push(child)
    at += child.raw.length
  }
  return { children, at }
}

function pastEnd(input: Buffer, offset: number, end: number): DerError {
  return end === input.length
    ? new DerError('truncated', offset, 'The input ends inside an element')
    : new DerError('length', offset, 'An element runs past the one around it')
}

function bitsOf(value: number): number {
  return value >= 2 ** 32 ? 32 + bitsOf(Math.floor(value / 2 ** 32)) : 32 - Math.clz32(value)
}
