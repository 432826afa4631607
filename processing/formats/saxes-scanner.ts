import { SaxesParser, type SaxesAttributeNS } from 'saxes'
import { LineIndex } from './xml/line-index.ts'
import { DOCTYPE_FAULT, limitFault, malformedFault, versionFault } from './saxes-faults.ts'
import { decodeXml } from './xml/xml-encoding.ts'
import {
  XML_LIMITS,
  type XmlAttribute,
  type XmlFault,
  type XmlHandler,
  type XmlScanner,
} from './xml/xml-scanner.ts'

const XMLNS = 'http://www.w3.org/2000/xmlns/'

/** The scanner on saxes: strict and namespace-aware; what it allows beyond ours is refused here. */
export const scanXml: XmlScanner = (bytes, handler) => {
  const decoded = decodeXml(bytes)
  const { encoding } = decoded
  if ('fault' in decoded) {
    return { fault: decoded.fault, encoding, locate: () => ({ line: 1, column: 1 }) }
  }
  const lines = new LineIndex(decoded.text)
  const locate = (offset: number): { line: number; column: number } => lines.locate(offset)
  try {
    parse(decoded.text, handler)
    return { encoding, locate }
  } catch (error) {
    if (error instanceof Stopped) return { encoding, locate }
    if (!(error instanceof Refused)) throw error
    return { fault: { ...error.fault, ...locate(error.offset) }, encoding, locate }
  }
}

/** Leaves the parser; never seen outside this file. */
class Stopped extends Error {}
class Refused extends Error {
  readonly fault: XmlFault
  readonly offset: number

  constructor(fault: XmlFault, offset: number) {
    super(fault.rule)
    this.fault = fault
    this.offset = offset
  }
}

function parse(text: string, handler: XmlHandler): void {
  const parser = new SaxesParser({ xmlns: true, position: false })
  let depth = 0
  let elements = 0
  let attributes = 0
  let startOffset = 0
  let mayBeLong = false
  let textCharacters = 0
  /** The position saxes is at, within the text. */
  const here = (): number => Math.max(0, Math.min(text.length, parser.position) - 1)
  const refuse = (fault: XmlFault, offset = here()): never => {
    throw new Refused(fault, offset)
  }
  const characters = (piece: string): void => {
    if (depth === 0) return
    textCharacters += piece.length
    if (textCharacters > XML_LIMITS.textCharacters && !mayBeLong) {
      refuse(limitFault('TEXT', XML_LIMITS.textCharacters), startOffset)
    }
    handler.text(piece)
  }

  parser.on('error', ({ message }) => {
    const { fault, offset } = malformedFault(message, text)
    refuse(fault, offset)
  })
  parser.on('doctype', () => refuse(DOCTYPE_FAULT, text.indexOf('<!DOCTYPE')))
  parser.on('xmldecl', ({ version }) => {
    if (version !== undefined && version !== '1.0') refuse(versionFault(version))
  })
  parser.on('opentagstart', ({ name }) => {
    // saxes has consumed the name and one character more, which may be CR LF.
    const guess = parser.position - name.length - 2
    startOffset = text[guess] === '<' ? guess : guess - 1
    attributes = 0
    depth += 1
    elements += 1
    textCharacters = 0
    if (name.length > XML_LIMITS.nameCharacters) {
      refuse(limitFault('NAME', XML_LIMITS.nameCharacters), startOffset)
    }
    if (depth > XML_LIMITS.depth) refuse(limitFault('DEPTH', XML_LIMITS.depth), startOffset)
    if (elements > XML_LIMITS.elements) {
      refuse(limitFault('ELEMENTS', XML_LIMITS.elements), startOffset)
    }
  })
  parser.on('attribute', ({ name, value }) => {
    attributes += 1
    if (value.length > XML_LIMITS.textCharacters) {
      refuse(limitFault('VALUE', XML_LIMITS.textCharacters), startOffset)
    }
    if (attributes > XML_LIMITS.attributes) {
      refuse(limitFault('ATTRIBUTES', XML_LIMITS.attributes), startOffset)
    }
    if (name.length > XML_LIMITS.nameCharacters) {
      refuse(limitFault('NAME', XML_LIMITS.nameCharacters), startOffset)
    }
  })
  parser.on('opentag', (tag) => {
    const element = { uri: tag.uri, local: tag.local, attributes: plainAttributes(tag.attributes) }
    const answer = handler.open(element, startOffset)
    if (answer === 'stop') throw new Stopped()
    mayBeLong = answer === 'long-text'
  })
  parser.on('text', characters)
  parser.on('cdata', characters)
  parser.on('closetag', () => {
    depth -= 1
    textCharacters = 0
    mayBeLong = false
    handler.close()
  })
  parser.write(text).close()
}

const NO_ATTRIBUTES: readonly XmlAttribute[] = []

function plainAttributes(
  attributes: Readonly<Record<string, SaxesAttributeNS>>,
): readonly XmlAttribute[] {
  let found: XmlAttribute[] | undefined
  for (const name in attributes) {
    const { uri, local, value } = attributes[name]!
    if (uri !== XMLNS) (found ??= []).push({ uri, local, value })
  }
  return found ?? NO_ATTRIBUTES
}
