import { ArchiveFault, quoted, shown } from './archive-fault.ts'
import { decodePax } from './pax.ts'
import { decodeTarHeader, TAR_BLOCK_BYTES } from './tar-header.ts'

/** Names longer than this serve nobody; also bounds what a pax header may carry. */
const MAX_EXTENSION_BYTES = 64 * 1024
/** Extended headers in a row before one entry. */
const MAX_EXTENSIONS = 8

export interface TarEntry {
  /** As written, decoded from UTF-8; a directory's without its final slash. */
  readonly name: string
  readonly kind: 'file' | 'directory'
  readonly bytes: number
}

/** Told what the archive holds, in order. What a handler throws ends the reading. */
export interface TarHandler {
  entry(entry: TarEntry): void
  /** A piece of the content of the last entry; valid during the call. */
  content(bytes: Uint8Array): void
  entryEnd(): void
}

type State = 'header' | 'extension' | 'content' | 'padding' | 'end'

/**
 * Reads a tar archive as its bytes come: ustar, GNU long names, pax. Only regular files and
 * directories pass; links, devices, sparse files and the rest are faults (reference invoices §9).
 * Memory: one block, and one extended header of at most 64 KiB.
 */
export class TarReader {
  readonly #handler: TarHandler
  #state: State = 'header'
  /** Bytes of a block or extended header that came in pieces. */
  #pending: Buffer = Buffer.alloc(TAR_BLOCK_BYTES)
  #pendingBytes = 0
  #left = 0
  #padding = 0
  #zeroBlocks = 0
  #extensions = 0
  #extensionType = ''
  #longName: Uint8Array | undefined
  #longSize: number | undefined

  constructor(handler: TarHandler) {
    this.#handler = handler
  }

  /** @throws ArchiveFault, or what the handler throws; the reader is of no use afterwards */
  write(bytes: Uint8Array): void {
    let rest = bytes
    while (rest.length > 0) {
      switch (this.#state) {
        case 'header':
          rest = this.#gather(rest, TAR_BLOCK_BYTES, (block) => this.#header(block))
          break
        case 'extension':
          rest = this.#gather(rest, this.#left, (content) => this.#extension(content))
          break
        case 'content': {
          const piece = rest.subarray(0, this.#left)
          this.#handler.content(piece)
          this.#left -= piece.length
          rest = rest.subarray(piece.length)
          if (this.#left === 0) this.#endContent()
          break
        }
        case 'padding': {
          const skipped = Math.min(this.#padding, rest.length)
          this.#padding -= skipped
          rest = rest.subarray(skipped)
          if (this.#padding === 0) this.#state = 'header'
          break
        }
        case 'end':
          if (rest.some((byte) => byte !== 0)) throw afterEnd()
          return
      }
    }
  }

  /**
   * Says that the archive ends here.
   * @returns whether it has the end mark (two zero blocks) that a whole archive has
   * @throws ArchiveFault ARC-TAR-TRUNCATED when it ends inside a header or an entry
   */
  end(): { readonly hasEndMark: boolean } {
    const isWhole =
      this.#state === 'end' ||
      (this.#state === 'header' && this.#pendingBytes === 0 && this.#extensions === 0)
    if (!isWhole) {
      throw new ArchiveFault({
        code: 'ERR_ARC_001',
        rule: 'ARC-TAR-TRUNCATED',
        detail: {
          en: 'The tar archive stops in the middle of a file: it was cut before it was compressed.',
          fr: 'L’archive tar s’arrête au milieu d’un fichier : elle était tronquée avant compression.',
        },
      })
    }
    return { hasEndMark: this.#state === 'end' }
  }

  /** Hands `take` exactly `wanted` bytes once they are there; returns what is left of `bytes`. */
  #gather(bytes: Uint8Array, wanted: number, take: (whole: Uint8Array) => void): Uint8Array {
    if (this.#pendingBytes === 0 && bytes.length >= wanted) {
      take(bytes.subarray(0, wanted))
      return bytes.subarray(wanted)
    }
    if (this.#pending.length < wanted) this.#pending = Buffer.alloc(wanted)
    const piece = bytes.subarray(0, wanted - this.#pendingBytes)
    this.#pending.set(piece, this.#pendingBytes)
    this.#pendingBytes += piece.length
    if (this.#pendingBytes === wanted) {
      this.#pendingBytes = 0
      take(this.#pending.subarray(0, wanted))
    }
    return bytes.subarray(piece.length)
  }

  #header(block: Uint8Array): void {
    if (block.every((byte) => byte === 0)) {
      this.#zeroBlocks += 1
      if (this.#zeroBlocks === 2) this.#state = 'end'
      return
    }
    if (this.#zeroBlocks > 0) throw afterEnd()
    const header = decodeTarHeader(block)
    this.#left = header.size
    this.#padding = (TAR_BLOCK_BYTES - (header.size % TAR_BLOCK_BYTES)) % TAR_BLOCK_BYTES
    switch (header.type) {
      case 'x':
      case 'g':
      case 'L':
      case 'K':
        this.#startExtension(header.type)
        return
      case '0':
      case '5':
        this.#startEntry(header.name, header.type)
        return
      default:
        throw new ArchiveFault({
          code: 'ERR_ARC_004',
          rule: 'ARC-ENTRY-TYPE',
          file: shownName(this.#longName ?? header.name),
          detail: {
            en: `An entry is neither a file nor a folder (${typeName(header.type).en}).`,
            fr: `Une entrée n’est ni un fichier ni un dossier (${typeName(header.type).fr}).`,
          },
          remedy: {
            en: 'Pack plain files only, links followed (tar --dereference).',
            fr: 'N’archivez que des fichiers ordinaires, liens suivis (tar --dereference).',
          },
        })
    }
  }

  #startExtension(type: string): void {
    this.#extensions += 1
    if (this.#left > MAX_EXTENSION_BYTES || this.#extensions > MAX_EXTENSIONS) {
      throw new ArchiveFault({
        code: 'ERR_ARC_001',
        rule: 'ARC-TAR-EXTENSION',
        detail: {
          en: 'An extended tar header is larger than 64 KiB, or too many follow one another.',
          fr: 'Un en-tête tar étendu dépasse 64 Kio, ou trop d’entre eux se suivent.',
        },
      })
    }
    this.#extensionType = type
    if (this.#left === 0) this.#extension(new Uint8Array(0))
    else this.#state = 'extension'
  }

  #extension(content: Uint8Array): void {
    if (this.#extensionType === 'L') {
      const end = content.indexOf(0)
      this.#longName = Buffer.from(end < 0 ? content : content.subarray(0, end))
    } else if (this.#extensionType !== 'K') {
      const pax = decodePax(content, this.#extensionType === 'g')
      this.#longName = pax.path ?? this.#longName
      this.#longSize = pax.size ?? this.#longSize
    }
    this.#state = this.#padding === 0 ? 'header' : 'padding'
  }

  #startEntry(headerName: Uint8Array, type: '0' | '5'): void {
    const name = decodeName(this.#longName ?? headerName)
    if (this.#longSize !== undefined) {
      this.#left = this.#longSize
      this.#padding = (TAR_BLOCK_BYTES - (this.#left % TAR_BLOCK_BYTES)) % TAR_BLOCK_BYTES
    }
    this.#longName = undefined
    this.#longSize = undefined
    this.#extensions = 0
    // Archives older than ustar mark a directory by its final slash only.
    const kind = type === '5' || name.endsWith('/') ? 'directory' : 'file'
    if (kind === 'directory' && this.#left > 0) {
      throw new ArchiveFault({
        code: 'ERR_ARC_001',
        rule: 'ARC-TAR-HEADER',
        file: shownName(headerName),
        detail: { en: 'A folder has a content.', fr: 'Un dossier a un contenu.' },
      })
    }
    this.#handler.entry({ name: name.replace(/\/+$/, ''), kind, bytes: this.#left })
    this.#state = 'content'
    if (this.#left === 0) this.#endContent()
  }

  #endContent(): void {
    this.#handler.entryEnd()
    this.#state = this.#padding === 0 ? 'header' : 'padding'
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function decodeName(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes)
  } catch {
    throw new ArchiveFault({
      code: 'ERR_ARC_003',
      rule: 'ARC-NAME',
      file: shownName(bytes),
      detail: { en: 'The name is not UTF-8.', fr: 'Le nom n’est pas en UTF-8.' },
    })
  }
}

const shownName = (bytes: Uint8Array): string => shown(Buffer.from(bytes).toString('latin1'))

function afterEnd(): ArchiveFault {
  return new ArchiveFault({
    code: 'ERR_ARC_001',
    rule: 'ARC-AFTER-END',
    detail: {
      en: 'Data follows the end mark of the tar archive (two archives glued together?).',
      fr: 'Des données suivent la marque de fin de l’archive tar (deux archives accolées ?).',
    },
  })
}

const TYPE_NAMES: Readonly<Record<string, { readonly en: string; readonly fr: string }>> = {
  '1': { en: 'hard link', fr: 'lien physique' },
  '2': { en: 'symbolic link', fr: 'lien symbolique' },
  '3': { en: 'character device', fr: 'périphérique caractère' },
  '4': { en: 'block device', fr: 'périphérique bloc' },
  '6': { en: 'named pipe', fr: 'tube nommé' },
  '7': { en: 'contiguous file', fr: 'fichier contigu' },
  S: { en: 'sparse file', fr: 'fichier creux' },
  M: { en: 'part of a multi-volume archive', fr: 'partie d’une archive multivolume' },
  V: { en: 'volume label', fr: 'étiquette de volume' },
}

const typeName = (type: string): { readonly en: string; readonly fr: string } =>
  TYPE_NAMES[type] ?? { en: `type ${quoted(type).en}`, fr: `type ${quoted(type).fr}` }
