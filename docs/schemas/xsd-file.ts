import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { SaxesParser } from 'saxes'

const XSD = 'http://www.w3.org/2001/XMLSchema'

/** A name with its namespace, as one string: `{uri}local`. */
export type QName = string

export const qname = (uri: string, local: string): QName => `{${uri}}${local}`

/** An element of an XML Schema file; annotations and what is not XML Schema are left out. */
export interface XsdNode {
  readonly local: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: XsdNode[]
  readonly targetNamespace: string
  /** The name that an attribute's value (`cbc:ID`) stands for where it is written. */
  readonly resolve: (value: string) => QName
}

/** Every top-level node of these XML Schema files and of all that they import or include. */
export function readXsdFiles(paths: readonly string[]): XsdNode[] {
  const seen = new Set<string>()
  const nodes: XsdNode[] = []
  const read = (path: string): void => {
    if (seen.has(path)) return
    seen.add(path)
    for (const node of readXsdFile(path).children) {
      const location = node.attributes['schemaLocation']
      if (node.local !== 'import' && node.local !== 'include') nodes.push(node)
      else if (location !== undefined) read(resolve(dirname(path), location))
    }
  }
  for (const path of paths) read(path)
  return nodes
}

function readXsdFile(path: string): XsdNode {
  const parser = new SaxesParser({ xmlns: true })
  const open: XsdNode[] = []
  let root: XsdNode | undefined
  let ignored = 0
  parser.on('opentag', (tag) => {
    if (ignored > 0 || tag.uri !== XSD || tag.local === 'annotation') {
      ignored += 1
      return
    }
    const attributes: Record<string, string> = {}
    for (const { name, value } of Object.values(tag.attributes)) attributes[name] = value
    const namespaces = new Map<string, string>()
    for (const prefix of ['', ...prefixesIn(Object.values(attributes))]) {
      namespaces.set(prefix, parser.resolve(prefix) ?? '')
    }
    const node: XsdNode = {
      local: tag.local,
      attributes,
      children: [],
      targetNamespace:
        attributes['targetNamespace'] ?? open.at(0)?.attributes['targetNamespace'] ?? '',
      resolve: (value) => {
        const [first = '', second] = value.split(':')
        return second === undefined
          ? qname(namespaces.get('') ?? '', first)
          : qname(namespaces.get(first) ?? '', second)
      },
    }
    open.at(-1)?.children.push(node)
    root ??= node
    open.push(node)
  })
  parser.on('closetag', () => {
    if (ignored > 0) ignored -= 1
    else open.pop()
  })
  parser.on('error', (error) => {
    throw error
  })
  parser.write(readFileSync(path, 'utf8')).close()
  if (root === undefined) throw new Error(`${path} holds no schema.`)
  return root
}

function prefixesIn(values: readonly string[]): string[] {
  return values.flatMap((value) => /^([\w.-]+):[\w.-]+$/.exec(value)?.[1] ?? [])
}
