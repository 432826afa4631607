import { Command } from 'commander'
import { RETENTION_KINDS } from '../retention/retention-kind.ts'
import type { RetentionReport } from '../retention/retention.ts'
import { apiClient, withApiOptions, type ApiOptions } from './api-options.ts'
import type { CommandContext, Language } from './command-context.ts'
import { formatBytes } from './format-bytes.ts'
import { formatTable, tell, writeJson, writeOut } from './terminal.ts'

interface Options extends ApiOptions {
  readonly dryRun?: boolean
  readonly json?: boolean
}

/** `raccord retention run | --dry-run`: what is past its time. */
export function retentionCommand(context: CommandContext): Command {
  const show = async (options: Options, method: 'GET' | 'POST'): Promise<void> => {
    const client = await apiClient(options, context)
    const report = await client.json<RetentionReport>({ method, path: '/retention' })
    if (options.json === true) await writeJson(report)
    else await writeOut(`${retentionText(report, context.language)}\n`)
  }
  const retention = withApiOptions(
    new Command('retention').description(
      'What is past its time (retention.*): how much would go, and have it go now instead of daily.',
    ),
  )
    .option('--dry-run', 'show what would go; removes nothing (the default)')
    .option('--json', 'one JSON document')
    .action(async (options: Options) => {
      await show(options, 'GET')
      if (options.json !== true) tell('→ raccord retention run')
    })
  withApiOptions(retention.command('run').description('Remove what is past its time now.'))
    .option('--dry-run', 'show what would go; removes nothing')
    .option('--json', 'one JSON document')
    .action(async (_options: Options, command: Command) => {
      // The options of the parent have the same names, and take those that come first.
      const options: Options = command.optsWithGlobals()
      await show(options, options.dryRun === true ? 'GET' : 'POST')
    })
  return retention
}

function retentionText({ dryRun, kinds }: RetentionReport, language: Language): string {
  const heads = {
    en: ['what', dryRun ? 'would go' : 'went', 'bytes'],
    fr: ['quoi', dryRun ? 'partirait' : 'parti', 'octets'],
  }
  return formatTable(
    heads[language],
    kinds.map(({ kind, count, bytes }) => [
      RETENTION_KINDS[kind][language],
      String(count),
      formatBytes(bytes),
    ]),
  )
}
