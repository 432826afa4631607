import { inflateSync } from 'node:zlib'
import {
  isDictionary,
  PdfDamage,
  PdfName,
  PdfTooLarge,
  type PdfDictionary,
  type PdfValue,
} from './pdf-syntax.ts'

/** A stream inflates to no more than this (reference invoices §9). */
export const MAX_STREAM_BYTES = 50 * 1024 * 1024
const MAX_FILTERS = 2

/**
 * The content of a stream: as it stands, or out of FlateDecode with the predictors of PNG (ISO
 * 32000-1 §7.4.4). No other filter carries data that an invoice needs.
 * @param most bytes that the content may have
 * @throws PdfDamage, PdfTooLarge
 */
export function decodeStream(
  raw: Buffer,
  dictionary: PdfDictionary,
  resolve: (value: PdfValue | undefined) => PdfValue,
  most: number = MAX_STREAM_BYTES,
): Buffer {
  const filters = toList(resolve(dictionary.get('Filter'))).map(resolve)
  const parameters = toList(resolve(dictionary.get('DecodeParms'))).map(resolve)
  if (filters.length > MAX_FILTERS) throw new PdfDamage('too many filters')
  let content = raw
  for (const [index, filter] of filters.entries()) {
    if (!(filter instanceof PdfName) || !/^(FlateDecode|Fl)$/.test(filter.name)) {
      throw new PdfDamage('a filter other than FlateDecode')
    }
    content = inflate(content, most)
    const own = parameters[index]
    if (isDictionary(own)) content = unpredict(content, own, resolve)
  }
  if (content.length > most) throw new PdfTooLarge()
  return content
}

const toList = (value: PdfValue): readonly PdfValue[] =>
  Array.isArray(value) ? (value as readonly PdfValue[]) : value === null ? [] : [value]

function inflate(bytes: Buffer, most: number): Buffer {
  try {
    return inflateSync(bytes, { maxOutputLength: most })
  } catch (error) {
    if (error instanceof RangeError) throw new PdfTooLarge()
    throw new PdfDamage('a stream does not inflate', { cause: error })
  }
}

/** Undoes the predictors of PNG; others are for images. */
function unpredict(
  bytes: Buffer,
  parameters: PdfDictionary,
  resolve: (value: PdfValue | undefined) => PdfValue,
): Buffer {
  const number = (name: string, otherwise: number): number => {
    const value = resolve(parameters.get(name))
    return typeof value === 'number' ? value : otherwise
  }
  const predictor = number('Predictor', 1)
  if (predictor === 1) return bytes
  const width = Math.ceil((number('Colors', 1) * number('BitsPerComponent', 8)) / 8)
  const columns = Math.ceil(
    (number('Colors', 1) * number('BitsPerComponent', 8) * number('Columns', 1)) / 8,
  )
  if (predictor < 10 || !(width > 0 && width <= 64 && columns > 0 && columns <= 65_536)) {
    throw new PdfDamage('an unknown predictor')
  }
  const rows = Math.ceil(bytes.length / (columns + 1))
  const out = Buffer.alloc(rows * columns)
  for (let row = 0; row < rows; row += 1) {
    const kind = bytes[row * (columns + 1)]
    for (let column = 0; column < columns; column += 1) {
      const at = row * columns + column
      const left = column >= width ? out[at - width]! : 0
      const above = row > 0 ? out[at - columns]! : 0
      const corner = row > 0 && column >= width ? out[at - columns - width]! : 0
      const byte = bytes[row * (columns + 1) + 1 + column] ?? 0
      out[at] = byte + predicted(kind, left, above, corner)
    }
  }
  return out
}

function predicted(kind: number | undefined, left: number, above: number, corner: number): number {
  switch (kind) {
    case 0:
      return 0
    case 1:
      return left
    case 2:
      return above
    case 3:
      return (left + above) >> 1
    case 4: {
      const estimate = left + above - corner
      const a = Math.abs(estimate - left)
      const b = Math.abs(estimate - above)
      const c = Math.abs(estimate - corner)
      return a <= b && a <= c ? left : b <= c ? above : corner
    }
    default:
      throw new PdfDamage('an unknown predictor')
  }
}
