/** Numbers from 0 to before 1. */
type Random = () => number

const pick = <T>(random: Random, from: readonly T[]): T => from[Math.floor(random() * from.length)]!

const NAMES = ['a', 'b1', 'Élément', 'x-y', '_', 'q.r', 'ID'] as const
const PREFIXES = ['', '', '', 'p:', 'q:', 'xml:'] as const
const TEXTS = [
  'x',
  ' ',
  '\n  ',
  '\r\n',
  '\r',
  'é€😀',
  '&amp;',
  '&lt;',
  '&#65;',
  '&#x1F600;',
  '&#13;',
  ']]',
  '>',
  '"\'',
  '<!-- c -->',
  '<!---->',
  '<?pi d ?>',
  '<?pi?>',
  '<![CDATA[<&]]>',
  '<![CDATA[]]]]>',
  '<![CDATA[\r\n]]>',
  '-'.repeat(70),
] as const
const VALUES = ['', 'x', ' a\tb ', 'é', '&quot;', '&#10;', '>', "'", '\r\n', '&#xA;z'] as const
const DECLARATIONS = [
  '',
  '',
  '<?xml version="1.0"?>',
  "<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>\n",
] as const

/** A document that is nearly always well-formed, small, and uses a bit of everything. */
export function randomXml(random: Random): string {
  const around = (): string => pick(random, ['', '\n', '<!-- x -->', '<?y?>'])
  const root = randomElement(random, 0)
  return `${pick(random, DECLARATIONS)}${around()}${root}${around()}`
}

function randomElement(random: Random, depth: number): string {
  const name = `${pick(random, PREFIXES)}${pick(random, NAMES)}`
  const declarations =
    depth === 0
      ? ' xmlns:p="urn:p" xmlns:q="urn:q"'
      : pick(random, ['', '', '', ' xmlns="urn:d"', ' xmlns:p="urn:q"', ' xmlns=""'])
  const attributes = Array.from({ length: Math.floor(random() ** 2 * 4) }, () => {
    const value = pick(random, VALUES)
    const quote = value.includes("'") ? '"' : pick(random, ['"', "'"])
    const equals = pick(random, ['=', ' =', '= ', '\n=\t'])
    return ` ${pick(random, PREFIXES)}${pick(random, NAMES)}${equals}${quote}${value}${quote}`
  })
  const start = `<${name}${declarations}${attributes.join('')}${pick(random, ['', ' ', '\n'])}`
  if (random() < 0.2) return `${start}/>`
  const content = Array.from({ length: Math.floor(random() * 5) }, () =>
    depth < 6 && random() < 0.5 ? randomElement(random, depth + 1) : pick(random, TEXTS),
  )
  return `${start}>${content.join('')}</${name}${pick(random, ['', ' '])}>`
}

const DAMAGE = [
  '<',
  '>',
  '&',
  ';',
  '"',
  "'",
  '/',
  '=',
  ' ',
  ':',
  ']]>',
  '--',
  '?>',
  '<!',
  '<?xml ?>',
  '<!DOCTYPE a>',
  '\0',
  '\ufffe',
  '\u00d7',
  '&#0;',
  '&nbsp;',
  'xmlns:p=""',
  ' a="1" a="2"',
] as const

/** The document with a few bytes put in, taken out, or doubled. */
export function damagedXml(text: string, random: Random): string {
  let damaged = text
  for (let count = 1 + Math.floor(random() * 2); count > 0; count -= 1) {
    const at = Math.floor(random() * damaged.length)
    const [from, to] = [at, at + Math.floor(random() * 6)]
    const kind = random()
    const put =
      kind < 0.5 ? pick(random, DAMAGE) : kind < 0.7 ? damaged.slice(from, to).repeat(2) : ''
    damaged = damaged.slice(0, from) + put + damaged.slice(kind < 0.3 ? from : to)
  }
  return damaged
}
