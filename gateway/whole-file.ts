import { randomBytes } from 'node:crypto'
import { link, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { errorCode } from './durable-files.ts'

/**
 * Writes a file whole and durable, or leaves what was there. A private one (0600) is never put in
 * the place of another.
 */
export async function writeWhole(
  folder: string,
  name: string,
  content: string | Uint8Array,
  mode: 0o600 | 0o644 = 0o644,
): Promise<void> {
  const temporary = join(folder, `.${name}.${randomBytes(6).toString('hex')}`)
  const file = await open(temporary, 'wx', mode)
  try {
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
  const target = join(folder, name)
  if (mode === 0o644) return rename(temporary, target)
  await link(temporary, target).catch((error: unknown) => {
    if (errorCode(error) !== 'EEXIST') throw error
  })
  await rm(temporary)
}
