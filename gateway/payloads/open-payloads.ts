import { isAbsolute, join } from 'node:path'
import { GatewayError } from '../errors.ts'
import { openFilePayloadStore } from './files/file-payload-store.ts'
import type { PayloadStore } from './payloads.ts'

export interface PayloadsOptions {
  /** Setting `payloads.url`. */
  readonly url: string
  readonly dataFolder: string
}

/** One line an engine. */
const ENGINES: Readonly<Record<string, (options: PayloadsOptions) => Promise<PayloadStore>>> = {
  'file:': openFiles,
  's3:': openS3,
}

/**
 * Opens the store that the setting `payloads.url` names: `file:` = the folder `payloads` in the
 * data folder, `file:PATH` = another folder, relative paths counting from the data folder;
 * `s3://bucket/prefix` = a bucket (s3/s3-address.ts has its options), with `landing` in the data folder.
 * @throws GatewayError CONFIG_INVALID for any other scheme, STORE_UNFIT for a bucket that refuses
 */
export async function openPayloads(options: PayloadsOptions): Promise<PayloadStore> {
  const scheme = options.url.slice(0, options.url.indexOf(':') + 1)
  const open = ENGINES[scheme]
  if (open === undefined) {
    throw new GatewayError(
      'CONFIG_INVALID',
      // Not the whole URL: it may carry a password.
      `payloads.url names no store: "${scheme}"; known are ${Object.keys(ENGINES).join(', ')}`,
    )
  }
  return open(options)
}

function openFiles({ url, dataFolder }: PayloadsOptions): Promise<PayloadStore> {
  const path = url.slice('file:'.length).replace(/^\/\//, '')
  if (path === '') return openFilePayloadStore({ folder: join(dataFolder, 'payloads') })
  // Any other folder may be that of several processes.
  const folder = isAbsolute(path) ? path : join(dataFolder, path)
  return openFilePayloadStore({ folder, isShared: true })
}

/** The SDK is loaded by those who use it only. */
async function openS3({ url, dataFolder }: PayloadsOptions): Promise<PayloadStore> {
  const { openS3PayloadStore } = await import('./s3/s3-payload-store.ts')
  return openS3PayloadStore({ url, landingFolder: join(dataFolder, 'landing') })
}
