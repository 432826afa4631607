/**
 * Which elements of a format are read, what each may hold, and how often it may come: one tree per
 * kind of document. An element that has no place in the tree is skipped with all it holds.
 */
export interface Shape {
  /** With the prefix that paths show: `cac:Party`. */
  readonly name: string
  readonly uri: string
  readonly local: string
  readonly content: Content
  /** How often it may come under one parent, as the schema of the format says. */
  readonly max: number
  readonly children: ReadonlyMap<string, Shape>
}

/** `group` holds elements; the others hold text of that XML Schema type. */
export type Content = 'group' | 'text' | 'decimal' | 'date' | 'boolean' | 'base64'

/** Makes shapes out of prefixed names; `*` behind the name = any number of times. */
export function shapesWith(namespaces: Readonly<Record<string, string>>): {
  readonly leaf: (name: string, content?: Exclude<Content, 'group'>) => Shape
  readonly group: (name: string, ...children: readonly Shape[]) => Shape
} {
  const shape = (marked: string, content: Content, children: readonly Shape[]): Shape => {
    const name = marked.replace('*', '')
    const [prefix = '', local = ''] = name.split(':')
    return {
      name,
      uri: namespaces[prefix] ?? '',
      local,
      content,
      max: marked.endsWith('*') ? Number.POSITIVE_INFINITY : 1,
      children: new Map(children.map((child) => [child.local, child])),
    }
  }
  return {
    leaf: (name, content = 'text') => shape(name, content, []),
    group: (name, ...children) => shape(name, 'group', children),
  }
}
