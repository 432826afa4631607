import { createHash } from 'node:crypto'
import { open, type FileHandle } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { crc32, createInflateRaw } from 'node:zlib'

/** A file of an archive, read through. */
export interface ZipEntry {
  readonly sha256: string
  /** Of those that were asked for. */
  readonly content: Buffer | undefined
}

export interface ReadZip {
  /** By path; none when it is no archive. */
  readonly entries: ReadonlyMap<string, ZipEntry>
  /**
   * Whether every byte around the contents is the one that our own writer puts there: the list at
   * the end, which other programs read, says what the files themselves say.
   */
  readonly isAsWritten: boolean
}

/** What is asked for is held whole; anything longer is none of it. */
const MAX_KEPT_BYTES = 256 * 1024 * 1024
/** Sizes and signatures of APPNOTE 4.3.7, 4.3.9, 4.3.12 and 4.3.16; without comment or 64-bit form. */
const LOCAL = { bytes: 30, signature: 0x0403_4b50 }
const DESCRIPTOR = { bytes: 16, signature: 0x0807_4b50 }
const CENTRAL = { bytes: 46, signature: 0x0201_4b50 }
const END = { bytes: 22, signature: 0x0605_4b50 }
/** 2.0, deflated, sizes after the content: what fflate writes for a stream. */
const WRITTEN = { version: 20, flags: 8, method: 8 }
const STORED = 0

/** What the list at the end says of a file. */
interface Listed {
  readonly name: Buffer
  readonly method: number
  /** MS-DOS time and date. */
  readonly time: number
  readonly crc: number
  readonly packedBytes: number
  readonly bytes: number
  readonly offset: number
}

/** Reads an archive by the list at its end, as every other program does. */
export async function readEvidenceZip(file: string, keep: ReadonlySet<string>): Promise<ReadZip> {
  const handle = await open(file)
  try {
    return await readArchive(handle, (await handle.stat()).size, keep)
  } finally {
    await handle.close()
  }
}

async function readArchive(
  handle: FileHandle,
  fileBytes: number,
  keep: ReadonlySet<string>,
): Promise<ReadZip> {
  const entries = new Map<string, ZipEntry>()
  const end = await bytesAt(handle, fileBytes - END.bytes, END.bytes)
  if (end === undefined || end.readUInt32LE(0) !== END.signature) {
    return { entries, isAsWritten: false }
  }
  const [count, bytes, offset] = [end.readUInt16LE(10), end.readUInt32LE(12), end.readUInt32LE(16)]
  const directory = await bytesAt(handle, offset, bytes)
  const listed = directory === undefined ? [] : listedIn(directory)
  let isAsWritten =
    listed.length === count &&
    directory?.equals(Buffer.concat(listed.map(centralOf))) === true &&
    end.equals(endOf(count, bytes, offset)) &&
    offset + bytes + END.bytes === fileBytes
  let position = 0
  for (const one of listed) {
    const name = one.name.toString('utf8')
    const local = await bytesAt(handle, one.offset, LOCAL.bytes + one.name.length)
    const start = one.offset + LOCAL.bytes + skippedIn(local)
    const read = await readContent(handle, start, one, keep.has(name))
    const after = await bytesAt(handle, start + one.packedBytes, DESCRIPTOR.bytes)
    isAsWritten &&=
      read.isAsListed &&
      !entries.has(name) &&
      one.offset === position &&
      local?.equals(localOf(one)) === true &&
      after?.equals(descriptorOf(one)) === true
    position = start + one.packedBytes + DESCRIPTOR.bytes
    entries.set(name, read)
  }
  return { entries, isAsWritten: isAsWritten && position === offset }
}

/** Of the name and what else stands before the content. */
function skippedIn(local: Buffer | undefined): number {
  return local === undefined ? 0 : local.readUInt16LE(26) + local.readUInt16LE(28)
}

function listedIn(directory: Buffer): readonly Listed[] {
  const listed: Listed[] = []
  for (let at = 0; at + CENTRAL.bytes <= directory.length;) {
    const row = directory.subarray(at)
    if (row.readUInt32LE(0) !== CENTRAL.signature) break
    const [name, extra, comment] = [
      row.readUInt16LE(28),
      row.readUInt16LE(30),
      row.readUInt16LE(32),
    ]
    listed.push({
      name: row.subarray(CENTRAL.bytes, CENTRAL.bytes + name),
      method: row.readUInt16LE(10),
      time: row.readUInt32LE(12),
      crc: row.readUInt32LE(16),
      packedBytes: row.readUInt32LE(20),
      bytes: row.readUInt32LE(24),
      offset: row.readUInt32LE(42),
    })
    at += CENTRAL.bytes + name + extra + comment
  }
  return listed
}

async function readContent(
  handle: FileHandle,
  start: number,
  { method, packedBytes, bytes, crc }: Listed,
  isKept: boolean,
): Promise<ZipEntry & { readonly isAsListed: boolean }> {
  const hash = createHash('sha256')
  const pieces: Buffer[] = []
  let [length, sum, packed] = [0, 0, 0]
  const take = (piece: Buffer): void => {
    hash.update(piece)
    sum = crc32(piece, sum)
    length += piece.length
    if (isKept && length <= MAX_KEPT_BYTES) pieces.push(piece)
    // What says less than it holds is no content of ours, and may be without end.
    if (length > bytes) throw new Error('longer than listed')
  }
  const source =
    packedBytes === 0
      ? []
      : handle.createReadStream({ start, end: start + packedBytes - 1, autoClose: false })
  try {
    if (method === STORED) for await (const piece of source) take(piece as Buffer)
    else {
      const inflate = createInflateRaw()
      await pipeline(source, inflate, async (unpacked) => {
        for await (const piece of unpacked) take(piece as Buffer)
      })
      packed = inflate.bytesWritten
    }
  } catch {
    return { sha256: '', content: undefined, isAsListed: false }
  }
  return {
    sha256: hash.digest('hex'),
    content: isKept && length <= MAX_KEPT_BYTES ? Buffer.concat(pieces) : undefined,
    isAsListed: length === bytes && sum === crc && packed === packedBytes,
  }
}

function localOf({ name, time }: Listed): Buffer {
  const head = Buffer.alloc(LOCAL.bytes)
  head.writeUInt32LE(LOCAL.signature, 0)
  head.writeUInt16LE(WRITTEN.version, 4)
  head.writeUInt16LE(WRITTEN.flags, 6)
  head.writeUInt16LE(WRITTEN.method, 8)
  head.writeUInt32LE(time, 10)
  head.writeUInt16LE(name.length, 26)
  return Buffer.concat([head, name])
}

function descriptorOf({ crc, packedBytes, bytes }: Listed): Buffer {
  const words = Buffer.alloc(DESCRIPTOR.bytes)
  for (const [at, word] of [DESCRIPTOR.signature, crc, packedBytes, bytes].entries()) {
    words.writeUInt32LE(word, at * 4)
  }
  return words
}

function centralOf({ name, time, crc, packedBytes, bytes, offset }: Listed): Buffer {
  const head = Buffer.alloc(CENTRAL.bytes)
  head.writeUInt32LE(CENTRAL.signature, 0)
  head.writeUInt16LE(WRITTEN.version, 4)
  head.writeUInt16LE(WRITTEN.version, 6)
  head.writeUInt16LE(WRITTEN.flags, 8)
  head.writeUInt16LE(WRITTEN.method, 10)
  for (const [at, word] of [time, crc, packedBytes, bytes].entries()) {
    head.writeUInt32LE(word, 12 + at * 4)
  }
  head.writeUInt16LE(name.length, 28)
  head.writeUInt32LE(offset, 42)
  return Buffer.concat([head, name])
}

function endOf(count: number, bytes: number, offset: number): Buffer {
  const end = Buffer.alloc(END.bytes)
  end.writeUInt32LE(END.signature, 0)
  end.writeUInt16LE(count, 8)
  end.writeUInt16LE(count, 10)
  end.writeUInt32LE(bytes, 12)
  end.writeUInt32LE(offset, 16)
  return end
}

/** Undefined: the file has no such place. */
async function bytesAt(
  handle: FileHandle,
  position: number,
  length: number,
): Promise<Buffer | undefined> {
  if (position < 0 || position + length > (await handle.stat()).size) return undefined
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position)
  return bytesRead === length ? buffer : undefined
}
