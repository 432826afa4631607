import { GatewayError } from '../errors.ts'

/** Of one file that is put to a question. */
export const MAX_ATTACHMENT_BYTES = 10 * 1024 * 1024

interface AttachmentType {
  readonly mediaType: string
  /** How its content begins; empty: text, which has no zero byte. */
  readonly begins: readonly number[]
}

const TEXT: readonly number[] = []
const TYPES: Readonly<Record<string, AttachmentType>> = {
  pdf: { mediaType: 'application/pdf', begins: [0x25, 0x50, 0x44, 0x46] },
  png: { mediaType: 'image/png', begins: [0x89, 0x50, 0x4e, 0x47] },
  jpg: { mediaType: 'image/jpeg', begins: [0xff, 0xd8, 0xff] },
  jpeg: { mediaType: 'image/jpeg', begins: [0xff, 0xd8, 0xff] },
  zip: { mediaType: 'application/zip', begins: [0x50, 0x4b] },
  txt: { mediaType: 'text/plain', begins: TEXT },
  log: { mediaType: 'text/plain', begins: TEXT },
  csv: { mediaType: 'text/csv', begins: TEXT },
  xml: { mediaType: 'application/xml', begins: TEXT },
  json: { mediaType: 'application/json', begins: TEXT },
}

/**
 * What a file is, by the end of its name, confirmed by its content.
 * @throws GatewayError API_REQUEST_INVALID for a kind that is not taken, or that it is not
 */
export function attachmentTypeOf(name: string, content: Uint8Array): string {
  const ending = /\.(\w+)$/.exec(name)?.[1]?.toLowerCase() ?? ''
  const type = Object.hasOwn(TYPES, ending) ? TYPES[ending] : undefined
  if (type === undefined) {
    throw invalid(`${name} is none of ${Object.keys(TYPES).join(', ')}`)
  }
  if (content.length === 0) throw invalid(`${name} is empty`)
  const { begins, mediaType } = type
  const isSo =
    begins === TEXT ? !content.includes(0) : begins.every((byte, at) => content[at] === byte)
  if (!isSo) throw invalid(`what is in ${name} is no ${mediaType}`)
  return mediaType
}

const invalid = (what: string): GatewayError =>
  new GatewayError('API_REQUEST_INVALID', `An attachment is refused: ${what}.`)
