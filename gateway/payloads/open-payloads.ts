import { isAbsolute, join } from 'node:path'
import { GatewayError } from '../errors.ts'
import { openFilePayloadStore } from './files/file-payload-store.ts'
import type { PayloadStore } from './payloads.ts'

/**
 * Opens the store that the setting `payloads.url` names: `file:` = the folder `payloads` in the
 * data folder, `file:PATH` = another folder, relative paths counting from the data folder.
 * @throws GatewayError CONFIG_INVALID for any other scheme
 */
export async function openPayloads(options: {
  readonly url: string
  readonly dataFolder: string
}): Promise<PayloadStore> {
  const { url, dataFolder } = options
  if (!url.startsWith('file:')) {
    // Not the whole URL: it may carry a password.
    const scheme = url.slice(0, url.indexOf(':') + 1)
    throw new GatewayError(
      'CONFIG_INVALID',
      `payloads.url names no store: "${scheme}"; known is file:`,
    )
  }
  const path = url.slice('file:'.length).replace(/^\/\//, '') || 'payloads'
  return openFilePayloadStore({ folder: isAbsolute(path) ? path : join(dataFolder, path) })
}
