import { join } from 'node:path'
import type { Finding } from '../../gateway/flow.ts'
import type { ExtractedChunk, ExtractRequest } from '../extract-flow.ts'
import { ArchiveFault, faultFinding, quoted, type Fault } from './archive-fault.ts'
import { ChunkWriter } from './chunk-file.ts'
import { EicarMatcher } from './eicar.ts'
import { baseName, entryNameFault, extensionOf, nameKey } from './entry-name.ts'
import type { TarEntry, TarHandler } from './tar-reader.ts'

/** More faulty files than this are not worth listing. */
const MAX_FINDINGS = 20
/** An archive with one folder level has few folders; bounds what is remembered of them. */
const MAX_DIRECTORIES = 1_000

/**
 * Takes the files of a flow as they come, judges each by its name, type and size, and writes the
 * invoices into chunk files. A faulty file is noted and skipped, so that one report names them
 * all; too many files or too many bytes end the reading.
 */
export class FlowWriter implements TarHandler {
  readonly findings: Finding[] = []
  readonly #request: ExtractRequest
  readonly #names = new Set<string>()
  readonly #chunks: ExtractedChunk[] = []
  #chunk: ChunkWriter | undefined
  #files = 0
  #directories = 0
  #stylesheets = 0
  #parts = 0
  #entryName = ''
  #isKept = false
  #matcher = new EicarMatcher()
  #isInfected = false

  constructor(request: ExtractRequest) {
    this.#request = request
  }

  /** Invoices seen. */
  get parts(): number {
    return this.#parts
  }

  /** Files seen, faulty ones and the stylesheet included. */
  get files(): number {
    return this.#files
  }

  entry(entry: TarEntry): void {
    this.#isKept = false
    const fault = entry.kind === 'directory' ? this.#directory(entry) : this.#file(entry)
    if (fault !== undefined) this.#note(fault)
  }

  content(bytes: Uint8Array): void {
    if (!this.#isInfected && this.#matcher.push(bytes)) {
      this.#isInfected = true
      this.#note(infected(this.#entryName))
    }
    if (this.#isKept) this.#chunk?.content(bytes)
  }

  entryEnd(): void {
    const { invoices, bytes } = this.#request.chunk
    if (this.#chunk === undefined) return
    if (this.#chunk.parts >= invoices || this.#chunk.bytes >= bytes) this.#closeChunk()
  }

  /** Ends the chunk files. @returns them */
  finish(): readonly ExtractedChunk[] {
    if (this.#chunk !== undefined) this.#closeChunk()
    return this.#chunks
  }

  /** Gives up. @returns the paths of the files that were made, for the caller to remove */
  abandon(): readonly string[] {
    const paths = this.#chunks.map((chunk) => chunk.path)
    if (this.#chunk === undefined) return paths
    this.#chunk.abandon()
    return [...paths, this.#chunk.path]
  }

  #directory(entry: TarEntry): Fault | undefined {
    this.#directories += 1
    if (this.#directories > MAX_DIRECTORIES) throw new ArchiveFault(tooMany(MAX_DIRECTORIES))
    return entryNameFault(entry.name, 'directory')
  }

  #file(entry: TarEntry): Fault | undefined {
    const { code, limits } = this.#request
    this.#files += 1
    this.#entryName = baseName(entry.name)
    this.#matcher = new EicarMatcher()
    this.#isInfected = false
    if (this.#files > limits.maxInvoices + (code.hasStylesheet ? 1 : 0)) {
      throw new ArchiveFault(tooMany(limits.maxInvoices))
    }
    const nameFault = entryNameFault(entry.name, 'file') ?? this.#duplicateFault(entry.name)
    if (nameFault !== undefined) return nameFault
    const isStylesheet = code.hasStylesheet && extensionOf(this.#entryName) === '.xsl'
    const fault = this.#typeFault(isStylesheet) ?? this.#sizeFault(entry.bytes)
    if (fault !== undefined || isStylesheet) return fault
    if (this.#parts === limits.maxInvoices) throw new ArchiveFault(tooMany(limits.maxInvoices))
    this.#parts += 1
    this.#keep(entry.bytes)
    return undefined
  }

  #keep(bytes: number): void {
    // Once the flow is refused nothing more is written; names and types are still judged.
    if (this.findings.length > 0) return
    this.#chunk ??= this.#startChunk()
    this.#chunk.startPart({ part: this.#parts, file: this.#entryName, bytes })
    this.#isKept = true
  }

  #startChunk(): ChunkWriter {
    const { outputFolder, onChunk } = this.#request
    const last = this.#chunks.at(-1)
    if (last !== undefined) onChunk?.(last)
    return new ChunkWriter(join(outputFolder, `chunk-${this.#chunks.length}.bin`), this.#parts)
  }

  #closeChunk(): void {
    const chunk = this.#chunk!
    this.#chunk = undefined
    const { path, firstPart, parts } = chunk
    this.#chunks.push({ path, ...chunk.finish(), firstPart, parts })
  }

  #duplicateFault(name: string): Fault | undefined {
    const key = nameKey(baseName(name))
    if (!this.#names.has(key)) {
      this.#names.add(key)
      return undefined
    }
    return {
      code: 'ERR_ARC_003',
      rule: 'ARC-DUPLICATE-NAME',
      file: baseName(name),
      detail: {
        en: `${quoted(baseName(name)).en} comes twice (upper and lower case count as the same).`,
        fr: `${quoted(baseName(name)).fr} figure deux fois (majuscules et minuscules confondues).`,
      },
    }
  }

  #typeFault(isStylesheet: boolean): Fault | undefined {
    const { code } = this.#request
    const extension = extensionOf(this.#entryName)
    if (isStylesheet) {
      this.#stylesheets += 1
      if (this.#stylesheets === 1) return undefined
    } else if (code.fileExtensions.includes(extension)) {
      return undefined
    }
    const accepted = code.fileExtensions.join(', ')
    return {
      code: 'ERR_ARC_004',
      rule: isStylesheet ? 'ARC-STYLESHEETS' : 'ARC-EXTENSION',
      file: this.#entryName,
      detail: isStylesheet
        ? { en: 'More than one stylesheet.', fr: 'Plus d’une feuille de style.' }
        : {
            en: `${quoted(this.#entryName).en}: this interface code takes ${accepted}${code.hasStylesheet ? ' and one .xsl' : ''}.`,
            fr: `${quoted(this.#entryName).fr} : ce code interface accepte ${accepted}${code.hasStylesheet ? ' et un seul .xsl' : ''}.`,
          },
      ...(extension === '.pdf'
        ? {
            remedy: {
              en: 'Embed the readable PDF in the invoice as an attachment (BT-125).',
              fr: 'Incorporez le PDF lisible dans la facture, en pièce jointe (BT-125).',
            },
          }
        : {}),
    }
  }

  #sizeFault(bytes: number): Fault | undefined {
    if (bytes === 0) {
      return {
        code: 'ERR_ARC_002',
        rule: 'ARC-EMPTY-FILE',
        file: this.#entryName,
        detail: {
          en: `${quoted(this.#entryName).en} has no content.`,
          fr: `${quoted(this.#entryName).fr} n’a pas de contenu.`,
        },
      }
    }
    const { maxFileBytes } = this.#request.limits
    if (bytes <= maxFileBytes) return undefined
    return {
      code: 'ERR_ARC_005',
      rule: 'ARC-FILE-SIZE',
      file: this.#entryName,
      detail: {
        en: `${quoted(this.#entryName).en} has ${bytes} bytes, at most ${maxFileBytes} are accepted.`,
        fr: `${quoted(this.#entryName).fr} compte ${bytes} octets, ${maxFileBytes} au plus sont acceptés.`,
      },
    }
  }

  #note(fault: Fault): void {
    if (this.findings.length < MAX_FINDINGS) this.findings.push(faultFinding(fault))
  }
}

function infected(file: string): Fault {
  return {
    code: 'ERR_AV_001',
    rule: 'AV-EICAR',
    file,
    detail: {
      en: `${quoted(file).en} holds the EICAR test string.`,
      fr: `${quoted(file).fr} contient la chaîne de test EICAR.`,
    },
  }
}

function tooMany(limit: number): Fault {
  return {
    code: 'ERR_VOL_003',
    rule: 'VOL-FILES',
    detail: { en: `At most ${limit} are accepted.`, fr: `${limit} au plus sont acceptés.` },
  }
}
