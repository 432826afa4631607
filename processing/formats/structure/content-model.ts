import { NONE } from '../xml/xml-document.ts'
import type { NameId } from '../xml/xml-names.ts'

/** A place of a content model where any element may stand. */
export interface Wildcard {
  /** Namespace whose elements may not stand there; undefined = any may. */
  readonly exceptUri: string | undefined
  /** Only elements that are declared. */
  readonly isStrict: boolean
}

/**
 * What an element may hold, as places in a row: the n-th name of its definition is place n. State 0
 * is the start of the element, state n + 1 is "place n was the last". A place is followed by those
 * that the definition lets come next, so that one look at a byte tells whether a child may stand
 * where it does.
 */
export class ContentModel {
  readonly size: number
  /** Name at each place; NONE = a wildcard. */
  readonly names: readonly NameId[]
  /** Type at each place, by the name it goes by in the schema; undefined = as the name's. */
  readonly typeNames: readonly (string | undefined)[]
  readonly wildcards: ReadonlyMap<number, Wildcard>
  /** `follows[state * size + place]` = 1: after this state, that place may come. */
  readonly follows: Uint8Array
  /** `accepts[state]` = 1: the element may end. */
  readonly accepts: Uint8Array
  /** The next place of the same name; NONE = there is none. */
  readonly #same: Int32Array
  readonly #keys: Int32Array
  readonly #places: Int32Array
  readonly #mask: number

  constructor(parts: {
    readonly names: readonly NameId[]
    readonly typeNames: readonly (string | undefined)[]
    readonly wildcards: ReadonlyMap<number, Wildcard>
    readonly first: ReadonlySet<number>
    readonly last: ReadonlySet<number>
    readonly isNullable: boolean
    readonly follow: readonly ReadonlySet<number>[]
  }) {
    const size = parts.names.length
    this.size = size
    this.names = parts.names
    this.typeNames = parts.typeNames
    this.wildcards = parts.wildcards
    this.follows = new Uint8Array((size + 1) * size)
    this.accepts = new Uint8Array(size + 1)
    for (const place of parts.first) this.follows[place] = 1
    for (const [place, next] of parts.follow.entries()) {
      for (const one of next) this.follows[(place + 1) * size + one] = 1
    }
    this.accepts[0] = parts.isNullable ? 1 : 0
    for (const place of parts.last) this.accepts[place + 1] = 1
    let slots = 4
    while (slots < size * 2) slots *= 2
    this.#mask = slots - 1
    this.#keys = new Int32Array(slots).fill(NONE)
    this.#places = new Int32Array(slots)
    this.#same = new Int32Array(size).fill(NONE)
    for (let place = size - 1; place >= 0; place -= 1) this.#enter(place)
  }

  /** The first place of this name; NONE = it has none here. */
  find(name: NameId): number {
    let slot = name & this.#mask
    for (;;) {
      const key = this.#keys[slot]!
      if (key === name) return this.#places[slot]!
      if (key === NONE) return NONE
      slot = (slot + 1) & this.#mask
    }
  }

  /** The next place of the name that this place has; NONE = it has no other. */
  nextSame(place: number): number {
    return this.#same[place] ?? NONE
  }

  mayFollow(state: number, place: number): boolean {
    return this.follows[state * this.size + place] === 1
  }

  /** Places that may come after this state. */
  nextPlaces(state: number): number[] {
    return this.names.flatMap((_, place) => (this.mayFollow(state, place) ? [place] : []))
  }

  /** `to` may come after this state, with whatever must stand between them. */
  canReach(state: number, to: number, without?: number): boolean {
    const seen = new Set<number>()
    const open = [state]
    for (let from = open.pop(); from !== undefined; from = open.pop()) {
      for (const place of this.nextPlaces(from)) {
        if (place === to) return true
        if (place === without || seen.has(place)) continue
        seen.add(place)
        open.push(place + 1)
      }
    }
    return false
  }

  /** The element can end after this state, with whatever must come first. */
  canEnd(state: number, without?: number): boolean {
    if (this.accepts[state] === 1) return true
    return this.names.some(
      (_, place) =>
        place !== without && this.accepts[place + 1] === 1 && this.canReach(state, place, without),
    )
  }

  #enter(place: number): void {
    const name = this.names[place]!
    if (name === NONE) return
    let slot = name & this.#mask
    while (this.#keys[slot] !== NONE && this.#keys[slot] !== name) slot = (slot + 1) & this.#mask
    if (this.#keys[slot] === name) this.#same[place] = this.#places[slot]!
    this.#keys[slot] = name
    this.#places[slot] = place
  }
}
