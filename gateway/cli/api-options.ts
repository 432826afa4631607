import type { Command } from 'commander'
import { loadConfig } from '../../config/load.ts'
import { ApiClient, type ApiTarget } from './api-client.ts'
import type { CommandContext } from './command-context.ts'

/** Options of a command that talks to a running gateway. */
export interface ApiOptions {
  readonly url?: string
  readonly token?: string
  readonly data?: string
}

/** Adds `--url`, `--token` and `--data`. */
export function withApiOptions(command: Command): Command {
  return command
    .option('--url <url>', 'API of the gateway (RACCORD_URL)')
    .option('--token <token>', 'token of the API (RACCORD_TOKEN)')
    .option('--data <folder>', 'data folder of a gateway on this machine (RACCORD_DATA)')
}

/** The client those options lead to. @throws CommandFailure unreachable */
export async function apiClient(options: ApiOptions, context: CommandContext): Promise<ApiClient> {
  return ApiClient.find(apiTarget(options, context))
}

/** One that may ask how a process is, with an API or without. @throws CommandFailure unreachable */
export async function healthClient(
  options: ApiOptions,
  context: CommandContext,
): Promise<ApiClient> {
  return ApiClient.findHealth(apiTarget(options, context))
}

function apiTarget(options: ApiOptions, context: CommandContext): ApiTarget {
  const { environment } = context
  const url = options.url ?? environment['RACCORD_URL']
  const token = options.token ?? environment['RACCORD_TOKEN']
  return {
    data: dataFolder(options, context),
    language: context.language,
    ...(url === undefined ? {} : { url }),
    ...(token === undefined ? {} : { token }),
  }
}

/** The data folder of this machine those options mean. */
export function dataFolder(
  { data }: Pick<ApiOptions, 'data'>,
  { environment }: CommandContext,
): string {
  return loadConfig({ environment, ...(data === undefined ? {} : { overrides: { data } }) }).data
}
