import { Command } from 'commander'
import { apiClient, withApiOptions, type ApiOptions } from './api-options.ts'
import type { CommandContext } from './command-context.ts'
import { parseDuration } from './duration.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'
import { tell, writeJson, writeOut } from './terminal.ts'

interface Options extends ApiOptions {
  readonly json?: boolean
}

interface ClockDocument {
  readonly now: string
  readonly systemNow: string
  readonly offsetMilliseconds: number
}

/** `raccord clock`: the time the gateway believes it is. */
export function clockCommand(context: CommandContext): Command {
  const clock = new Command('clock').description(
    'See and move the gateway’s clock: expiry, purge, activation and delays follow (qualification only).',
  )
  const told = async (options: Options, body?: object): Promise<void> => {
    const client = await apiClient(options, context)
    const document = await client.json<ClockDocument>(
      body === undefined ? { path: '/clock' } : { method: 'PUT', path: '/clock', body },
    )
    if (options.json === true) return await writeJson(document)
    await writeOut(`${document.now}\n`)
    if (document.offsetMilliseconds !== 0) {
      const seconds = Math.round(document.offsetMilliseconds / 1_000)
      const moved = { en: 'moved by', fr: 'décalée de' }[context.language]
      tell(`${moved} ${seconds} s   → raccord clock reset`)
    }
  }
  withApiOptions(clock.command('show').description('What time it believes it is.'))
    .option('--json', 'one JSON document')
    .action((options: Options) => told(options))
  withApiOptions(clock.command('set').description('Set it.'))
    .argument('<time>', 'ISO 8601 with an offset: 2027-01-31T08:00:00Z')
    .option('--json', 'one JSON document')
    .action((time: string, options: Options) => {
      const now = new Date(time)
      if (Number.isNaN(now.getTime())) {
        throw new CommandFailure(
          EXIT.usage,
          `${time} is no time.`,
          'Write it as 2027-01-31T08:00:00Z.',
        )
      }
      return told(options, { now: now.toISOString() })
    })
  withApiOptions(clock.command('advance').description('Move it on.'))
    .argument('<duration>', '30s, 2m, 1h, 7d')
    .option('--json', 'one JSON document')
    .action((duration: string, options: Options) =>
      told(options, { advanceMilliseconds: parseDuration(duration) }),
    )
  withApiOptions(clock.command('reset').description('Back to the system’s time.'))
    .option('--json', 'one JSON document')
    .action((options: Options) => told(options, { offsetMilliseconds: 0 }))
  return clock
}
