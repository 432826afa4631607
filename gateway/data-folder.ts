import { access, constants, mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { errorCode } from './durable-files.ts'
import { GatewayError } from './errors.ts'

/**
 * Makes the folder of everything the gateway keeps, when it is not there, and sees to it that this
 * process may write in it.
 * @throws GatewayError DATA_FOLDER_UNUSABLE saying what is in the way
 */
export async function openDataFolder(folder: string): Promise<void> {
  try {
    await makeFolder(folder)
    if (!(await stat(folder)).isDirectory()) throw unusable(folder, 'it is not a folder')
    await access(folder, constants.W_OK | constants.X_OK)
  } catch (error) {
    if (error instanceof GatewayError) throw error
    throw unusable(folder, errorCode(error) ?? String(error), error)
  }
}

/** Level by level: the recursive mkdir of Node never ends where none can be made (under /proc). */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 })
  } catch (error) {
    const code = errorCode(error)
    if (code === 'EEXIST') return
    const parent = dirname(folder)
    if (code !== 'ENOENT' || (await isThere(parent))) throw error
    await makeFolder(parent)
    await mkdir(folder, { mode: 0o700 })
  }
}

const isThere = (folder: string): Promise<boolean> =>
  stat(folder).then(
    () => true,
    () => false,
  )

function unusable(folder: string, why: string, cause?: unknown): GatewayError {
  return new GatewayError(
    'DATA_FOLDER_UNUSABLE',
    `The data folder ${folder} cannot be used: ${why}.`,
    { cause },
  )
}
