import { NONE } from '../xml/xml-document.ts'
import { nameId, NAMESPACES, type NameId } from '../xml/xml-names.ts'
import { ContentModel, type Wildcard } from './content-model.ts'

/** A part of a content model: which of its places may come first and last. */
interface Part {
  readonly first: ReadonlySet<number>
  readonly last: ReadonlySet<number>
  readonly isNullable: boolean
}

const NOTHING: Part = { first: new Set(), last: new Set(), isNullable: true }

/** Reads the content of a `type` line (see schema-notation.ts). @throws when it is malformed */
export function readContent(tokens: readonly string[]): ContentModel {
  const reader = new ContentReader(tokens)
  const part = reader.sequence(false)
  if (!reader.isAtEnd) throw new Error(`Unexpected end of content: ${tokens.join(' ')}`)
  const { names, typeNames, wildcards, follow } = reader
  return new ContentModel({ names, typeNames, wildcards, follow, ...part })
}

class ContentReader {
  readonly names: NameId[] = []
  readonly typeNames: (string | undefined)[] = []
  readonly wildcards = new Map<number, Wildcard>()
  readonly follow: Set<number>[] = []
  readonly #tokens: readonly string[]
  #at = 0

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens
  }

  get isAtEnd(): boolean {
    return this.#at === this.#tokens.length
  }

  /** Up to the end, `|` or `)`. */
  sequence(isInner: boolean): Part {
    let whole = NOTHING
    while (!this.isAtEnd) {
      const token = this.#tokens[this.#at] ?? ''
      if (isInner && (token === '|' || token.startsWith(')'))) break
      whole = this.#join(whole, this.#item())
    }
    return whole
  }

  #item(): Part {
    const start = this.#at
    const { part, occurs } = this.#once()
    const end = this.#at
    const exact = /^\{(\d+),(\d*)\}$/.exec(occurs)
    if (exact === null) return this.#repeated(part, occurs)
    const min = Number(exact[1])
    const isBounded = exact[2] !== ''
    const copies = isBounded ? Number(exact[2]) : Math.max(min, 1)
    let whole = NOTHING
    for (let copy = 0; copy < copies; copy += 1) {
      this.#at = start
      const one = copy === 0 ? part : this.#once().part
      const isLast = !isBounded && copy === copies - 1
      const usual = isLast ? this.#repeated(one, '+') : one
      whole = this.#join(whole, copy < min ? usual : this.#repeated(usual, '?'))
    }
    this.#at = end
    return whole
  }

  #once(): { readonly part: Part; readonly occurs: string } {
    const token = this.#tokens[this.#at] ?? ''
    this.#at += 1
    if (token === '(') {
      let part = this.sequence(true)
      while (this.#tokens[this.#at] === '|') {
        this.#at += 1
        part = either(part, this.sequence(true))
      }
      const end = this.#tokens[this.#at] ?? ''
      if (!end.startsWith(')')) throw new Error(`No end of ( in ${this.#tokens.join(' ')}`)
      this.#at += 1
      return { part, occurs: end.slice(1) }
    }
    const [, name = '', type, occurs = ''] =
      /^([^=?*+{]+)(?:=([^?*+{]+))?([?*+]|\{\d+,\d*\})?$/.exec(token) ?? []
    return { part: this.#place(name, type), occurs }
  }

  #place(name: string, type: string | undefined): Part {
    const place = this.names.length
    const wildcard = /^#(lax|strict)(?:-except:(\w+))?$/.exec(name)
    if (wildcard !== null) {
      const prefix = wildcard[2]
      this.wildcards.set(place, {
        exceptUri:
          prefix === undefined ? undefined : (NAMESPACES as Record<string, string>)[prefix],
        isStrict: wildcard[1] === 'strict',
      })
    }
    this.names.push(wildcard === null ? nameId(name) : NONE)
    this.typeNames.push(type)
    this.follow.push(new Set())
    return { first: new Set([place]), last: new Set([place]), isNullable: false }
  }

  #join(before: Part, after: Part): Part {
    for (const place of before.last) {
      for (const next of after.first) this.follow[place]?.add(next)
    }
    return {
      first: before.isNullable ? both(before.first, after.first) : before.first,
      last: after.isNullable ? both(before.last, after.last) : after.last,
      isNullable: before.isNullable && after.isNullable,
    }
  }

  #repeated(part: Part, occurs: string): Part {
    if (occurs === '*' || occurs === '+') {
      for (const place of part.last) {
        for (const next of part.first) this.follow[place]?.add(next)
      }
    }
    return occurs === '*' || occurs === '?' ? { ...part, isNullable: true } : part
  }
}

function either(one: Part, other: Part): Part {
  return {
    first: both(one.first, other.first),
    last: both(one.last, other.last),
    isNullable: one.isNullable || other.isNullable,
  }
}

const both = (one: ReadonlySet<number>, other: ReadonlySet<number>): Set<number> =>
  new Set([...one, ...other])
