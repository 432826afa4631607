import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { ArchiveFault } from './archive-fault.ts'

const STEP_BYTES = 256 * 1024

/**
 * An honest batch of near-identical invoices measured 106:1 and deflate cannot exceed 1,030:1, so
 * a ratio alone says little: it counts only beyond this much output (reference invoices §9).
 */
const BOMB_RATIO = 500
const BOMB_FROM_BYTES = 10 * 1024 * 1024

/**
 * Inflates a gzip file as a stream. Several members are one content (RFC 1952 §2.2); anything
 * after the last one, zero padding included, is a fault.
 *
 * @param maxBytes of output, over which the flow is too large
 * @throws ArchiveFault; or the file system's error, or an AbortError by the signal
 */
export async function* gunzipFile(
  path: string,
  options: { readonly maxBytes: number; readonly signal?: AbortSignal },
): AsyncGenerator<Buffer> {
  const size = (await stat(path)).size
  const source = createReadStream(path, {
    highWaterMark: STEP_BYTES,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  })
  const gunzip = createGunzip({ chunkSize: STEP_BYTES })
  let produced = 0
  // Errors of either stream reach the loop below, which reads the last one.
  pipeline(source, gunzip, () => undefined)
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) {
      produced += chunk.length
      if (produced > BOMB_FROM_BYTES && produced > gunzip.bytesWritten * BOMB_RATIO) throw bomb()
      if (produced > options.maxBytes) throw tooLarge(options.maxBytes)
      yield chunk
    }
    if (gunzip.bytesWritten < size) throw trailing()
  } catch (error) {
    throw toFault(error, await startsAsGzip(path))
  } finally {
    source.destroy()
    gunzip.destroy()
  }
}

/** Rules of gzip faults that the diagnosis of damage may explain better. */
export const GZIP_FAULT_RULES: ReadonlySet<string> = new Set([
  'ARC-GZIP-CORRUPT',
  'ARC-TRUNCATED',
  'ARC-GZIP-TRAILING',
])

async function startsAsGzip(path: string): Promise<boolean> {
  const file = await open(path)
  try {
    const { buffer } = await file.read(Buffer.alloc(3), 0, 3, 0)
    return buffer.equals(Buffer.from([0x1f, 0x8b, 0x08]))
  } finally {
    await file.close()
  }
}

function toFault(error: unknown, isGzip: boolean): unknown {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'Z_BUF_ERROR':
      return new ArchiveFault({
        code: 'ERR_ARC_001',
        rule: 'ARC-TRUNCATED',
        detail: {
          en: 'The gzip data stops before its end: the file was cut.',
          fr: 'Les données gzip s’arrêtent avant leur fin : le fichier est tronqué.',
        },
        remedy: {
          en: 'Send the file again, whole; rename it to its final name only once it is written.',
          fr: 'Renvoyez le fichier entier ; ne lui donnez son nom définitif qu’une fois écrit.',
        },
      })
    case 'Z_DATA_ERROR':
      // The first header is right, so it is what follows a whole member that is taken for the next.
      if (isGzip && (error as Error).message === 'incorrect header check') return trailing()
      return new ArchiveFault({
        code: 'ERR_ARC_001',
        rule: 'ARC-GZIP-CORRUPT',
        detail: {
          en: `The gzip data is corrupt (${(error as Error).message}).`,
          fr: 'Les données gzip sont corrompues.',
        },
      })
    default:
      return error
  }
}

const trailing = (): ArchiveFault =>
  new ArchiveFault({
    code: 'ERR_ARC_001',
    rule: 'ARC-GZIP-TRAILING',
    detail: {
      en: 'Bytes follow the end of the gzip data.',
      fr: 'Des octets suivent la fin des données gzip.',
    },
  })

const bomb = (): ArchiveFault =>
  new ArchiveFault({
    code: 'ERR_ARC_001',
    rule: 'ARC-BOMB',
    detail: {
      en: `It inflates to more than ${BOMB_RATIO} times its size, as no batch of invoices does.`,
      fr: `Elle se décompresse en plus de ${BOMB_RATIO} fois sa taille, ce qu’aucun lot de factures ne fait.`,
    },
  })

const tooLarge = (maxBytes: number): ArchiveFault =>
  new ArchiveFault({
    code: 'ERR_VOL_002',
    rule: 'ARC-EXTRACTED-SIZE',
    detail: {
      en: `Once extracted it exceeds ${maxBytes} bytes.`,
      fr: `Une fois extrait, il dépasse ${maxBytes} octets.`,
    },
  })
