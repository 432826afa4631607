import type { NameId } from '../xml/xml-names.ts'
import { nameId } from '../xml/xml-names.ts'
import type { ContentModel } from './content-model.ts'
import { readContent } from './read-content.ts'
import { BASE_TYPES, baseSimpleType, type BaseType, type SimpleType } from './simple-type.ts'

export interface AttributeRule {
  readonly name: NameId
  readonly type: SimpleType
  readonly isRequired: boolean
  /** The only value that it may have. */
  readonly fixed: string | undefined
}

/** What an element may be: text of a type, or elements. */
export interface ElementType {
  readonly name: string
  /** Of its text; undefined = it holds elements. */
  readonly value: SimpleType | undefined
  /** Its text is base64 of any length. */
  readonly isBinary: boolean
  readonly content: ContentModel
  /** Types of the places of `content`, once they have been asked for. */
  readonly placeTypes: (ElementType | undefined)[]
  /** Text may stand between its elements. */
  readonly isMixed: boolean
  readonly attributes: readonly AttributeRule[]
  readonly requiredAttributes: number
  readonly mayHaveAnyAttribute: boolean
}

/** The type of what nothing is declared of: anything at all. */
export const ANY_TYPE_NAME = '#any'

/**
 * Elements and types of one format, read from our notation: a line a declaration, words parted by
 * blanks, `*` for a type that goes by the element's local name.
 *
 * ```
 * root ubl:Invoice                      what a document may begin with
 * element Amount cbc:Amount …           elements of that type, known wherever anything may stand
 * local Text ram:Name …                 the same, for elements that are known in their place only
 * simple Code token =A =B min=1 max=3   a type of text: values, bounds; `pattern=` a regular expression
 * value Amount decimal @currencyID!     a type of text with attributes; `!` = must be given
 * type Party cbc:Name? ( a | b )* x=T+  a type that holds elements; `=T`: of another type than usual
 * ```
 *
 * Occurrences: none = once, `?`, `*`, `+`, `{2,5}`, `{2,}`. `#lax`, `#strict` = any element (checked where it
 * is declared, or always), `#lax-except:ext` = of any namespace but that; `#mixed` = text too.
 * Attributes: `@name!:type=fixed` (type `string` when none is given), `@*` = any. Values and patterns
 * are URI-encoded.
 */
export class Schema {
  readonly roots: ReadonlySet<NameId>
  /** Elements that are known wherever anything may stand. */
  readonly #globals = new Set<NameId>()
  readonly #typeNames = new Map<NameId, string>()
  /** Definitions by the name of the type, unread until they are needed. */
  readonly #lines = new Map<string, string>()
  readonly #types = new Map<string, ElementType>()
  readonly #simples = new Map<string, SimpleType>()

  /** @throws when a line is malformed */
  constructor(notation: string) {
    const roots = new Set<NameId>()
    for (const line of notation.split('\n')) {
      if (/^(?:type|value|simple) /.test(line)) {
        this.#lines.set(line.split(' ', 2)[1] ?? '', line)
        continue
      }
      const [keyword = '', first = '', ...names] = line.split(' ')
      if (keyword === 'root') for (const name of [first, ...names]) roots.add(nameId(name))
      else {
        for (const name of names) {
          const id = nameId(name)
          this.#typeNames.set(id, first === '*' ? name.replace(/^.*:/, '') : first)
          if (keyword === 'element') this.#globals.add(id)
        }
      }
    }
    this.roots = roots
    // Names of attributes are known before the first document is read.
    for (const [, name = ''] of notation.matchAll(/ @([\w.-]+)/g)) nameId(name)
  }

  /** Of an element where anything may stand; undefined = it is not declared. */
  globalType(name: NameId, root: NameId): ElementType | undefined {
    const isOtherRoot = name !== root && this.roots.has(name)
    return this.#globals.has(name) && !isOtherRoot ? this.typeOf(name) : undefined
  }

  /** Of an element as it usually is; undefined = the format has no such element. */
  typeOf(name: NameId): ElementType | undefined {
    const typeName = this.#typeNames.get(name)
    return typeName === undefined ? undefined : this.type(typeName)
  }

  /** Of the element at a place of a content model. */
  placeType(parent: ElementType, place: number): ElementType {
    const known = parent.placeTypes[place]
    if (known !== undefined) return known
    const name = parent.content.names[place] ?? -1
    const typeName = parent.content.typeNames[place] ?? this.#typeNames.get(name) ?? ''
    const type = this.type(typeName)
    parent.placeTypes[place] = type
    return type
  }

  /** By the name that it goes by in the notation. @throws when there is none of that name */
  type(name: string): ElementType {
    let type = this.#types.get(name)
    if (type === undefined) {
      type = this.#readType(name)
      this.#types.set(name, type)
    }
    return type
  }

  #readType(name: string): ElementType {
    if (name === ANY_TYPE_NAME) return elementType(name, undefined, ['#mixed', '#lax*', '@*'], [])
    const line = this.#lines.get(name)
    const [keyword = '', , ...words] = line?.split(' ') ?? []
    const attributes = words
      .filter((word) => /^@\w/.test(word))
      .map((word) => this.#attribute(word))
    switch (keyword) {
      case 'type':
        return elementType(name, undefined, words, attributes)
      case 'value':
        return elementType(name, this.#simple(words[0] ?? ''), words.slice(1), attributes)
      default:
        return elementType(name, this.#simple(name), [], [])
    }
  }

  #attribute(word: string): AttributeRule {
    const [, name = '', required, type = 'string', fixed] =
      /^@([\w.-]+)(!)?(?::([\w.]+))?(?:=(.*))?$/.exec(word) ?? []
    return {
      name: nameId(name),
      type: this.#simple(type),
      isRequired: required !== undefined,
      fixed: fixed === undefined ? undefined : decodeURIComponent(fixed),
    }
  }

  #simple(name: string): SimpleType {
    let type = this.#simples.get(name)
    if (type === undefined) {
      type = isBaseType(name) ? baseSimpleType(name) : this.#readSimple(name)
      this.#simples.set(name, type)
    }
    return type
  }

  #readSimple(name: string): SimpleType {
    const [keyword, , base = '', ...facets] = this.#lines.get(name)?.split(' ') ?? []
    if (keyword !== 'simple') throw new Error(`The schema has no type ${name}.`)
    const all = (prefix: string): string[] =>
      facets
        .filter((facet) => facet.startsWith(prefix))
        .map((facet) => decodeURIComponent(facet.slice(prefix.length)))
    const parent = this.#simple(base)
    const values = all('=')
    const [min] = all('min=')
    const [max] = all('max=')
    const [pattern] = all('pattern=')
    return {
      base: parent.base,
      values: values.length > 0 ? values : parent.values,
      minLength: min === undefined ? parent.minLength : Number(min),
      maxLength: max === undefined ? parent.maxLength : Number(max),
      pattern: pattern === undefined ? parent.pattern : new RegExp(`^(?:${pattern})$`, 'u'),
      isFree: false,
    }
  }
}

const isBaseType = (name: string): name is BaseType =>
  (BASE_TYPES as readonly string[]).includes(name)

function elementType(
  name: string,
  value: SimpleType | undefined,
  words: readonly string[],
  attributes: readonly AttributeRule[],
): ElementType {
  const content = readContent(words.filter((word) => !/^(@|#mixed$)/.test(word)))
  return {
    name,
    value,
    isBinary: value?.base === 'base64Binary',
    content,
    placeTypes: content.names.map(() => undefined),
    isMixed: words.includes('#mixed'),
    attributes,
    requiredAttributes: attributes.filter(({ isRequired }) => isRequired).length,
    mayHaveAnyAttribute: words.includes('@*'),
  }
}
