import type { NodeId, Path, XmlDocument } from '../../formats/xml/xml-document.ts'
import { nameId } from '../../formats/xml/xml-names.ts'

/** Values as XPath sees them: texts as written, no value where there is no element. */

const SCHEME = nameId('schemeID')

/** Of every element at the end of these steps. */
export function textsAt(document: XmlDocument, node: NodeId, steps: Path): readonly string[] {
  return document.all(node, steps).map((found) => document.text(found))
}

/** Of the first one; empty when there is none. */
export function textAt(document: XmlDocument, node: NodeId, steps: Path): string {
  return document.text(document.first(node, steps))
}

/** Of the first one, without white space around it. */
export function trimmedAt(document: XmlDocument, node: NodeId, steps: Path): string {
  return document.trimmed(document.first(node, steps))
}

export function schemeOf(document: XmlDocument, node: NodeId): string | undefined {
  return document.attribute(node, SCHEME)
}

/** The elements there that have one of these schemes. */
export function ofScheme(
  document: XmlDocument,
  node: NodeId,
  steps: Path,
  ...schemes: readonly string[]
): readonly NodeId[] {
  return document
    .all(node, steps)
    .filter((found) => schemes.includes(schemeOf(document, found) ?? ''))
}

/** Unicode characters, as XPath counts them. */
export function lengthOf(text: string): number {
  let count = 0
  for (let at = 0; at < text.length; at += 1) if (!isTrailing(text.charCodeAt(at))) count += 1
  return count
}

const isTrailing = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff

const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/

/** XPath `number`: a double, NaN for what is none. The artefact adds and compares amounts so. */
export function numberOf(trimmed: string): number {
  return NUMBER.test(trimmed) ? Number(trimmed) : NaN
}
