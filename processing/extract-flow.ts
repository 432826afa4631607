import { createReadStream } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import type { Finding } from '../gateway/flow.ts'
import { ArchiveFault, faultFinding } from './archives/archive-fault.ts'
import { diagnoseDamage } from './archives/damage.ts'
import { containsEicar, EicarMatcher } from './archives/eicar.ts'
import { FlowWriter } from './archives/flow-writer.ts'
import { GZIP_FAULT_RULES, gunzipFile } from './archives/gunzip.ts'
import { TarReader } from './archives/tar-reader.ts'
import { motiveFinding } from './motives.ts'

/** What extraction needs to know of a flow; all but the last two can be cloned to a thread. */
export interface ExtractRequest {
  /** The received flow, on a local disk. */
  readonly path: string
  readonly extension: 'tar.gz' | 'xml'
  /** What the one invoice of a bare `.xml` flow is called; default `invoice.xml`. */
  readonly bareFileName?: string
  readonly code: {
    /** One `.xsl` may travel beside the invoices; it is not counted as one. */
    readonly hasStylesheet: boolean
    /** Extensions of an invoice file under this code, lower case with the dot: `['.xml']`. */
    readonly fileExtensions: readonly string[]
  }
  readonly limits: {
    readonly maxFileBytes: number
    readonly maxExtractedBytes: number
    readonly maxInvoices: number
  }
  /** A chunk is closed when it holds so many invoices or bytes, whichever comes first. */
  readonly chunk: { readonly invoices: number; readonly bytes: number }
  /** An existing folder; chunk files are made in it under names of ours. */
  readonly outputFolder: string
  readonly signal?: AbortSignal
  /** Told of each chunk but the last once the next one begins: the flow may be refused yet. */
  readonly onChunk?: (chunk: ExtractedChunk) => void
}

/** A chunk file: format and reader in archives/chunk-file.ts. */
export interface ExtractedChunk {
  /** Inside the output folder; not synced. */
  readonly path: string
  readonly sha256: string
  readonly bytes: number
  /** Ordinal in the flow of its first invoice, from 1, and how many it holds. */
  readonly firstPart: number
  readonly parts: number
}

export interface ExtractResult {
  /** Invoice files in the flow. */
  readonly parts: number
  /** Empty when a finding is fatal: then the whole flow is irrecevable. */
  readonly chunks: readonly ExtractedChunk[]
  /** About the flow and its files; only those of severity `fatal` refuse it. */
  readonly findings: readonly Finding[]
}

/** Enough to recognise what was compressed in place of a tar archive. */
const INFLATED_HEAD_BYTES = 4_096
const READ_BYTES = 256 * 1024

/**
 * Unpacks a flow into chunk files. Streams: no archive and no file of one is ever whole in memory.
 * What is wrong with the flow is a finding; on a fatal one no chunk file is left behind.
 * @throws the error of the file system, or an AbortError by `signal`
 */
export async function extractFlow(request: ExtractRequest): Promise<ExtractResult> {
  const writer = new FlowWriter(request)
  try {
    const findings = [
      ...(request.extension === 'xml'
        ? await extractBareFile(request, writer)
        : await extractArchive(request, writer)),
      ...writer.findings,
    ]
    if (!findings.some((finding) => finding.severity === 'fatal')) {
      return { parts: writer.parts, chunks: writer.finish(), findings }
    }
    await discard(writer)
    return { parts: writer.parts, chunks: [], findings }
  } catch (error) {
    await discard(writer)
    throw error
  }
}

async function extractBareFile(request: ExtractRequest, writer: FlowWriter): Promise<Finding[]> {
  const { size } = await stat(request.path)
  if (size === 0) return [motiveFinding('ERR_VOL_001')]
  writer.entry({ name: request.bareFileName ?? 'invoice.xml', kind: 'file', bytes: size })
  const source = createReadStream(request.path, {
    highWaterMark: READ_BYTES,
    ...(request.signal === undefined ? {} : { signal: request.signal }),
  })
  try {
    for await (const bytes of source as AsyncIterable<Buffer>) writer.content(bytes)
    writer.entryEnd()
    return []
  } catch (error) {
    return [toFinding(error)]
  }
}

async function extractArchive(request: ExtractRequest, writer: FlowWriter): Promise<Finding[]> {
  if ((await stat(request.path)).size === 0) return [motiveFinding('ERR_VOL_001')]
  const reader = new TarReader(writer)
  let head: Buffer = Buffer.alloc(0)
  try {
    const inflated = gunzipFile(request.path, {
      maxBytes: request.limits.maxExtractedBytes,
      ...(request.signal === undefined ? {} : { signal: request.signal }),
    })
    for await (const bytes of inflated) {
      if (head.length < INFLATED_HEAD_BYTES) {
        head = Buffer.concat([head, bytes.subarray(0, INFLATED_HEAD_BYTES - head.length)])
      }
      reader.write(bytes)
    }
    const { hasEndMark } = reader.end()
    if (writer.parts === 0 && writer.findings.length === 0) return [noInvoice()]
    return hasEndMark ? [] : [withoutEndMark()]
  } catch (error) {
    const finding = toFinding(error)
    const isShort = finding.rule === 'ARC-TAR-TRUNCATED' && writer.files === 0
    const isUnclear = GZIP_FAULT_RULES.has(finding.rule) || finding.rule === 'ARC-TAR-HEADER'
    if (!isShort && !isUnclear) return [finding]
    if (await isInfected(request.path, head)) return [motiveFinding('ERR_AV_001', EICAR_FLOW)]
    const diagnosis = await diagnoseDamage(request.path, head)
    if (diagnosis === undefined) return [finding]
    const { rule, detail, remedy } = diagnosis
    return [motiveFinding('ERR_ARC_001', { rule, detail, remedy })]
  }
}

/** Files of an archive are scanned as they come; this is for a flow that is no archive. */
async function isInfected(path: string, inflatedHead: Uint8Array): Promise<boolean> {
  return new EicarMatcher().push(inflatedHead) || (await containsEicar(createReadStream(path)))
}

const EICAR_FLOW = {
  rule: 'AV-EICAR',
  detail: {
    en: 'The flow is the EICAR test file.',
    fr: 'Le flux est le fichier de test EICAR.',
  },
}

/** @throws the error again when it is no fault of the archive */
function toFinding(error: unknown): Finding {
  if (error instanceof ArchiveFault) return faultFinding(error)
  throw error
}

async function discard(writer: FlowWriter): Promise<void> {
  for (const path of writer.abandon()) await rm(path, { force: true })
}

const noInvoice = (): Finding =>
  motiveFinding('ERR_VOL_001', {
    rule: 'ARC-NO-INVOICE',
    detail: { en: 'The archive holds no invoice.', fr: 'L’archive ne contient aucune facture.' },
  })

const withoutEndMark = (): Finding =>
  motiveFinding('ERR_ARC_001', {
    rule: 'ARC-NO-END-MARK',
    severity: 'warning',
    message: {
      en: 'The archive lacks the end mark of tar (two zero blocks); every file in it was read.',
      fr: 'Il manque à l’archive la marque de fin de tar (deux blocs nuls) ; tous ses fichiers ont été lus.',
    },
    remedy: {
      en: 'Check that the tool that packs the flow ends the archive properly.',
      fr: 'Vérifiez que l’outil qui archive le flux termine bien l’archive.',
    },
  })
