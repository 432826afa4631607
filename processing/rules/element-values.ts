import { NONE, type NodeId, type Path, type XmlDocument } from '../formats/xml/xml-document.ts'
import type { NameId } from '../formats/xml/xml-names.ts'
import { doubleOf, readDecimal, type Decimal } from './decimal.ts'

/**
 * Values of elements read from their bytes, without a string for each: numbers, codes, the count of
 * decimals. XPath semantics: no element, no value.
 */

/** A short code as one whole number: comparing two of them compares the texts. */
export type PackedCode = number

const MAX_PACKED = 6
/** Of a text that is too long for a code. */
export const NO_CODE: PackedCode = -1
/** Of an empty text. */
export const EMPTY_CODE: PackedCode = 0

/** Only call it with codes of at most 6 ASCII characters. */
export function packed(code: string): PackedCode {
  return pack(Buffer.from(code), 0, code.length)
}

function pack(bytes: Uint8Array, start: number, end: number): PackedCode {
  if (end - start > MAX_PACKED) return NO_CODE
  let value = 0
  for (let at = start; at < end; at += 1) value = value * 256 + bytes[at]!
  return value
}

function packTrimmed(bytes: Uint8Array, start: number, end: number): PackedCode {
  let first = start
  let last = end
  while (first < last && bytes[first]! <= 0x20) first += 1
  while (last > first && bytes[last - 1]! <= 0x20) last -= 1
  return pack(bytes, first, last)
}

/** Of the element's text without white space around it; EMPTY_CODE when there is no element. */
export function codeOf(document: XmlDocument, node: NodeId): PackedCode {
  if (node === NONE) return EMPTY_CODE
  return packTrimmed(document.textBytes(node), document.textStart(node), document.textEnd(node))
}

/** Of the element's text as written. */
export function exactCodeOf(document: XmlDocument, node: NodeId): PackedCode {
  if (node === NONE) return EMPTY_CODE
  return pack(document.textBytes(node), document.textStart(node), document.textEnd(node))
}

/** Of an attribute's value without white space around it; undefined when it is not given. */
export function attributeCode(
  document: XmlDocument,
  node: NodeId,
  name: NameId,
): PackedCode | undefined {
  const at = document.findAttribute(node, name)
  if (at === NONE) return undefined
  return packTrimmed(
    document.attributeBytes(at),
    document.attributeStart(at),
    document.attributeEnd(at),
  )
}

/** Of an attribute's value as written; undefined when it is not given. */
export function exactAttributeCode(
  document: XmlDocument,
  node: NodeId,
  name: NameId,
): PackedCode | undefined {
  const at = document.findAttribute(node, name)
  if (at === NONE) return undefined
  return pack(document.attributeBytes(at), document.attributeStart(at), document.attributeEnd(at))
}

/** Undefined: no element, or no number (then the structure check refuses the document). */
export function decimalOf(document: XmlDocument, node: NodeId): Decimal | undefined {
  if (node === NONE) return undefined
  return readDecimal(document.textBytes(node), document.textStart(node), document.textEnd(node))
}

/**
 * As a double, -0.00 being less than 0.00: the artefacts' engine compares text with numbers so.
 * Undefined as in `decimalOf`.
 */
export function doubleAt(document: XmlDocument, node: NodeId): number | undefined {
  const value = decimalOf(document, node)
  if (value === undefined) return undefined
  return value === 0 && isNegative(document, node) ? -0 : doubleOf(value)
}

function isNegative(document: XmlDocument, node: NodeId): boolean {
  const bytes = document.textBytes(node)
  let at = document.textStart(node)
  while (bytes[at]! <= 0x20) at += 1
  return bytes[at] === MINUS
}

/** Negative, 0 or positive; -0 is less than 0. */
export function compareDoubles(left: number, right: number): number {
  if (left !== right) return left - right
  return Object.is(left, right) ? 0 : Object.is(left, -0) ? -1 : 1
}

const MINUS = 0x2d
const DOT = 0x2e

/** Characters after the first dot, blanks among them: the artefacts count so. */
export function decimalsOf(document: XmlDocument, node: NodeId): number {
  if (node === NONE) return 0
  const bytes = document.textBytes(node)
  const end = document.textEnd(node)
  let at = document.textStart(node)
  while (at < end && bytes[at] !== DOT) at += 1
  let count = 0
  // A byte 10xxxxxx continues a character.
  for (at += 1; at < end; at += 1) if ((bytes[at]! & 0xc0) !== 0x80) count += 1
  return count
}

/** Characters of the text as written; 0 when there is no element. */
export function lengthOf(document: XmlDocument, node: NodeId): number {
  if (node === NONE) return 0
  const bytes = document.textBytes(node)
  const end = document.textEnd(node)
  let count = 0
  for (let at = document.textStart(node); at < end; at += 1) {
    if ((bytes[at]! & 0xc0) !== 0x80) count += 1
  }
  return count
}

const TRUE = packed('true')
const FALSE = packed('false')
const ONE = packed('1')
const ZERO = packed('0')

/** xs:boolean; undefined = neither. */
export function booleanOf(document: XmlDocument, node: NodeId): boolean | undefined {
  const code = codeOf(document, node)
  if (code === TRUE || code === ONE) return true
  if (code === FALSE || code === ZERO) return false
  return undefined
}

/** How many elements there are at the end of these steps, counted no further than `limit`. */
export function countOf(
  document: XmlDocument,
  node: NodeId,
  steps: Path,
  limit = Infinity,
  depth = 0,
): number {
  const name = steps[depth]
  if (name === undefined) return 1
  let count = 0
  let child = document.child(node, name)
  while (child !== NONE && count < limit) {
    count += countOf(document, child, steps, limit - count, depth + 1)
    child = document.next(child)
  }
  return count
}
