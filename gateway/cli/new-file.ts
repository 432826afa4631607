import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { CommandFailure, EXIT } from './exit-codes.ts'

/**
 * Writes a file that is not there yet, and the folders above it.
 * @throws CommandFailure usage: it is there already, or cannot be written
 */
export async function writeNewFile(
  path: string,
  content: Uint8Array | string | AsyncIterable<Uint8Array>,
): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, content, { flag: 'wx' })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === undefined) throw error
    throw new CommandFailure(
      EXIT.usage,
      code === 'EEXIST' ? `${path} is there already.` : `${path} cannot be written (${code}).`,
      'Name another place with --out.',
    )
  }
}
