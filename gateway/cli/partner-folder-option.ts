import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { startFolder } from '../../config/start-folder.ts'
import { apiClient, dataFolder, type ApiOptions } from './api-options.ts'
import type { CommandContext } from './command-context.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'
import { partnerPlace } from './partner-kit.ts'

/**
 * The folder that is named, or that of the connection in the data folder of this machine.
 * @throws CommandFailure usage
 */
export async function partnerFolderOption(
  options: ApiOptions & { readonly partner?: string; readonly connection?: string },
  context: CommandContext,
): Promise<string> {
  if (options.partner !== undefined) {
    return resolve(startFolder(context.environment), options.partner)
  }
  const { connection } = options
  if (connection === undefined) {
    throw new CommandFailure(
      EXIT.usage,
      'As which partner?',
      'Name its folder with --partner, or its connection with --connection.',
    )
  }
  const client = await apiClient(options, context)
  const { applicationCode } = await client.json<{ readonly applicationCode: string }>({
    path: `/connections/${encodeURIComponent(connection)}`,
  })
  const place = partnerPlace(dataFolder(options, context), applicationCode)
  if (existsSync(place)) return place
  throw new CommandFailure(
    EXIT.usage,
    `No folder of ${applicationCode} is known on this machine.`,
    `Name it with --partner, or make it known: raccord connection kit ${applicationCode} --partner FOLDER-OF-ITS-KEY`,
  )
}
