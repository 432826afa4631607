import { SaxesParser } from 'saxes'
import { NONE, type XmlDocument } from '../../processing/formats/xml/xml-document.ts'

/** An element in a form that can be compared: its own text, and where its start tag stands. */
export interface ElementView {
  readonly name: string
  readonly attributes: readonly string[]
  readonly parent: number
  text: string
  readonly line: number
  readonly column: number
}

const XMLNS = 'http://www.w3.org/2000/xmlns/'
/** White space between child elements is layout. */
const withoutLayout = (text: string): string => text.replaceAll(/[ \t\r\n]+/g, '')

/** Every element of a document, in order. */
export function elementsOf(document: XmlDocument): ElementView[] {
  return Array.from({ length: document.size }, (_, node) => {
    const attributes: string[] = []
    for (let at = document.firstAttribute(node); at < document.endAttribute(node); at += 1) {
      const { uri, local } = document.xmlName(document.attributeName(at))
      attributes.push(`{${uri}}${local}=${document.attributeValue(at)}`)
    }
    const { uri, local } = document.nameOf(node)
    const text = document.text(node)
    return {
      name: `{${uri}}${local}`,
      attributes,
      parent: document.parent(node),
      text: document.firstChild(node) === NONE ? text : withoutLayout(text),
      ...document.lineOf(node),
    }
  })
}

/** What saxes, strict and with namespaces, reads of a document; undefined = it refuses it. */
export function elementsBySaxes(text: string): ElementView[] | undefined {
  const parser = new SaxesParser({ xmlns: true, position: true })
  const elements: (ElementView & { hasChild?: boolean })[] = []
  const open: number[] = []
  let start = { line: 1, column: 1 }
  let isRefused = false
  const refuse = (): void => {
    isRefused = true
  }
  parser.on('error', refuse)
  parser.on('doctype', refuse)
  parser.on('xmldecl', ({ version }) => {
    if (version !== '1.0') refuse()
  })
  const addText = (piece: string): void => {
    const element = elements[open.at(-1) ?? NONE]
    if (element !== undefined) element.text += piece
  }
  parser.on('text', addText)
  parser.on('cdata', addText)
  parser.on('opentagstart', ({ name }) => {
    start = placeOf(text, lastStart(text, parser.position, name))
  })
  parser.on('opentag', ({ uri, local, attributes }) => {
    const parent = open.at(-1) ?? NONE
    if (parent !== NONE) elements[parent]!.hasChild = true
    open.push(elements.length)
    elements.push({
      name: `{${uri}}${local}`,
      attributes: Object.values(attributes)
        .filter((one) => one.uri !== XMLNS)
        .map((one) => `{${one.uri}}${one.local}=${one.value}`),
      parent,
      text: '',
      ...start,
    })
  })
  parser.on('closetag', () => open.pop())
  try {
    parser.write(text).close()
  } catch {
    return undefined
  }
  if (isRefused) return undefined
  return elements.map(({ hasChild = false, ...element }) => ({
    ...element,
    text: hasChild ? withoutLayout(element.text) : element.text,
  }))
}

/** saxes has consumed the name and one character more, which may be CR LF. */
function lastStart(text: string, position: number, name: string): number {
  return text.lastIndexOf(`<${name}`, position - name.length - 1)
}

function placeOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset)
  const lineStart = before.lastIndexOf('\n') + 1
  return { line: before.split('\n').length, column: offset - lineStart + 1 }
}
