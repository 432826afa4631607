import { XSD_NAMESPACE } from './schema-model.ts'
import type { Attribute, ComplexType, Particle, SchemaModel, TypeRef } from './schema-model.ts'
import type { QName } from './xsd-file.ts'

/**
 * A schema in the notation of `processing/formats/structure/schema-notation.ts`: element and
 * attribute declarations by name, a line each.
 *
 * @param prefixes our prefix of each namespace
 * @param roots elements that a document may begin with, as `ubl:Invoice`
 */
export function writeSchemaNotation(
  model: SchemaModel,
  prefixes: ReadonlyMap<string, string>,
  roots: readonly string[],
): string {
  return new Writer(model, prefixes).write(roots)
}

class Writer {
  readonly #model: SchemaModel
  readonly #prefixes: ReadonlyMap<string, string>
  /** The name that each definition of a type goes by. */
  readonly #names = new Map<string, string>()
  readonly #lines: string[] = []
  /** How often each local element has each type. */
  readonly #localTypes = new Map<string, Map<string, number>>()
  readonly #named = new Map<TypeRef, string>()
  /** Types that are yet to be written, after those that hold them. */
  readonly #waiting: { readonly name: string; readonly type: ComplexType }[] = []
  readonly #met = new Set<string>()
  /** The type that each element usually has. */
  readonly #usual = new Map<string, string>()

  constructor(model: SchemaModel, prefixes: ReadonlyMap<string, string>) {
    this.#model = model
    this.#prefixes = prefixes
  }

  write(roots: readonly string[]): string {
    const globals = new Map<string, string[]>()
    for (const [name, type] of this.#model.elements) {
      const typeName = this.#nameOf(type, name)
      globals.set(typeName, [...(globals.get(typeName) ?? []), this.#prefixed(name)])
      this.#usual.set(this.#prefixed(name), typeName)
    }
    const types: { readonly name: string; readonly type: ComplexType }[] = []
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      types.push(next)
      this.#countLocals(next.type.content)
    }
    const locals = new Map<string, string[]>()
    for (const [name, counts] of this.#localTypes) {
      const [most] = [...counts].toSorted(([, a], [, b]) => b - a)
      const type = most?.[0] ?? ''
      locals.set(type, [...(locals.get(type) ?? []), name])
      this.#usual.set(name, type)
    }
    const lines = types.map(({ name, type }) => this.#typeLine(name, type))
    return [
      `root ${roots.join(' ')}`,
      ...declarations('element', globals),
      ...declarations('local', locals),
      ...this.#lines.toSorted(),
      ...lines.toSorted(),
      '',
    ].join('\n')
  }

  #countLocals(particles: readonly Particle[]): void {
    for (const one of particles) {
      if (one.kind === 'sequence' || one.kind === 'choice') this.#countLocals(one.items)
      if (one.kind !== 'element' || this.#model.elements.get(one.name) === one.type) continue
      const name = this.#prefixed(one.name)
      const type = this.#nameOf(one.type, one.name)
      const counts = this.#localTypes.get(name) ?? new Map<string, number>()
      this.#localTypes.set(name, counts.set(type, (counts.get(type) ?? 0) + 1))
    }
  }

  /** The name of a type in our notation; its definition is written once. */
  #nameOf(type: TypeRef, element: QName): string {
    const known = this.#named.get(type)
    if (known !== undefined) return known
    const complex = this.#model.complex(type)
    if (complex === undefined) {
      const simple = typeof type === 'string' ? type : ''
      return this.#simpleName(simple)
    }
    if (complex.anyAttribute && type === `{${XSD_NAMESPACE}}anyType`) return '#any'
    const definition = this.#definition(complex)
    const origin = this.#origin(type, definition)
    const key =
      complex.value !== undefined ? definition : typeof origin === 'string' ? origin : element
    const name = this.#names.get(key) ?? this.#newName(origin, element)
    this.#names.set(key, name)
    this.#named.set(type, name)
    if (!this.#met.has(name)) {
      this.#met.add(name)
      this.#waiting.push({ name, type: complex })
      this.#visit(complex.content)
    }
    return name
  }
  #visit(particles: readonly Particle[]): void {
    for (const one of particles) {
      if (one.kind === 'sequence' || one.kind === 'choice') this.#visit(one.items)
      else if (one.kind === 'element') this.#nameOf(one.type, one.name)
    }
  }

  /** The farthest ancestor that says the same: `udt:AmountType` for each of its many copies. */
  #origin(type: TypeRef, definition: string): TypeRef {
    const base = this.#model.complex(type)?.base
    const parent = base === undefined ? undefined : this.#model.complex(base)
    return base === undefined || parent === undefined || this.#definition(parent) !== definition
      ? type
      : this.#origin(base, definition)
  }

  #definition(type: ComplexType): string {
    return type.value === undefined
      ? ''
      : `${this.#simpleName(type.value)}${type.attributes.map((one) => ` ${this.#attribute(one)}`).join('')}`
  }

  #newName(type: TypeRef, element: QName): string {
    const local = localOf(typeof type === 'string' ? type : element)
    const short = local.replace(/Type$/, '')
    const taken = new Set(this.#names.values())
    const prefix = typeof type === 'string' ? (this.#prefixes.get(uriOf(type)) ?? '') : ''
    const candidates = [short, local, `${prefix}.${short}`, ...numbered(short)]
    const name = candidates.find((one) => !taken.has(one) && one !== 'ID')
    if (name === undefined) throw new Error(`Too many types are named ${short}.`)
    return name
  }

  #simpleName(type: QName): string {
    const simple = this.#model.simple(type)
    if (simple === undefined) return localOf(type)
    const { base, enumeration, minLength, maxLength } = simple
    const facets = [
      ...(minLength === undefined ? [] : [`min=${minLength}`]),
      ...(maxLength === undefined ? [] : [`max=${maxLength}`]),
      ...enumeration.map((value) => `=${encodeURIComponent(value)}`),
    ]
    if (facets.length === 0) return this.#simpleName(base)
    const name = localOf(type).replace(/(Content)?Type$/, '')
    const line = `simple ${name} ${this.#simpleName(base)} ${facets.join(' ')}`
    if (!this.#lines.includes(line)) this.#lines.push(line)
    return name
  }

  #typeLine(name: string, type: ComplexType): string {
    const parts =
      type.value === undefined
        ? ['type', name, ...(type.mixed ? ['#mixed'] : []), ...this.#items(type.content)]
        : ['value', name, this.#simpleName(type.value)]
    const attributes = type.attributes.map((one) => this.#attribute(one))
    return [...parts, ...attributes, ...(type.anyAttribute ? ['@*'] : [])].join(' ')
  }

  #items(particles: readonly Particle[]): string[] {
    return particles.flatMap((one): string[] => {
      const occurs = occursText(one)
      switch (one.kind) {
        case 'element': {
          const name = this.#prefixed(one.name)
          const type = this.#nameOf(one.type, one.name)
          return [`${name}${this.#usual.get(name) === type ? '' : `=${type}`}${occurs}`]
        }
        case 'any':
          return [`#${one.isStrict ? 'strict' : 'lax'}${this.#exception(one.except)}${occurs}`]
        case 'sequence':
        case 'choice': {
          const items = one.items.map((item) => this.#items([item]).join(' '))
          if (one.kind === 'sequence' && occurs === '') return items
          return ['(', items.join(one.kind === 'choice' ? ' | ' : ' '), `)${occurs}`]
        }
      }
    })
  }

  #exception(uri: string | undefined): string {
    return uri === undefined ? '' : `-except:${this.#prefixes.get(uri) ?? ''}`
  }

  #attribute({ name, type, required, fixed }: Attribute): string {
    const simple = this.#simpleName(type)
    return `@${name}${required ? '!' : ''}${simple === 'string' ? '' : `:${simple}`}${fixed === undefined ? '' : `=${encodeURIComponent(fixed)}`}`
  }

  #prefixed(name: QName): string {
    const prefix = this.#prefixes.get(uriOf(name))
    if (prefix === undefined) throw new Error(`${name} is in a namespace without prefix of ours.`)
    return `${prefix}:${localOf(name)}`
  }
}

/** A line for each type, and one for all types that go by the local names of their elements. */
function declarations(keyword: string, byType: ReadonlyMap<string, readonly string[]>): string[] {
  const own: string[] = []
  const lines: string[] = []
  for (const [type, names] of byType) {
    const isOwn = (name: string): boolean => name.replace(/^.*:/, '') === type
    own.push(...names.filter(isOwn))
    const others = names.filter((name) => !isOwn(name))
    if (others.length > 0) lines.push(`${keyword} ${type} ${others.toSorted().join(' ')}`)
  }
  return [...(own.length > 0 ? [`${keyword} * ${own.toSorted().join(' ')}`] : []), ...lines]
}

const localOf = (name: QName): string => name.slice(name.indexOf('}') + 1)

const uriOf = (name: QName): string => name.slice(1, name.indexOf('}'))

function* numbered(name: string): Iterable<string> {
  for (let number = 2; number < 100; number += 1) yield `${name}${number}`
}

function occursText({ min, max }: Particle): string {
  if (max === 1) return min === 1 ? '' : '?'
  if (max !== Number.POSITIVE_INFINITY) return `{${min},${max}}`
  return min === 0 ? '*' : '+'
}
