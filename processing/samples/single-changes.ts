import { applyEdits, elementRanges, type Edit, type ElementRange } from './element-ranges.ts'
import { SampleFault } from './adapt-invoice.ts'

/** A document with one change in it. */
export interface SingleChange {
  readonly kind: ChangeKind
  /** Of the element, in the document as it was. */
  readonly range: ElementRange
  readonly edits: readonly Edit[]
  readonly changed: string
}

export type ChangeKind = (typeof CHANGES)[number]['kind']

/** Tried on each element in turn, in this order. */
const CHANGES = [
  { kind: 'removed', edits: ({ start, end }: ElementRange) => [{ start, end, text: '' }] },
  { kind: 'emptied', edits: (range: ElementRange, xml: string) => onLeaf(range, xml, () => '') },
  {
    kind: 'number changed',
    edits: (range: ElementRange, xml: string) => onNumber(range, xml, '7'),
  },
  { kind: 'sign changed', edits: (range: ElementRange, xml: string) => onNumber(range, xml, '-') },
  {
    kind: 'decimals added',
    edits: (range: ElementRange, xml: string) => onNumber(range, xml, '.123'),
  },
  {
    kind: 'code replaced',
    edits: (range: ElementRange, xml: string) => onLeaf(range, xml, () => 'ZZZ'),
  },
  {
    kind: 'value of another kind',
    edits: (range: ElementRange, xml: string) => onLeaf(range, xml, () => 'x x'),
  },
  {
    kind: 'lengthened',
    edits: (range: ElementRange, xml: string) =>
      onLeaf(range, xml, (text) => text + '9'.repeat(1_100)),
  },
  { kind: 'date moved back', edits: (range: ElementRange, xml: string) => onDate(range, xml) },
  {
    kind: 'repeated',
    edits: ({ start, end }: ElementRange, xml: string) => [
      { start: end, end, text: xml.slice(start, end) },
    ],
  },
  {
    kind: 'attributes removed',
    edits: (range: ElementRange, xml: string) => withoutAttributes(range, xml),
  },
  {
    kind: 'attribute value replaced',
    edits: (range: ElementRange, xml: string) => otherAttributes(range, xml),
  },
] as const satisfies readonly {
  readonly kind: string
  readonly edits: (range: ElementRange, xml: string) => readonly Edit[]
}[]

/** More elements than this are not tried: samples are small. */
const MAX_ELEMENTS = 3_000

/**
 * Every kind of change of every element, one at a time.
 * @throws SampleFault for a document too large to be tried
 */
export function* singleChanges(xml: string): Generator<SingleChange> {
  const ranges = elementRanges(xml)
  if (ranges.length > MAX_ELEMENTS) throw new SampleFault('it is too large to be tried')
  for (const { kind, edits } of CHANGES) {
    for (const range of ranges) {
      const made = edits(range, xml)
      if (made.length > 0) yield { kind, range, edits: made, changed: applyEdits(xml, made) }
    }
  }
}

/** Elements that hold text alone. */
function onLeaf(
  { openEnd, closeStart, isSelfClosing }: ElementRange,
  xml: string,
  change: (text: string) => string,
): Edit[] {
  const text = xml.slice(openEnd, closeStart)
  if (isSelfClosing || text.includes('<')) return []
  return [{ start: openEnd, end: closeStart, text: change(text) }]
}

function onNumber(range: ElementRange, xml: string, what: '7' | '-' | '.123'): Edit[] {
  const text = xml.slice(range.openEnd, range.closeStart)
  if (!/^\d{1,12}(\.\d{1,6})?$/.test(text)) return []
  const changed = { '7': `7${text}`, '-': `-${text}`, '.123': `${text.split('.')[0]}.123` }[what]
  return [{ start: range.openEnd, end: range.closeStart, text: changed }]
}

function onDate(range: ElementRange, xml: string): Edit[] {
  const text = xml.slice(range.openEnd, range.closeStart)
  const moved = /^\d{4}-\d\d-\d\d$/.test(text)
    ? `1999${text.slice(4)}`
    : /^(19|20)\d{6}$/.test(text)
      ? `1999${text.slice(4)}`
      : undefined
  return moved === undefined ? [] : [{ start: range.openEnd, end: range.closeStart, text: moved }]
}

const ATTRIBUTE = /\s(?!xmlns)[\w:]+\s*=\s*("[^"]*"|'[^']*')/g

function withoutAttributes(range: ElementRange, xml: string): Edit[] {
  return attributesOf(range, xml).map(({ start, end }) => ({ start, end, text: '' }))
}

function otherAttributes(range: ElementRange, xml: string): Edit[] {
  return attributesOf(range, xml).map(({ value, end }) => ({
    start: end - value.length,
    end,
    text: '"ZZZ"',
  }))
}

function attributesOf(
  range: ElementRange,
  xml: string,
): { readonly start: number; readonly end: number; readonly value: string }[] {
  return [...xml.slice(range.start, range.openEnd).matchAll(ATTRIBUTE)].map((found) => {
    const start = range.start + found.index
    return { start, end: start + found[0].length, value: found[1] ?? '' }
  })
}
