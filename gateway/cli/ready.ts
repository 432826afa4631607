import { setTimeout as sleep } from 'node:timers/promises'
import { Command } from 'commander'
import { healthClient, withApiOptions, type ApiOptions } from './api-options.ts'
import type { CommandContext } from './command-context.ts'
import { parseDuration } from './duration.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'
import { tell, writeJson } from './terminal.ts'

const POLL_MILLISECONDS = 200

interface ReadyOptions extends ApiOptions {
  readonly wait?: string
  readonly json?: boolean
}

/** `raccord ready [--wait 30s]`: exit 0 once the gateway can take flows. */
export function readyCommand(context: CommandContext): Command {
  return withApiOptions(
    new Command('ready').description('Say whether a gateway can take flows; wait for it if asked.'),
  )
    .option('--wait <duration>', 'wait this long for it, as in 30s or 2m')
    .option('--json', 'one JSON document')
    .action(async (options: ReadyOptions) => {
      const deadline = Date.now() + (options.wait === undefined ? 0 : parseDuration(options.wait))
      for (;;) {
        const failure = await attempt(options, context)
        if (failure === undefined) return
        if (Date.now() >= deadline) {
          if (options.json === true) await writeJson({ ready: false, reason: failure.message })
          throw options.wait === undefined
            ? failure
            : new CommandFailure(
                EXIT.timedOut,
                `Not ready after ${options.wait}: ${failure.message}`,
                failure.nextStep,
              )
        }
        await sleep(POLL_MILLISECONDS)
      }
    })
}

async function attempt(
  options: ReadyOptions,
  context: CommandContext,
): Promise<CommandFailure | undefined> {
  try {
    const client = await healthClient(options, context)
    const { isReady, checks } = await client.ready()
    if (!isReady) {
      const failing = checks.filter((check) => !check.ok).map((check) => check.name)
      return new CommandFailure(EXIT.expectedFailure, `Not ready: ${failing.join(', ')}.`)
    }
    if (options.json === true) await writeJson({ ready: true, url: client.url, checks })
    else tell(`Ready: ${client.url}`)
    return undefined
  } catch (error) {
    if (error instanceof CommandFailure) return error
    throw error
  }
}
