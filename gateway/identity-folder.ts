import { isAbsolute, join } from 'node:path'
import type { Config } from '../config/schema.ts'

/**
 * Where the gateway's own keys are: setting `identity.folder`, relative to the data folder, else
 * `DATA/identity`. Processes of one gateway on several machines name a folder that all of them
 * reach: partners then meet one identity, whichever of them answers.
 */
export function identityFolder({ data, identity }: Pick<Config, 'data' | 'identity'>): string {
  const folder = identity.folder === '' ? 'identity' : identity.folder
  return isAbsolute(folder) ? folder : join(data, folder)
}
