import type { Command } from 'commander'
import { loadConfig, type ConfigOverrides } from '../../config/load.ts'
import type { Config } from '../../config/schema.ts'
import type { CommandContext } from './command-context.ts'

/** Options of the commands that start a gateway. */
export interface GatewayOptions {
  readonly config?: string
  readonly data?: string
  readonly host?: string
  readonly publicHost?: string
  readonly sftpPort?: string
  readonly as2Port?: string
  readonly pesitPort?: string
  readonly apiPort?: string
  readonly roles?: string
  readonly journal?: string
  readonly queue?: string
  readonly payloads?: string
  readonly logLevel?: string
}

export function withGatewayOptions(command: Command): Command {
  return command
    .option('--config <file>', 'settings, YAML (docs/configuration.md)')
    .option('--data <folder>', 'folder of everything the gateway keeps (RACCORD_DATA)')
    .option('--host <address>', 'address to bind; 0.0.0.0 for all')
    .option('--public-host <name>', 'name partners reach the gateway by')
    .option('--sftp-port <port>', 'port of SFTP, 0 = any free one')
    .option('--as2-port <port>', 'port of AS2 over http, 0 = any free one')
    .option('--pesit-port <port>', 'port of PeSIT inside mutual TLS, 0 = any free one')
    .option('--api-port <port>', 'port of the API, 0 = any free one')
    .option('--roles <list>', 'listeners,workers,delivery,api')
    .option('--journal <url>', 'sqlite: or postgres://… (a password: RACCORD_JOURNAL__URL_FILE)')
    .option('--queue <url>', 'journal: or redis://… (a password: RACCORD_QUEUE__URL_FILE)')
    .option('--payloads <url>', 'where contents are kept (RACCORD_PAYLOADS__URL)')
    .option('--log-level <level>', 'trace, debug, info, warn, error')
}

/** The configuration those options, the file and the environment make together, over the command's own defaults. */
export function gatewayConfig(
  options: GatewayOptions,
  context: CommandContext,
  fallbacks?: ConfigOverrides,
): Config {
  const { environment } = context
  const file = options.config ?? environment['RACCORD_CONFIG']
  return loadConfig({
    environment,
    fallbacks,
    ...(file === undefined ? {} : { file }),
    overrides: {
      ...given('data', options.data),
      ...given('host', options.host),
      ...given('publicHost', options.publicHost),
      ...given('roles', options.roles),
      ...nested('sftp', given('port', options.sftpPort)),
      ...nested('as2', given('port', options.as2Port)),
      ...nested('pesit', given('port', options.pesitPort)),
      ...nested('api', given('port', options.apiPort)),
      ...nested('journal', given('url', options.journal)),
      ...nested('queue', given('url', options.queue)),
      ...nested('payloads', given('url', options.payloads)),
      ...nested('log', given('level', options.logLevel)),
    },
  })
}

function given(name: string, value: string | undefined): Record<string, string> {
  return value === undefined ? {} : { [name]: value }
}

function nested(
  name: string,
  members: Record<string, string>,
): Record<string, Record<string, string>> {
  return Object.keys(members).length === 0 ? {} : { [name]: members }
}
