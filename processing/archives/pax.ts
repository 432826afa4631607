import { ArchiveFault } from './archive-fault.ts'

/** What reading an archive needs of a pax extended header; the other records are ignored. */
export interface PaxRecords {
  readonly path?: Uint8Array
  readonly size?: number
}

/**
 * Reads the records of a pax extended header: `<length> <key>=<value>\n`, the length counting
 * itself (IEEE 1003.1 pax, "pax Extended Header").
 *
 * @param isGlobal a global header (`g`) may carry comments, but no name and no size
 * @throws ArchiveFault ARC-TAR-EXTENSION
 */
export function decodePax(content: Uint8Array, isGlobal: boolean): PaxRecords {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.length)
  let path: Uint8Array | undefined
  let size: number | undefined
  let offset = 0
  while (offset < bytes.length) {
    const space = bytes.indexOf(0x20, offset)
    const lengthText = space < 0 ? '' : bytes.toString('latin1', offset, space)
    const length = /^[1-9]\d{0,5}$/.test(lengthText) ? Number(lengthText) : 0
    const end = offset + length
    const equals = bytes.indexOf(0x3d, space)
    if (length === 0 || end > bytes.length || bytes[end - 1] !== 0x0a) throw malformed()
    if (equals < 0 || equals >= end) throw malformed()
    const key = bytes.toString('latin1', space + 1, equals)
    const value = bytes.subarray(equals + 1, end - 1)
    if (key.startsWith('GNU.sparse.')) throw sparse()
    if (isGlobal && (key === 'path' || key === 'size')) throw malformed()
    if (key === 'path') path = Buffer.from(value)
    if (key === 'size') size = decodeSize(value)
    offset = end
  }
  return {
    ...(path === undefined ? {} : { path }),
    ...(size === undefined ? {} : { size }),
  }
}

function decodeSize(value: Buffer): number {
  const text = value.toString('latin1')
  const size = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (!Number.isSafeInteger(size)) throw malformed()
  return size
}

function malformed(): ArchiveFault {
  return new ArchiveFault({
    code: 'ERR_ARC_001',
    rule: 'ARC-TAR-EXTENSION',
    detail: {
      en: 'An extended (pax) tar header is malformed.',
      fr: 'Un en-tête tar étendu (pax) est mal formé.',
    },
  })
}

function sparse(): ArchiveFault {
  return new ArchiveFault({
    code: 'ERR_ARC_004',
    rule: 'ARC-ENTRY-TYPE',
    detail: { en: 'An entry is a sparse file.', fr: 'Une entrée est un fichier creux.' },
    remedy: {
      en: 'Pack without tar’s --sparse option.',
      fr: 'Archivez sans l’option --sparse de tar.',
    },
  })
}
