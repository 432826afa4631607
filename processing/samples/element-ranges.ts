/** Where an element stands in the text of its document, as offsets of characters. */
export interface ElementRange {
  /** Of its `<`. */
  readonly start: number
  /** Behind the `>` of its start tag. */
  readonly openEnd: number
  /** Of the `<` of its end tag; an empty element's is `openEnd`. */
  readonly closeStart: number
  /** Behind it all. */
  readonly end: number
  readonly isSelfClosing: boolean
}

/** What may stand between elements, and tags; attributes may hold `>`. Linear on any text. */
const MARKUP =
  /<!--[^]*?-->|<!\[CDATA\[[^]*?\]\]>|<\?[^]*?\?>|<\/[^>]*>|<[^!?/](?:"[^"]*"|'[^']*'|[^>"'])*>/g

/**
 * The elements of a document in the order of their start tags, which is that of `XmlDocument`'s
 * numbers. Only for documents that were read before: it checks nothing.
 */
export function elementRanges(xml: string): ElementRange[] {
  const ranges: {
    start: number
    openEnd: number
    closeStart: number
    end: number
    isSelfClosing: boolean
  }[] = []
  const open: number[] = []
  for (const found of xml.matchAll(MARKUP)) {
    const [tag] = found
    const end = found.index + tag.length
    if (tag.startsWith('<!') || tag.startsWith('<?')) continue
    if (tag.startsWith('</')) {
      const closed = ranges[open.pop() ?? -1]
      if (closed !== undefined) Object.assign(closed, { closeStart: found.index, end })
      continue
    }
    const isSelfClosing = tag.endsWith('/>')
    if (!isSelfClosing) open.push(ranges.length)
    ranges.push({ start: found.index, openEnd: end, closeStart: end, end, isSelfClosing })
  }
  return ranges
}

/** One change of a text: what stands from `start` to before `end` becomes `text`. */
export interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** Applies changes that do not overlap. */
export function applyEdits(xml: string, edits: readonly Edit[]): string {
  const sorted = edits.toSorted((left, right) => right.start - left.start)
  return sorted.reduce(
    (text, edit) => text.slice(0, edit.start) + edit.text + text.slice(edit.end),
    xml,
  )
}

/** The change that gives an element another text, whatever it held. */
export function textEdit(range: ElementRange, text: string): Edit | undefined {
  // An empty element `<a/>` has no place for a text; nobody's identifier is written so.
  return range.isSelfClosing ? undefined : { start: range.openEnd, end: range.closeStart, text }
}
