import {
  isDictionary,
  PdfDamage,
  PdfName,
  PdfStream,
  PdfString,
  type PdfDictionary,
  type PdfValue,
} from './pdf-syntax.ts'
import type { PdfFile } from './pdf-file.ts'

/** A file that travels in a PDF (ISO 32000-1 §7.11.4, ISO 19005-3). */
export interface EmbeddedFile {
  readonly name: string
  /** `Alternative`, `Data`, `Source`, `Supplement` …; undefined = not said. */
  readonly relationship: string | undefined
  readonly stream: PdfStream
  /** Listed among the associated files of the document (`/AF`). */
  readonly isAssociated: boolean
  /** Listed in the tree of names (`/Names /EmbeddedFiles`). */
  readonly isNamed: boolean
}

const MAX_FILES = 1_000
const MAX_TREE_NODES = 10_000
/** Names and further nodes in all nodes together. */
const MAX_LISTED = 100_000

/** Every embedded file, once, those of `/AF` first. @throws PdfDamage */
export function embeddedFiles(pdf: PdfFile, catalog: PdfDictionary): EmbeddedFile[] {
  const files = new Map<PdfStream, EmbeddedFile>()
  const add = (value: PdfValue | undefined, where: 'isAssociated' | 'isNamed'): void => {
    const file = fileOf(pdf, value)
    if (file === undefined) return
    const known = files.get(file.stream) ?? file
    files.set(file.stream, { ...known, [where]: true })
    if (files.size > MAX_FILES) throw new PdfDamage('too many embedded files')
  }
  for (const value of pdf.list(catalog.get('AF'))) add(value, 'isAssociated')
  const names = pdf.dictionary(catalog.get('Names'))
  for (const value of namedFiles(pdf, names?.get('EmbeddedFiles'))) add(value, 'isNamed')
  return [...files.values()]
}

function fileOf(pdf: PdfFile, value: PdfValue | undefined): EmbeddedFile | undefined {
  const specification = pdf.dictionary(value)
  const content = pdf.dictionary(specification?.get('EF'))
  if (specification === undefined || content === undefined) return undefined
  const stream = [content.get('UF'), content.get('F')]
    .map(pdf.resolve)
    .find((one) => one instanceof PdfStream)
  if (stream === undefined) return undefined
  const name = [specification.get('UF'), specification.get('F')]
    .map(pdf.resolve)
    .find((one) => one instanceof PdfString)
  const relationship = pdf.resolve(specification.get('AFRelationship'))
  return {
    name: name?.text ?? '',
    relationship: relationship instanceof PdfName ? relationship.name : undefined,
    stream,
    isAssociated: false,
    isNamed: false,
  }
}

/** The values of a name tree, which may nest and, in a hostile file, run in circles. */
function* namedFiles(pdf: PdfFile, root: PdfValue | undefined): Generator<PdfValue> {
  const seen = new Set<PdfDictionary>()
  const waiting: (PdfValue | undefined)[] = [root]
  let listed = 0
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    const dictionary = pdf.resolve(node)
    if (!isDictionary(dictionary)) continue
    if (seen.has(dictionary)) throw new PdfDamage('a tree of names in a circle')
    seen.add(dictionary)
    if (seen.size > MAX_TREE_NODES) throw new PdfDamage('too many names')
    const pairs = pdf.list(dictionary.get('Names'))
    const kids = pdf.list(dictionary.get('Kids'))
    // Many nodes may refer to one list.
    listed += pairs.length + kids.length
    if (listed > MAX_LISTED) throw new PdfDamage('too many names')
    for (let at = 1; at < pairs.length; at += 2) yield pairs[at]!
    for (const kid of kids) waiting.push(kid)
  }
}
