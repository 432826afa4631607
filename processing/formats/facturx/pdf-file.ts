import { decodeStream } from './pdf-filters.ts'
import {
  isDictionary,
  PdfBudget,
  PdfDamage,
  PdfReader,
  PdfReference,
  PdfStream,
  PdfTooLarge,
  type PdfDictionary,
  type PdfValue,
} from './pdf-syntax.ts'

/** Limits of one file (reference invoices §9). */
const MAX_OBJECTS = 200_000
const MAX_SECTIONS = 200
/** Object streams held open together. */
const MAX_OBJECT_STREAM_BYTES = 64 * 1024 * 1024
/** What a damaged object stream counts among them. */
const DAMAGED_STREAM_BYTES = 1024 * 1024
/** Of all cross-reference streams: more than the rows of all objects. */
const MAX_SECTION_BYTES = 8 * 1024 * 1024
const MAX_REFERENCE_HOPS = 32
/** Objects that have to be read for one: its stream, the length of that, and so on. */
const MAX_NESTED_OBJECTS = 16

type Entry =
  | { readonly kind: 'at'; readonly offset: number }
  | { readonly kind: 'within'; readonly stream: number; readonly index: number }
  /** Was there in an older section. */
  | { readonly kind: 'freed' }

/** The objects of a PDF file, found by its cross-reference table or stream (ISO 32000-1 §7.5). */
export class PdfFile {
  readonly trailer: PdfDictionary
  readonly #bytes: Buffer
  readonly #entries: ReadonlyMap<number, Entry>
  readonly #objects = new Map<number, PdfValue>()
  readonly #objectStreams = new Map<number, readonly PdfValue[]>()
  readonly #damagedStreams = new Set<number>()
  readonly #budget: PdfBudget
  readonly #reading = new Set<number>()
  #objectStreamBytes = 0

  private constructor(
    bytes: Buffer,
    budget: PdfBudget,
    entries: ReadonlyMap<number, Entry>,
    trailer: PdfDictionary,
  ) {
    this.#bytes = bytes
    this.#budget = budget
    this.#entries = entries
    this.trailer = trailer
  }

  /** @throws PdfDamage, PdfTooLarge when one cannot find one's way in: nothing is repaired */
  static open(bytes: Buffer): PdfFile {
    const header = bytes.subarray(0, 1_024 + 5).indexOf('%PDF-')
    if (header < 0) throw new PdfDamage('no header')
    // Offsets count from the header, whatever stands before it.
    const body = bytes.subarray(header)
    const tailStart = Math.max(0, body.length - 2_048)
    const found = body.subarray(tailStart).lastIndexOf('startxref')
    if (found < 0) throw new PdfDamage('no startxref')
    const budget = new PdfBudget(body.length)
    const behind = tailStart + found + 'startxref'.length
    const start = new PdfReader(body, budget, behind).wholeNumber()
    const { entries, trailer } = readSections(body, budget, start)
    return new PdfFile(body, budget, entries, trailer)
  }

  /** What a reference points to, followed to its end; null when there is nothing. */
  resolve = (value: PdfValue | undefined): PdfValue => {
    let current = value ?? null
    for (let hops = 0; current instanceof PdfReference; hops += 1) {
      if (hops > MAX_REFERENCE_HOPS) throw new PdfDamage('references in a circle')
      current = this.#object(current.number)
    }
    return current
  }

  dictionary(value: PdfValue | undefined): PdfDictionary | undefined {
    const resolved = this.resolve(value)
    if (resolved instanceof PdfStream) return resolved.dictionary
    return isDictionary(resolved) ? resolved : undefined
  }

  list(value: PdfValue | undefined): readonly PdfValue[] {
    const resolved = this.resolve(value)
    return Array.isArray(resolved) ? (resolved as readonly PdfValue[]) : []
  }

  /** Content of a stream, decoded. @throws PdfDamage, PdfTooLarge */
  content(stream: PdfStream): Buffer {
    return decodeStream(this.#raw(stream), stream.dictionary, this.resolve)
  }

  /** Every object that can be read, one after the other: writers leave bad entries nobody uses. */
  *objects(): Generator<PdfValue> {
    for (const number of this.#entries.keys()) {
      try {
        yield this.#object(number)
      } catch (error) {
        this.#reading.clear()
        if (!(error instanceof PdfDamage)) throw error
      }
    }
  }

  #raw({ dictionary, start }: PdfStream): Buffer {
    const length = this.resolve(dictionary.get('Length'))
    if (typeof length !== 'number' || !Number.isInteger(length) || length < 0) {
      throw new PdfDamage('a stream without its length')
    }
    const end = start + length
    if (end > this.#bytes.length) throw new PdfDamage('a stream is cut')
    const after = this.#bytes.toString('latin1', end, end + 'endstream'.length + 2).trimStart()
    if (!after.startsWith('endstream'.slice(0, Math.max(1, after.length)))) {
      throw new PdfDamage('a stream does not end where its length says')
    }
    return this.#bytes.subarray(start, end)
  }

  #object(number: number): PdfValue {
    const known = this.#objects.get(number)
    if (known !== undefined) return known
    const entry = this.#entries.get(number)
    if (entry === undefined || entry.kind === 'freed') return null
    if (this.#reading.has(number) || this.#reading.size > MAX_NESTED_OBJECTS) {
      throw new PdfDamage('references in a circle')
    }
    this.#reading.add(number)
    const value =
      entry.kind === 'at'
        ? new PdfReader(this.#bytes, this.#budget, entry.offset).indirectObject(number)
        : (this.#objectStream(entry.stream)[entry.index] ?? null)
    this.#reading.delete(number)
    this.#objects.set(number, value)
    return value
  }

  /** The objects that one stream holds (ISO 32000-1 §7.5.7). */
  #objectStream(number: number): readonly PdfValue[] {
    const known = this.#objectStreams.get(number)
    if (known !== undefined) return known
    const entry = this.#entries.get(number)
    // An object stream stands in the file itself, never in another one.
    const stream = entry?.kind === 'at' ? this.#object(number) : null
    if (!(stream instanceof PdfStream)) throw new PdfDamage('an object stream is missing')
    if (this.#damagedStreams.has(number)) throw new PdfDamage('an object stream is damaged')
    try {
      const values = this.#readObjectStream(stream)
      this.#objectStreams.set(number, values)
      return values
    } catch (error) {
      this.#damagedStreams.add(number)
      this.#countObjectStream(DAMAGED_STREAM_BYTES)
      throw error
    }
  }

  #countObjectStream(bytes: number): void {
    this.#objectStreamBytes += bytes
    if (this.#objectStreamBytes > MAX_OBJECT_STREAM_BYTES) throw new PdfTooLarge()
  }

  #readObjectStream(stream: PdfStream): readonly PdfValue[] {
    const content = this.content(stream)
    this.#countObjectStream(content.length)
    const count = this.resolve(stream.dictionary.get('N'))
    const first = this.resolve(stream.dictionary.get('First'))
    if (typeof count !== 'number' || typeof first !== 'number' || count > MAX_OBJECTS) {
      throw new PdfDamage('an object stream without its index')
    }
    const index = new PdfReader(content, this.#budget)
    const offsets: number[] = []
    for (let at = 0; at < count; at += 1) {
      index.wholeNumber()
      offsets.push(index.wholeNumber())
    }
    return offsets.map((offset) => new PdfReader(content, this.#budget, first + offset).value())
  }
}

/** Follows the sections from the newest to the oldest; the newest entry of an object counts. */
function readSections(
  bytes: Buffer,
  budget: PdfBudget,
  start: number,
): { readonly entries: ReadonlyMap<number, Entry>; readonly trailer: PdfDictionary } {
  const entries = new Map<number, Entry>()
  const seen = new Set<number>()
  const waiting = [start]
  let room = MAX_SECTION_BYTES
  let trailer: PdfDictionary | undefined
  for (let offset = waiting.shift(); offset !== undefined; offset = waiting.shift()) {
    if (seen.has(offset) || offset >= bytes.length) throw new PdfDamage('sections in a circle')
    seen.add(offset)
    if (seen.size > MAX_SECTIONS) throw new PdfDamage('too many sections')
    const section = readSection(bytes, budget, offset, room)
    room -= section.streamBytes
    for (const [number, entry] of section.entries) {
      if (!entries.has(number)) entries.set(number, entry)
    }
    if (entries.size > MAX_OBJECTS) throw new PdfDamage('too many objects')
    trailer ??= section.dictionary
    // A hybrid file lists its hidden objects in a stream beside the table.
    for (const key of ['XRefStm', 'Prev']) {
      const next = section.dictionary.get(key)
      if (typeof next === 'number') waiting.push(next)
    }
  }
  if (trailer === undefined) throw new PdfDamage('no trailer')
  return { entries, trailer }
}

interface Section {
  readonly entries: ReadonlyMap<number, Entry>
  readonly dictionary: PdfDictionary
  /** Of its stream, inflated. */
  readonly streamBytes: number
}

function readSection(bytes: Buffer, budget: PdfBudget, offset: number, room: number): Section {
  const reader = new PdfReader(bytes, budget, offset)
  if (reader.takes('xref')) return readTable(reader)
  return readCrossReferenceStream(bytes, budget, offset, room)
}

/** `0 10`, then one line of 20 bytes an object. */
function readTable(reader: PdfReader): Section {
  const entries = new Map<number, Entry>()
  while (!reader.takes('trailer')) {
    const first = reader.wholeNumber()
    const count = reader.wholeNumber()
    for (let index = 0; index < count; index += 1) {
      const offset = reader.wholeNumber()
      reader.wholeNumber()
      if (reader.takes('n')) entries.set(first + index, { kind: 'at', offset })
      else if (reader.takes('f')) entries.set(first + index, { kind: 'freed' })
      else throw new PdfDamage('no cross-reference entry')
      if (entries.size > MAX_OBJECTS) throw new PdfDamage('too many objects')
    }
  }
  const dictionary = reader.value()
  if (!isDictionary(dictionary)) throw new PdfDamage('no trailer')
  return { entries, dictionary, streamBytes: 0 }
}

/** ISO 32000-1 §7.5.8. */
function readCrossReferenceStream(
  bytes: Buffer,
  budget: PdfBudget,
  offset: number,
  room: number,
): Section {
  const reader = new PdfReader(bytes, budget, offset)
  const number = reader.wholeNumber()
  reader.position = offset
  const stream = reader.indirectObject(number)
  if (!(stream instanceof PdfStream)) throw new PdfDamage('no cross-reference stream')
  const { dictionary, start } = stream
  const length = dictionary.get('Length')
  // Nothing can be resolved yet: the length and the parameters must stand in the dictionary.
  if (typeof length !== 'number' || start + length > bytes.length) {
    throw new PdfDamage('a cross-reference stream without its length')
  }
  const direct = (value: PdfValue | undefined): PdfValue => value ?? null
  const content = decodeStream(bytes.subarray(start, start + length), dictionary, direct, room)
  const widths = numbers(dictionary.get('W'))
  const size = numbers([dictionary.get('Size') ?? null])[0] ?? 0
  const ranges = numbers(dictionary.get('Index') ?? [0, size])
  const [kindWidth = 0, secondWidth = 0, thirdWidth = 0] = widths
  const rowBytes = kindWidth + secondWidth + thirdWidth
  if (rowBytes === 0 || widths.some((width) => width > 6)) throw new PdfDamage('no widths')
  const entries = new Map<number, Entry>()
  let at = 0
  for (let range = 0; range + 1 < ranges.length; range += 2) {
    for (let index = 0; index < ranges[range + 1]!; index += 1, at += rowBytes) {
      if (at + rowBytes > content.length) {
        return { entries, dictionary, streamBytes: content.length }
      }
      const field = (from: number, width: number, otherwise: number): number =>
        width === 0 ? otherwise : content.readUIntBE(at + from, width)
      const kind = field(0, kindWidth, 1)
      const second = field(kindWidth, secondWidth, 0)
      const third = field(kindWidth + secondWidth, thirdWidth, 0)
      const object = ranges[range]! + index
      if (kind === 0) entries.set(object, { kind: 'freed' })
      if (kind === 1) entries.set(object, { kind: 'at', offset: second })
      if (kind === 2) entries.set(object, { kind: 'within', stream: second, index: third })
      if (entries.size > MAX_OBJECTS) throw new PdfDamage('too many objects')
    }
  }
  return { entries, dictionary, streamBytes: content.length }
}

function numbers(value: PdfValue | undefined): number[] {
  if (!Array.isArray(value)) throw new PdfDamage('no list of numbers')
  return (value as readonly PdfValue[]).map((one) => {
    if (typeof one !== 'number' || !Number.isInteger(one) || one < 0) {
      throw new PdfDamage('no whole number')
    }
    return one
  })
}
