import { Command } from 'commander'
import { shownConfig } from '../../config/shown-config.ts'
import { GatewayError } from '../errors.ts'
import { startGateway } from '../main.ts'
import { banner } from './banner.ts'
import type { CommandContext } from './command-context.ts'
import { gatewayConfig, withGatewayOptions, type GatewayOptions } from './gateway-options.ts'
import { stopRequested } from './stop-signal.ts'
import { tell, writeJson } from './terminal.ts'

interface ServeOptions extends GatewayOptions {
  readonly check?: boolean
  readonly json?: boolean
}

/** `raccord serve`: a gateway without samples, until it is told to stop. */
export function serveCommand(context: CommandContext): Command {
  return withGatewayOptions(
    new Command('serve').description(
      'Run a gateway until Ctrl-C; --check only checks the settings.',
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
      const gateway = await startGateway(config)
      if (options.json === true) await writeJson(gateway.run)
      else tell(banner(gateway.run, config))
      const end = await Promise.race([stop, gateway.lost])
      const isLost = end instanceof GatewayError
      gateway.log.info({ reason: isLost ? end.code : end }, 'stopping')
      await gateway.stop()
      if (isLost) throw end
    })
}
