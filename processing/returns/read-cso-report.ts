import { gunzipSync } from 'node:zlib'
import { SaxesParser } from 'saxes'
import { TarReader } from '../archives/tar-reader.ts'

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
 * Reads a report as it was fetched: `.tar.gz` with one document, or the bare document.
 * @throws Error when it is neither
 */
export function readCsoReport(content: Buffer): ReadReport {
  const isPacked = content[0] === 0x1f && content[1] === 0x8b
  return readDocument(isPacked ? onlyFile(content) : content.toString('utf8'))
}

function onlyFile(content: Buffer): string {
  const pieces: Buffer[] = []
  const reader = new TarReader({
    entry: () => {},
    content: (bytes) => pieces.push(Buffer.from(bytes)),
    entryEnd: () => {},
  })
  reader.write(gunzipSync(content, { maxOutputLength: MAX_REPORT_BYTES }))
  reader.end()
  return Buffer.concat(pieces).toString('utf8')
}

function readDocument(xml: string): ReadReport {
  const texts = new Map<string, string>()
  const errors: ReadReport['errors'][number][] = []
  let line = new Map<string, string>()
  let part = 0
  let text = ''
  const parser = new SaxesParser()
  parser.on('error', (error) => {
    throw error
  })
  parser.on('opentag', (tag) => {
    text = ''
    if (tag.name !== 'LigneErreurDetail') return
    line = new Map()
    part = Number(tag.attributes['IdLigne'] ?? 0)
  })
  parser.on('text', (more) => {
    text += more
  })
  parser.on('closetag', ({ name }) => {
    texts.set(name, text)
    line.set(name, text)
    if (name !== 'LigneErreurDetail') return
    errors.push({
      part,
      code: line.get('CodeErreur') ?? '',
      label: line.get('LibelleErreur') ?? '',
      description: line.get('DescriptionErreur') ?? '',
    })
  })
  parser.write(xml).close()
  const status = texts.get('IdStatut')
  if (status === undefined) throw new Error('Not an integration report: it has no IdStatut.')
  return {
    flowIdentifier: texts.get('IdFlux') ?? '',
    status,
    comment: texts.get('Commentaire') ?? '',
    errors,
  }
}
