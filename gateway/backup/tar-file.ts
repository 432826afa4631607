import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, open, stat, type FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { finished } from 'node:stream/promises'
import { errorCode, fileFault } from '../durable-files.ts'
import { GatewayError } from '../errors.ts'

/** POSIX ustar, with GNU's long names and sizes: what `tar` reads and writes. */
const BLOCK = 512
const NAME_BYTES = 100
const LONG_NAME = '././@LongLink'
const MAX_OCTAL_SIZE = 0o77777777777
const MAX_LONG_NAME = 4_096
/** Relative, forward, and nowhere above. */
const SAFE_PATH = /^(?!.*(?:^|\/)\.\.(?:\/|$))[^/\\\0][^\\\0]*$/

/** Writes files of a folder into a new tar file, for its owner alone, durable when it resolves. */
export async function writeTar(
  folder: string,
  paths: readonly string[],
  file: string,
): Promise<void> {
  const out = createWriteStream(file, { flags: 'wx', mode: 0o600, flush: true })
  const done = finished(out)
  const write = async (bytes: Uint8Array): Promise<void> => {
    if (!out.write(bytes)) await Promise.race([once(out, 'drain'), done])
  }
  for (const path of paths) {
    const name = Buffer.from(path)
    if (name.length > NAME_BYTES) {
      await write(header(Buffer.from(LONG_NAME), name.length + 1, 'L'))
      await write(Buffer.concat([name, Buffer.alloc(1 + padding(name.length + 1))]))
    }
    const { size } = await stat(join(folder, path))
    await write(header(name.subarray(0, NAME_BYTES), size, '0'))
    for await (const piece of createReadStream(join(folder, path))) {
      await write(piece as Buffer)
    }
    await write(Buffer.alloc(padding(size)))
  }
  out.end(Buffer.alloc(2 * BLOCK))
  await done
}

/**
 * Unpacks a tar file of `writeTar`, or of another program that packed the same folder.
 * @throws GatewayError BACKUP_DAMAGED when it is no such file, or ends before its end
 */
export async function unpackTar(file: string, folder: string): Promise<void> {
  const source = await open(file, 'r')
  try {
    const { size } = await source.stat()
    let position = 0
    let longName: string | undefined
    for (;;) {
      const block = await readWhole(source, position, BLOCK, file)
      position += BLOCK
      if (block.every((byte) => byte === 0)) return
      const { name, bytes, type } = readHeader(block, file)
      if (!Number.isSafeInteger(bytes) || bytes < 0 || bytes > size - position) {
        throw damaged(file, 'it ends before what it says to hold')
      }
      if (type === 'L') {
        if (bytes > MAX_LONG_NAME) throw damaged(file, 'a name is too long')
        const text = await readWhole(source, position, bytes, file)
        longName = text.toString('utf8').replace(/\0.*$/s, '')
      } else if (type === '0' || type === '\0') {
        const path = (longName ?? name).replace(/^\.\//, '')
        if (!SAFE_PATH.test(path)) throw damaged(file, `it has the path ${path}`)
        await copyPart(source, { position, bytes }, join(folder, path), file)
        longName = undefined
      } else if (type !== '5') {
        throw damaged(file, `it has an entry of type ${type}`)
      }
      position += bytes + padding(bytes)
    }
  } finally {
    await source.close()
  }
}

async function copyPart(
  source: FileHandle,
  { position, bytes }: { readonly position: number; readonly bytes: number },
  to: string,
  file: string,
): Promise<void> {
  const target = await newFile(to, file)
  try {
    for (let done = 0; done < bytes;) {
      const piece = await readWhole(
        source,
        position + done,
        Math.min(bytes - done, 1024 * 1024),
        file,
      )
      await target.writeFile(piece)
      done += piece.length
    }
  } finally {
    await target.close()
  }
}

/** Two entries of one name, or one beneath a file: no program packs that. */
async function newFile(path: string, file: string): Promise<FileHandle> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    return await open(path, 'wx', 0o600)
  } catch (error) {
    if (!AMBIGUOUS.has(errorCode(error) ?? '')) throw fileFault(error, 'unpacking a backup')
    throw damaged(file, 'it has a name twice, or one that no file can have')
  }
}
const AMBIGUOUS: ReadonlySet<string> = new Set(['EEXIST', 'ENOTDIR', 'EISDIR', 'ENAMETOOLONG'])

async function readWhole(
  source: FileHandle,
  position: number,
  bytes: number,
  file: string,
): Promise<Buffer> {
  const buffer = Buffer.alloc(bytes)
  const { bytesRead } = await source.read(buffer, 0, bytes, position)
  if (bytesRead < bytes) throw damaged(file, 'it ends too early')
  return buffer
}

function header(name: Buffer, bytes: number, type: string): Buffer {
  const block = Buffer.alloc(BLOCK)
  name.copy(block)
  block.write('0000600\0', 100, 'latin1')
  block.write('0000000\0', 108, 'latin1')
  block.write('0000000\0', 116, 'latin1')
  if (bytes <= MAX_OCTAL_SIZE) {
    block.write(`${bytes.toString(8).padStart(11, '0')}\0`, 124, 'latin1')
  } else {
    block[124] = 0x80
    block.writeBigUInt64BE(BigInt(bytes), 128)
  }
  block.write('00000000000\0', 136, 'latin1')
  block.write(type, 156, 'latin1')
  block.write('ustar\x0000', 257, 'latin1')
  block.write(`${checksum(block).toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return block
}

function readHeader(
  block: Buffer,
  file: string,
): { readonly name: string; readonly bytes: number; readonly type: string } {
  const said = Number.parseInt(block.toString('latin1', 148, 156), 8)
  if (said !== checksum(block)) throw damaged(file, 'a header is not right')
  const text = (start: number, length: number): string =>
    block.toString('utf8', start, start + length).replace(/\0.*$/s, '')
  const prefix = text(345, 155)
  const bytes =
    block[124] === 0x80 ? Number(block.readBigUInt64BE(128)) : Number.parseInt(text(124, 12), 8)
  return {
    name: prefix === '' ? text(0, NAME_BYTES) : `${prefix}/${text(0, NAME_BYTES)}`,
    bytes,
    type: block.toString('latin1', 156, 157),
  }
}

/** The sum of all bytes, its own field as spaces. */
function checksum(block: Buffer): number {
  return block.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 0x20 : byte), 0)
}

const padding = (bytes: number): number => (BLOCK - (bytes % BLOCK)) % BLOCK

const damaged = (file: string, why: string): GatewayError =>
  new GatewayError('BACKUP_DAMAGED', `${file} cannot be unpacked: ${why}.`)
