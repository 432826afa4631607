import { gunzipSync } from 'node:zlib'
import { TarReader } from '../archives/tar-reader.ts'
import { NONE } from '../formats/xml/xml-document.ts'
import { nameId } from '../formats/xml/xml-names.ts'
import { XmlReader } from '../formats/xml/xml-reader.ts'

/** What a partner reads out of an integration report (reference chorus-pro-edi §9.1). */
export interface ReadReport {
  /** Identifier of the flow it answers. */
  readonly flowIdentifier: string
  /** 90 integrated, 93 refused, 96 partially integrated. */
  readonly status: '90' | '93' | '96' | (string & {})
  readonly comment: string
  readonly errors: readonly {
    /** Ordinal of the invoice in the flow; 0 = the flow itself. */
    readonly part: number
    readonly code: string
    readonly label: string
    readonly description: string
  }[]
}

/** A report is small; one that unpacks to more is none. */
const MAX_REPORT_BYTES = 64 * 1024 * 1024

/**
 * Reads a report as it was fetched: `.tar.gz` with the report as first document, or the bare document.
 * @throws Error when it is neither
 */
export function readCsoReport(content: Buffer): ReadReport {
  return readDocument(firstDocument(content))
}

/**
 * The document of a return flow as it was fetched: `.tar.gz`, or the bare document. Behind a report the
 * statuses of the invoices may stand, in a second one.
 * @throws Error when an archive does not hold together
 */
export function firstDocument(content: Buffer): Buffer {
  const isPacked = content[0] === 0x1f && content[1] === 0x8b
  return isPacked ? firstFile(content) : content
}

function firstFile(content: Buffer): Buffer {
  const pieces: Buffer[] = []
  let files = 0
  const reader = new TarReader({
    entry: () => {
      files += 1
    },
    content: (bytes) => {
      if (files === 1) pieces.push(Buffer.from(bytes))
    },
    entryEnd: () => {},
  })
  reader.write(gunzipSync(content, { maxOutputLength: MAX_REPORT_BYTES }))
  reader.end()
  return Buffer.concat(pieces)
}

const LINE = nameId('IdLigne')

function readDocument(xml: Buffer): ReadReport {
  const reader = new XmlReader()
  const { document } = reader
  const { fault } = reader.read(xml)
  if (fault !== undefined) throw new Error(`Not an integration report. ${fault.detail.en}`)
  const texts = new Map<string, string>()
  const errors: ReadReport['errors'][number][] = []
  for (let node = 0; node < document.size; node += 1) {
    const { local } = document.nameOf(node)
    texts.set(local, document.text(node))
    if (local !== 'LigneErreurDetail') continue
    const line = new Map<string, string>()
    for (let child = document.firstChild(node); child !== NONE;) {
      line.set(document.nameOf(child).local, document.text(child))
      child = document.nextSibling(child)
    }
    errors.push({
      part: Number(document.attribute(node, LINE) ?? 0),
      code: line.get('CodeErreur') ?? '',
      label: line.get('LibelleErreur') ?? '',
      description: line.get('DescriptionErreur') ?? '',
    })
  }
  const status = texts.get('IdStatut')
  if (status === undefined) throw new Error('Not an integration report: it has no IdStatut.')
  return {
    flowIdentifier: texts.get('IdFlux') ?? '',
    status,
    comment: texts.get('Commentaire') ?? '',
    errors,
  }
}
