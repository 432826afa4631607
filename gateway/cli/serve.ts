import { Command } from 'commander'
import type { Config } from '../../config/schema.ts'
import { shownConfig } from '../../config/shown-config.ts'
import { GatewayError } from '../errors.ts'
import { startGateway, type Gateway } from '../main.ts'
import { Preparation } from '../preparation.ts'
import type { RunFile } from '../run-file.ts'
import { banner } from './banner.ts'
import type { CommandContext } from './command-context.ts'
import { refreshPartnerFolders, registerGuests, withPartnerOption } from './guest-partners.ts'
import { gatewayConfig, withGatewayOptions, type GatewayOptions } from './gateway-options.ts'
import { stopRequested } from './stop-signal.ts'
import { tell, writeJson } from './terminal.ts'

interface ServeOptions extends GatewayOptions {
  readonly check?: boolean
  readonly json?: boolean
  readonly partner: readonly string[]
}

/** `raccord serve`: a gateway without samples, until it is told to stop. */
export function serveCommand(context: CommandContext): Command {
  return withPartnerOption(
    withGatewayOptions(
      new Command('serve').description(
        'Run a gateway until Ctrl-C; --check only checks the settings.',
      ),
    ),
  )
    .option('--check', 'check the settings and end')
    .option('--json', 'say what listens where as one JSON document')
    .action(async (options: ServeOptions) => {
      const config = gatewayConfig(options, context)
      if (options.check === true) {
        if (options.json === true) await writeJson(shownConfig(config))
        else tell('The settings are right.')
        return
      }
      const stop = stopRequested()
      const preparation = new Preparation()
      const gateway = await startGateway(config, 'serve', preparation)
      const guests = await preparePartners(gateway, options.partner, config, context).catch(
        async (error: unknown) => {
          await gateway.stop()
          throw error
        },
      )
      preparation.over()
      if (options.json === true) await writeJson(shownRun(gateway.run))
      else tell([banner(gateway.run, config), ...guests].join('\n'))
      await offerSetup(gateway)
      const end = await Promise.race([stop, gateway.lost])
      const isLost = end instanceof GatewayError
      gateway.log.info({ reason: isLost ? end.code : end }, 'stopping')
      await gateway.stop()
      if (isLost) throw end
    })
}

/** While there is no administrator: how to become the first one, on standard error. */
async function offerSetup({ accounts, run }: Gateway): Promise<void> {
  const setup = run.url === null ? undefined : await accounts.users.prepareSetup()
  if (setup === undefined) return
  process.stderr.write(
    `No administrator yet (once, until ${setup.expiresAt}):\n  raccord users create --login LOGIN --first-name NAME --name NAME --email ADDRESS --setup ${setup.secret}\n`,
  )
}

async function preparePartners(
  gateway: Gateway,
  partners: readonly string[],
  config: Config,
  context: CommandContext,
): Promise<readonly string[]> {
  if (gateway.run.listeners.length > 0) await refreshPartnerFolders(gateway, config)
  return registerGuests(gateway, partners, config, context)
}

/** The token stays in the run file, which is its owner's only. */
function shownRun({ token: _token, ...shown }: RunFile): Omit<RunFile, 'token'> {
  return shown
}
