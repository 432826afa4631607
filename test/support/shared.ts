import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../..')

/**
 * The folder of reference data that stands beside a full checkout: `RACCORD_SHARED`, else
 * `../shared`. Undefined in a checkout that stands alone.
 */
export const sharedFolder: string | undefined = [
  process.env['RACCORD_SHARED'],
  resolve(ROOT, '../shared'),
].find((folder) => folder !== undefined && existsSync(resolve(folder, 'data')))

/** `describe` for suites that need the shared data: skipped without it, a failure with CI=true. */
export const describeWithShared =
  sharedFolder !== undefined || process.env['CI'] === 'true' ? describe : describe.skip

/** Path of a file or folder under the shared data. @throws when the data is not there */
export function shared(path: string): string {
  if (sharedFolder === undefined) {
    throw new Error(
      'The shared data is missing: set RACCORD_SHARED, or put it beside the checkout.',
    )
  }
  return resolve(sharedFolder, path)
}
