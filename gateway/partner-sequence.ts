import { randomBytes } from 'node:crypto'
import { open, type FileHandle } from 'node:fs/promises'

/** One entry: 15 hexadecimal digits and a line feed. `wc -l` shows the number given last. */
const ENTRY_BYTES = 16

/**
 * The next number of a sequence, from 1: durable, never given twice, whoever asks at the same time
 * and whatever dies in between (a number may then be left out).
 *
 * Every number is an entry of its own random text, appended; appending is atomic, so the place of
 * one's entry is one's number. No lock is held that a dead process could leave behind.
 */
export async function nextInSequence(path: string): Promise<number> {
  const file = await open(path, 'a+', 0o600)
  try {
    const entry = Buffer.from(`${randomBytes(8).toString('hex').slice(1)}\n`)
    const { size: before } = await file.stat()
    await file.appendFile(entry)
    await file.datasync()
    return Math.floor((await placeOf(file, entry, before)) / ENTRY_BYTES) + 1
  } finally {
    await file.close()
  }
}

/** Where `entry` stands: at `from`, or behind what others appended meanwhile. */
async function placeOf(file: FileHandle, entry: Buffer, from: number): Promise<number> {
  const { size } = await file.stat()
  const added = Buffer.alloc(size - from)
  const { bytesRead } = await file.read(added, 0, added.length, from)
  const place = added.subarray(0, bytesRead).indexOf(entry)
  if (place === -1) throw new Error('The sequence file was shortened while it was in use.')
  return from + place
}
