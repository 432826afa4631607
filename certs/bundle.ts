import { readCertificate, type Certificate } from './certificate.ts'
import { parseDer } from './der.ts'
import { holdsPrivateKey, holdsSshPublicKey, kindOfDer, type DerKind } from './file-kind.ts'
import type { FILE_FINDINGS } from './file-findings.ts'
import { decodeBase64, readPemBlocks, type PemReading } from './pem-blocks.ts'
import { isDerError, readPkcs7 } from './pkcs7.ts'

/** Decisions C5: looked at before anything is parsed. */
export const MAX_BUNDLE_BYTES = 256 * 1024
export const MAX_BUNDLE_CERTIFICATES = 32

/** Rows of file-findings.ts that say why a file is not taken. */
export type BundleFault = {
  [Code in keyof typeof FILE_FINDINGS]: (typeof FILE_FINDINGS)[Code] extends {
    readonly check: 'parse'
    readonly outcome: 'fail'
  }
    ? Code
    : never
}[keyof typeof FILE_FINDINGS]

export interface CertificateBundle {
  readonly form: 'pkcs7' | 'pem' | 'der'
  /** Each once, in the file's order. */
  readonly certificates: readonly Certificate[]
  /** How many stood there again. */
  readonly duplicates: number
  /** PKCS#7 with content or signatures besides its certificates. */
  readonly isSignedMessage: boolean
}

export type BundleReading = { readonly bundle: CertificateBundle } | { readonly fault: BundleFault }

/**
 * Reads the file a partner gives: PKCS#7 in DER, BER, PEM or bare base64, PEM certificates, one
 * DER certificate. What it is instead is named. Bounded in time and memory whatever it holds.
 */
export function readBundle(bytes: Uint8Array): BundleReading {
  if (bytes.length === 0) return { fault: 'FILE_EMPTY' }
  if (bytes.length > MAX_BUNDLE_BYTES) return { fault: 'FILE_TOO_LARGE' }
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const text = textOfFile(buffer)
  if (holdsPrivateKey(text)) return { fault: 'PRIVATE_KEY' }
  // A message in DER may carry a PEM text; it is looked for only where there is no DER.
  const isDer = !NO_DER.has(kindOfDer(buffer))
  const { blocks, isCut } = isDer ? NO_BLOCKS : readPemBlocks(text)
  const isPem = blocks.length > 0 || isCut
  const plain = isDer ? buffer : (decodeBase64(text) ?? buffer)
  const pieces = isPem ? blocks.map((block) => block.bytes) : [plain]
  const kinds = pieces.map((piece) => (piece === undefined ? 'damaged' : kindOfDer(piece)))
  // A key is named before anything else is looked at, wherever it stands.
  const secret = kinds.map((kind) => SECRETS[kind]).find((fault) => fault !== undefined)
  if (secret !== undefined) return { fault: secret }
  if (isCut || (isPem && pieces.includes(undefined))) return { fault: 'PEM_CUT' }
  return readPieces(
    pieces.map((piece, index) => ({ bytes: piece!, kind: kinds[index]! })),
    isPem,
    text,
  )
}

/** Every certificate of a file of authorities, however many; a larger bound for operators' files. */
export function readCertificatesOf(bytes: Uint8Array, maxCertificates: number): BundleReading {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const text = textOfFile(buffer)
  const { blocks, isCut } = readPemBlocks(text)
  if (isCut) return { fault: 'PEM_CUT' }
  const pieces = blocks.length > 0 ? blocks.flatMap(({ bytes }) => bytes ?? []) : [buffer]
  return readPieces(
    pieces.map((piece) => ({ bytes: piece, kind: kindOfDer(piece) })),
    blocks.length > 0,
    text,
    maxCertificates,
  )
}

const NO_DER: ReadonlySet<DerKind> = new Set(['unknown', 'damaged'])
const NO_BLOCKS: PemReading = { blocks: [], isCut: false }

const SECRETS: Readonly<Partial<Record<DerKind, BundleFault>>> = {
  'private-key': 'PRIVATE_KEY',
  pkcs12: 'PKCS12',
  'key-store': 'KEY_STORE',
}

/** What a file without certificates is. */
const OTHERS: Readonly<Partial<Record<DerKind, BundleFault>>> = {
  ...SECRETS,
  'signing-request': 'SIGNING_REQUEST',
  'revocation-list': 'REVOCATION_LIST',
  'public-key': 'PUBLIC_KEY',
  damaged: 'DAMAGED',
}

interface Piece {
  readonly bytes: Buffer
  readonly kind: DerKind
}

function readPieces(
  pieces: readonly Piece[],
  isPem: boolean,
  text: string,
  maximum = MAX_BUNDLE_CERTIFICATES,
): BundleReading {
  const ders: Buffer[] = []
  let isSignedMessage = false
  let isPkcs7 = false
  try {
    for (const { bytes, kind } of pieces) {
      if (kind === 'certificate') ders.push(isPem ? firstOf(bytes) : bytes)
      if (kind !== 'pkcs7') continue
      const reading = readPkcs7(bytes, maximum)
      if (reading?.type === 'too-many') return { fault: 'TOO_MANY_CERTIFICATES' }
      if (reading?.type !== 'certificates') return { fault: 'PKCS7_OTHER' }
      isPkcs7 = true
      isSignedMessage ||= reading.isSignedMessage
      ders.push(...reading.certificates)
    }
    if (ders.length > maximum) return { fault: 'TOO_MANY_CERTIFICATES' }
    if (ders.length === 0)
      return { fault: isPkcs7 ? 'PKCS7_EMPTY' : otherThanCertificates(pieces, text) }
    const unique = new Map(ders.map((der) => [der.toString('latin1'), der]))
    const certificates = [...unique.values()].map(readCertificate)
    return {
      bundle: {
        form: isPkcs7 ? 'pkcs7' : isPem ? 'pem' : 'der',
        certificates,
        duplicates: ders.length - certificates.length,
        isSignedMessage,
      },
    }
  } catch (error) {
    if (isDerError(error)) return { fault: 'DAMAGED' }
    throw error
  }
}

function otherThanCertificates(pieces: readonly Piece[], text: string): BundleFault {
  if (holdsSshPublicKey(text)) return 'SSH_PUBLIC_KEY'
  const faults = pieces.flatMap(({ kind }) => OTHERS[kind] ?? [])
  return faults[0] ?? 'NOT_CERTIFICATES'
}

/** OpenSSL's TRUSTED CERTIFICATE has its own settings after the certificate. */
function firstOf(bytes: Buffer): Buffer {
  return parseDer(bytes, { maxDepth: 1, maxElements: 1, rules: 'der' }, 'allow').raw
}

/** The file as text: UTF-16 as Windows writes it is decoded, stray NULs dropped; never refused. */
function textOfFile(bytes: Buffer): string {
  const mark = bytes.readUIntBE(0, Math.min(2, bytes.length))
  if (mark === 0xfffe) return bytes.toString('utf16le')
  if (mark === 0xfeff && bytes.length % 2 === 0)
    return Buffer.from(bytes).swap16().toString('utf16le')
  return bytes.toString('latin1').replaceAll('\0', '')
}
