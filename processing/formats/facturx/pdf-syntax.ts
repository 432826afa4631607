/**
 * The objects of a PDF file (ISO 32000-1 §7.3), read from its bytes with limits: what is nested too
 * deep or ends too early is damaged. Content streams and pages are never looked into.
 */
export type PdfValue =
  | null
  | boolean
  | number
  | PdfName
  | PdfString
  | PdfReference
  | PdfStream
  | PdfDictionary
  | readonly PdfValue[]

export class PdfName {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

export class PdfString {
  readonly bytes: Buffer
  constructor(bytes: Buffer) {
    this.bytes = bytes
  }

  /** UTF-16 with its mark, UTF-8 with its mark, else Latin-1 (near enough to PDFDocEncoding). */
  get text(): string {
    const { bytes } = this
    if (bytes[0] === 0xfe && bytes[1] === 0xff) {
      const even = bytes.subarray(2, bytes.length - (bytes.length % 2))
      return Buffer.from(even).swap16().toString('utf16le')
    }
    if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf)
      return bytes.toString('utf8', 3)
    return bytes.toString('latin1')
  }
}

export class PdfReference {
  readonly number: number
  readonly generation: number
  constructor(number: number, generation: number) {
    this.number = number
    this.generation = generation
  }
}

export type PdfDictionary = ReadonlyMap<string, PdfValue>

/** A stream as it stands in the file, still encoded. */
export class PdfStream {
  readonly dictionary: PdfDictionary
  /** Offset of its first byte. */
  readonly start: number
  constructor(dictionary: PdfDictionary, start: number) {
    this.dictionary = dictionary
    this.start = start
  }
}

/** The file is not what PDF says it has to be; never seen outside this folder. */
export class PdfDamage extends Error {}

export const isDictionary = (value: PdfValue | undefined): value is PdfDictionary =>
  value instanceof Map

/** The file asks for more work than an honest one does; never seen outside this folder. */
export class PdfTooLarge extends Error {}

/**
 * What reading one file may take altogether: objects of a hostile file can overlap, so that each of
 * 200,000 is as long as the file.
 */
export class PdfBudget {
  #bytes: number
  #values = MAX_VALUES

  /** @param fileBytes length of the file: an honest one is gone over a few times at most */
  constructor(fileBytes: number) {
    this.#bytes = SPARE_BYTES + 3 * fileBytes
  }

  /** @throws PdfTooLarge */
  takeBytes(count: number): void {
    this.#bytes -= count
    if (this.#bytes < 0) throw new PdfTooLarge()
  }

  /** @throws PdfTooLarge */
  takeValue(): void {
    this.#values -= 1
    if (this.#values < 0) throw new PdfTooLarge()
  }
}

/** Object streams, once inflated, may hold some 64 MiB. */
const SPARE_BYTES = 100 * 1024 * 1024
const MAX_VALUES = 4_000_000
const MAX_DEPTH = 64
const MAX_NAME_BYTES = 512
const MAX_STRING_BYTES = 1024 * 1024
const MAX_ITEMS = 200_000

const SPACES = new Set([0, 9, 10, 12, 13, 32])
const DELIMITERS = new Set(Buffer.from('()<>[]{}/%'))
const isRegular = (byte: number | undefined): boolean =>
  byte !== undefined && !SPACES.has(byte) && !DELIMITERS.has(byte)
const isDigit = (byte: number | undefined): boolean =>
  byte !== undefined && byte >= 0x30 && byte <= 0x39

/** Reads objects one behind the other. @throws PdfDamage, PdfTooLarge */
export class PdfReader {
  readonly #bytes: Buffer
  readonly #budget: PdfBudget
  position: number
  #items = 0

  constructor(bytes: Buffer, budget: PdfBudget, position = 0) {
    this.#bytes = bytes
    this.#budget = budget
    this.position = position
  }

  /** Goes on from a place behind the present one. */
  #moveTo(position: number): void {
    this.#budget.takeBytes(position - this.position)
    this.position = position
  }

  /** The value that starts here, a reference when two numbers and an R do. */
  value(depth = 0): PdfValue {
    this.#items += 1
    this.#budget.takeValue()
    if (depth > MAX_DEPTH || this.#items > MAX_ITEMS) throw new PdfDamage('nested too deep')
    this.#skipSpace()
    const byte = this.#bytes[this.position]
    switch (byte) {
      case 0x2f: // /
        return new PdfName(this.#name())
      case 0x28: // (
        return new PdfString(this.#literalString())
      case 0x5b: // [
        return this.#array(depth)
      case 0x3c: // <
        return this.#bytes[this.position + 1] === 0x3c
          ? this.#dictionary(depth)
          : new PdfString(this.#hexString())
      default:
        return isDigit(byte) || byte === 0x2b || byte === 0x2d || byte === 0x2e
          ? this.#numberOrReference()
          : this.#keyword()
    }
  }

  /** `12 0 obj`, its value, and where its stream starts when it has one. */
  indirectObject(number: number): PdfValue {
    if (this.wholeNumber() !== number) throw new PdfDamage('another object')
    this.wholeNumber()
    this.#expect('obj')
    const value = this.value()
    if (!isDictionary(value)) return value
    this.#skipSpace()
    if (!this.startsWith('stream')) return value
    let start = this.position + 'stream'.length
    if (this.#bytes[start] === 13) start += 1
    if (this.#bytes[start] === 10) start += 1
    return new PdfStream(value, start)
  }

  wholeNumber(): number {
    this.#skipSpace()
    const start = this.position
    let end = start
    while (isDigit(this.#bytes[end]) && end - start <= 15) end += 1
    this.#moveTo(end)
    if (end === start || end - start > 15) throw new PdfDamage('no number')
    return Number(this.#bytes.toString('latin1', start, end))
  }

  startsWith(word: string): boolean {
    return this.#bytes.toString('latin1', this.position, this.position + word.length) === word
  }

  /** Skips white space, then the word. @returns false, and stays, when something else stands there */
  takes(word: string): boolean {
    this.#skipSpace()
    if (!this.startsWith(word)) return false
    this.position += word.length
    return true
  }

  #expect(word: string): void {
    if (!this.takes(word)) throw new PdfDamage(`${word} is missing`)
  }

  #skipSpace(): void {
    let at = this.position
    for (let isComment = false; at < this.#bytes.length; at += 1) {
      const byte = this.#bytes[at]!
      if (byte === 10 || byte === 13) isComment = false
      else if (isComment) continue
      else if (byte === 0x25) isComment = true
      else if (!SPACES.has(byte)) break
    }
    if (at > this.position) this.#moveTo(at)
  }

  #endOfRegular(): number {
    let end = this.position
    while (isRegular(this.#bytes[end])) end += 1
    return end
  }

  #name(): string {
    this.position += 1
    const start = this.position
    this.#moveTo(this.#endOfRegular())
    if (this.position - start > MAX_NAME_BYTES) throw new PdfDamage('name too long')
    const written = this.#bytes.toString('latin1', start, this.position)
    return written.replace(/#([0-9A-Fa-f]{2})/g, (_all: string, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    )
  }

  #array(depth: number): PdfValue[] {
    this.position += 1
    const items: PdfValue[] = []
    while (!this.takes(']')) {
      if (this.position >= this.#bytes.length) throw new PdfDamage('array without end')
      items.push(this.value(depth + 1))
    }
    return items
  }

  #dictionary(depth: number): PdfDictionary {
    this.position += 2
    const entries = new Map<string, PdfValue>()
    while (!this.takes('>>')) {
      if (this.#bytes[this.position] !== 0x2f) throw new PdfDamage('no name in a dictionary')
      const name = this.#name()
      entries.set(name, this.value(depth + 1))
    }
    return entries
  }

  #numberOrReference(): PdfValue {
    const start = this.position
    this.#moveTo(this.#endOfRegular())
    const text = this.#bytes.toString('latin1', start, Math.min(this.position, start + 32))
    if (!/^[+-]?(\d+\.?\d*|\.\d+)$/.test(text)) throw new PdfDamage('no number')
    if (!/^\d+$/.test(text)) return Number(text)
    // `12 0 R`: looked at without moving on when it is only a number.
    const after = this.#bytes.toString('latin1', this.position, this.position + 24)
    const reference = /^[\0\t\n\f\r ]+(\d{1,5})[\0\t\n\f\r ]+R(?![^\0\t\n\f\r ()<>[\]{}/%])/.exec(
      after,
    )
    if (reference === null) return Number(text)
    this.position += reference[0].length
    return new PdfReference(Number(text), Number(reference[1]))
  }

  #keyword(): PdfValue {
    if (this.takes('true')) return true
    if (this.takes('false')) return false
    if (this.takes('null')) return null
    throw new PdfDamage('no value')
  }

  #hexString(): Buffer {
    const start = this.position + 1
    const most = this.#bytes.subarray(start, start + 2 * MAX_STRING_BYTES)
    const length = most.indexOf(0x3e)
    this.#moveTo(start + (length < 0 ? most.length : length + 1))
    if (length < 0) throw new PdfDamage('string without end')
    const digits = most.toString('latin1', 0, length).replaceAll(/[\0\t\n\f\r ]/g, '')
    if (!/^[0-9A-Fa-f]*$/.test(digits)) throw new PdfDamage('no hexadecimal digits')
    return Buffer.from(digits.length % 2 === 0 ? digits : `${digits}0`, 'hex')
  }

  #literalString(): Buffer {
    const bytes: number[] = []
    let nested = 0
    for (let at = this.position + 1; at < this.#bytes.length; at += 1) {
      if (bytes.length > MAX_STRING_BYTES) {
        this.#moveTo(at)
        throw new PdfDamage('string too long')
      }
      const byte = this.#bytes[at]!
      if (byte === 0x5c) at = this.#escape(at + 1, bytes)
      else if (byte === 0x29 && nested === 0) {
        this.#moveTo(at + 1)
        return Buffer.from(bytes)
      } else {
        if (byte === 0x28) nested += 1
        if (byte === 0x29) nested -= 1
        bytes.push(byte)
      }
    }
    this.#moveTo(this.#bytes.length)
    throw new PdfDamage('string without end')
  }

  /** @returns the position of the last byte of the escape sequence that starts at `at` */
  #escape(at: number, bytes: number[]): number {
    const octal = /^[0-7]{1,3}/.exec(this.#bytes.toString('latin1', at, at + 3))?.[0]
    if (octal !== undefined) {
      bytes.push(Number.parseInt(octal, 8) & 0xff)
      return at + octal.length - 1
    }
    const byte = this.#bytes[at]
    if (byte === 13) return this.#bytes[at + 1] === 10 ? at + 1 : at
    if (byte === 10 || byte === undefined) return at
    bytes.push(ESCAPES.get(byte) ?? byte)
    return at
  }
}

const ESCAPES: ReadonlyMap<number, number> = new Map(
  Object.entries({ n: 10, r: 13, t: 9, b: 8, f: 12 }).map(([letter, byte]) => [
    letter.charCodeAt(0),
    byte,
  ]),
)
