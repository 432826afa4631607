import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import type { BilingualText } from '../../gateway/flow.ts'
import { DAMAGES, type Damage, type DamageName } from './damages.ts'
import { decodeTarHeader, TAR_BLOCK_BYTES } from './tar-header.ts'

const HEAD_BYTES = 4_096
/** Files up to this size are mended in memory-less passes to prove a diagnosis. */
const PROOF_MAX_BYTES = 256 * 1024 * 1024
/** So few line feeds could all follow a carriage return by chance. */
const MIN_LINE_FEEDS = 4
/** A file of random bytes this long has none of 256 values with probability e^-16. */
const MIN_BYTES_WITHOUT_A_VALUE = 4_096
/** The same for a pair of bytes. */
const MIN_BYTES_WITHOUT_A_PAIR = 1024 * 1024
const MIN_ZERO_RUN = 16

export interface Diagnosis {
  readonly name: DamageName
  readonly rule: string
  readonly detail: BilingualText
  readonly remedy: BilingualText
}

/**
 * Says what happened to an archive that does not unpack, where that shows: it was made by another
 * tool, or changed on its way. Reads the file again; called on failures only.
 *
 * @param inflatedHead first bytes of the inflated content, when gzip gave any
 * @returns undefined when the bytes tell nothing
 */
export async function diagnoseDamage(
  path: string,
  inflatedHead: Uint8Array = new Uint8Array(0),
): Promise<Diagnosis | undefined> {
  const head = await readHead(path)
  const name =
    wrongFormat(head) ??
    changedHead(head) ??
    (isGzip(head) ? ((await changedBody(path)) ?? wrongContent(inflatedHead)) : undefined)
  if (name === undefined) return undefined
  const damage: Damage = DAMAGES[name]
  return { name, rule: damage.rule, detail: damage.detail, remedy: damage.remedy }
}

async function readHead(path: string): Promise<Buffer> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

const startsWith = (bytes: Uint8Array, ...start: number[]): boolean =>
  start.every((byte, index) => bytes[index] === byte)

const isGzip = (head: Uint8Array): boolean => startsWith(head, 0x1f, 0x8b)

/** Another kind of file under the name .tar.gz. */
function wrongFormat(head: Buffer): DamageName | undefined {
  if (startsWith(head, 0x50, 0x4b, 0x03, 0x04) || startsWith(head, 0x50, 0x4b, 0x05, 0x06)) {
    return 'zip'
  }
  if (startsWith(head, 0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c)) return 'seven-zip'
  if (startsWith(head, 0x52, 0x61, 0x72, 0x21, 0x1a, 0x07)) return 'rar'
  if (startsWith(head, 0xfd, 0x37, 0x7a, 0x58, 0x5a) || startsWith(head, 0x42, 0x5a, 0x68)) {
    return 'other-compression'
  }
  if (startsWith(head, 0x28, 0xb5, 0x2f, 0xfd) || startsWith(head, 0x1f, 0x9d)) {
    return 'other-compression'
  }
  if (head.subarray(0, 1_024).includes('%PDF-')) return 'pdf'
  if (isTarBlock(head)) return 'plain-tar'
  return textFormat(head)
}

function textFormat(head: Buffer): DamageName | undefined {
  const text = head.toString('latin1').replace(/^(\xef\xbb\xbf|\xff\xfe|\xfe\xff)/, '')
  const start = text.replaceAll('\0', '').trimStart()
  if (/^<!doctype html|^<html/i.test(start)) return 'web-page'
  if (start.startsWith('<')) return 'bare-xml'
  if (start.startsWith('-----BEGIN')) return 'base64'
  if (/^content-[a-z-]+:/im.test(start.slice(0, 1_024)) && /base64/i.test(start)) return 'base64'
  if (start.startsWith('H4sI') || /^begin(-base64)? [0-7]{3,4} /.test(start)) return 'base64'
  if (startsWith(head, 0xef, 0xbb, 0xbf) && isGzip(head.subarray(3))) return 'bom'
  if (head.length > 0 && head.every((byte) => byte === 0)) return 'zeros'
  return undefined
}

/** A gzip file whose bytes were translated: its first three, 1F 8B 08, became others. */
function changedHead(head: Buffer): DamageName | undefined {
  const afterBom = startsWith(head, 0xef, 0xbb, 0xbf) ? head.subarray(3) : head
  // U+008B and U+FFFD as UTF-8: the file was read as text and written again.
  if (startsWith(afterBom, 0x1f, 0xc2, 0x8b) || startsWith(afterBom, 0x1f, 0xef, 0xbf, 0xbd)) {
    return 'character-set'
  }
  // The code pages 037, 500 and 1047 agree on these: ASCII to EBCDIC, and EBCDIC to ASCII.
  if (startsWith(head, 0x1f, 0x2b, 0x16) || startsWith(head, 0x1f, 0xbb, 0x97)) return 'ebcdic'
  if (startsWith(head, 0x1f, 0x0b, 0x08)) return 'seven-bit'
  return undefined
}

function wrongContent(inflated: Uint8Array): DamageName | undefined {
  const head = Buffer.from(inflated)
  if (isGzip(head)) return 'double-gzip'
  switch (wrongFormat(head)) {
    case 'bare-xml':
      return 'gzip-of-xml'
    case 'zip':
    case 'seven-zip':
    case 'rar':
      return 'gzip-of-archive'
    default:
      return undefined
  }
}

function isTarBlock(head: Buffer): boolean {
  if (head.length < TAR_BLOCK_BYTES || head[0] === 0) return false
  try {
    decodeTarHeader(head.subarray(0, TAR_BLOCK_BYTES))
    return true
  } catch {
    return false
  }
}

/** What the bytes after the first three show, in a file that still starts as gzip does. */
async function changedBody(path: string): Promise<DamageName | undefined> {
  const counts = await countBytes(path)
  if (counts.lineFeeds >= MIN_LINE_FEEDS && counts.pairs === counts.lineFeeds) return 'crlf-added'
  if (counts.pairs > 0 && (await inflatesWithout(path, counts.bytes))) return 'crlf-added'
  if (counts.carriageReturns === 0 && counts.bytes >= MIN_BYTES_WITHOUT_A_VALUE) return 'cr-removed'
  if (counts.pairs === 0 && counts.bytes >= MIN_BYTES_WITHOUT_A_PAIR) return 'cr-removed'
  if (counts.zerosAtEnd >= MIN_ZERO_RUN) return 'zeros-at-end'
  return undefined
}

interface ByteCounts {
  bytes: number
  lineFeeds: number
  carriageReturns: number
  /** Line feeds that follow a carriage return. */
  pairs: number
  zerosAtEnd: number
}

async function countBytes(path: string): Promise<ByteCounts> {
  const counts = { bytes: 0, lineFeeds: 0, carriageReturns: 0, pairs: 0, zerosAtEnd: 0 }
  let last = 0
  for await (const piece of createReadStream(path) as AsyncIterable<Buffer>) {
    counts.bytes += piece.length
    for (const byte of piece) {
      if (byte === 0x0a) {
        counts.lineFeeds += 1
        if (last === 0x0d) counts.pairs += 1
      } else if (byte === 0x0d) {
        counts.carriageReturns += 1
      }
      counts.zerosAtEnd = byte === 0 ? counts.zerosAtEnd + 1 : 0
      last = byte
    }
  }
  return counts
}

/** The proof: the file inflates, checksum included, once the carriage returns are taken out. */
async function inflatesWithout(path: string, bytes: number): Promise<boolean> {
  if (bytes > PROOF_MAX_BYTES) return false
  try {
    await pipeline(
      withoutAddedReturns(createReadStream(path)),
      createGunzip(),
      new Writable({ write: (_chunk, _encoding, done) => done() }),
    )
    return true
  } catch {
    return false
  }
}

/** Takes out the carriage return in front of each line feed. */
async function* withoutAddedReturns(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let heldReturn = false
  for await (const piece of source) {
    const out = Buffer.allocUnsafe(piece.length + 1)
    let used = 0
    for (const byte of piece) {
      if (heldReturn && byte !== 0x0a) out[used++] = 0x0d
      heldReturn = byte === 0x0d
      if (!heldReturn) out[used++] = byte
    }
    yield out.subarray(0, used)
  }
  if (heldReturn) yield Buffer.from([0x0d])
}
