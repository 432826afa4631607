import { checkInvoices, type CheckPolicy } from '../check-invoices.ts'
import { SampleFault, textOf } from './adapt-invoice.ts'
import { applyEdits, elementRanges, type Edit, type ElementRange } from './element-ranges.ts'

/** A file with one change in it. */
export interface BrokenInvoice {
  readonly xml: Buffer
  /** What was changed, for the person: the element's place in the document and what was done. */
  readonly change: { readonly kind: ChangeKind; readonly line: number; readonly element: string }
  /** Rules that the change breaks besides the one that was asked for. */
  readonly alsoBroken: readonly string[]
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
 * Finds the one change of a correct invoice that a rule catches, with as few other rules as can be:
 * every element is tried with every kind of change, and judged.
 * @throws SampleFault when the invoice breaks the rule already, or no single change does
 */
export function breakInvoice(bytes: Uint8Array, rule: string, policy: CheckPolicy): BrokenInvoice {
  const xml = textOf(bytes)
  const before = rulesOf(xml, policy)
  if (before.has(rule)) throw new SampleFault(`it breaks ${rule} already`)
  const ranges = elementRanges(xml)
  if (ranges.length > MAX_ELEMENTS) throw new SampleFault('it is too large to be tried')
  let best: BrokenInvoice | undefined
  for (const { kind, edits } of CHANGES) {
    for (const range of ranges) {
      const made = edits(range, xml)
      if (made.length === 0) continue
      const changed = applyEdits(xml, made)
      const after = rulesOf(changed, policy)
      if (!after.has(rule)) continue
      const alsoBroken = [...after].filter((id) => id !== rule && !before.has(id)).toSorted()
      if (best !== undefined && best.alsoBroken.length <= alsoBroken.length) continue
      const element = /<([^\s/>]+)/.exec(xml.slice(range.start, range.openEnd))?.[1] ?? ''
      const line = xml.slice(0, range.start).split('\n').length
      best = { xml: Buffer.from(changed), change: { kind, line, element }, alsoBroken }
      if (alsoBroken.length === 0) return best
    }
  }
  if (best === undefined) throw new SampleFault(`no single change of it breaks ${rule}`)
  return best
}

/** Fatal and other findings alike, by their rules. */
function rulesOf(xml: string, policy: CheckPolicy): ReadonlySet<string> {
  const { invoices } = checkInvoices(
    { part: 1, file: 'sample.xml', bytes: Buffer.from(xml) },
    policy,
  )
  return new Set(invoices.flatMap(({ findings }) => findings.map(({ rule }) => rule)))
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
