import { Command } from 'commander'
import { reset } from '../backup/reset.ts'
import {
  isSnapshotName,
  listSnapshots,
  removeSnapshot,
  restoreSnapshot,
  saveSnapshot,
} from '../backup/snapshots.ts'
import { createLogger } from '../logger.ts'
import { withPlaceOptions } from './backup.ts'
import type { CommandContext } from './command-context.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'
import { gatewayConfig, type GatewayOptions } from './gateway-options.ts'
import { formatTable, tell, writeJson, writeOut } from './terminal.ts'
import { resetUniqueness, type UniquenessOptions } from './uniqueness.ts'

interface Options extends GatewayOptions {
  readonly json?: boolean
}

interface ResetOptions extends Options, Omit<UniquenessOptions, 'data' | 'json'> {
  readonly yes?: boolean
}

/** `raccord snapshot save | restore | list | remove`: the state of a data folder, by name. */
export function snapshotCommand(context: CommandContext): Command {
  const { language } = context
  const snapshot = new Command('snapshot').description(
    'Keep the state of a data folder under a name, and come back to it: for suites of tests.',
  )
  withPlaceOptions(
    snapshot.command('save').description('Save the state as it is now; the gateway may run.'),
  )
    .argument('<name>')
    .option('--replace', 'in the place of one of that name')
    .action(async (name: string, options: Options & { readonly replace?: boolean }) => {
      requireName(name)
      const config = gatewayConfig(options, context)
      const { takenAt, payloads } = await saveSnapshot(config, name, options.replace === true)
      if (options.json === true) return await writeJson({ name, takenAt, contents: payloads.count })
      tell({ en: `Saved ${name}.`, fr: `${name} est enregistré.` }[language])
      tell(`→ raccord snapshot restore ${name}`)
    })
  withPlaceOptions(
    snapshot
      .command('restore')
      .description('Go back to a saved state; what came since is gone. The gateway must not run.'),
  )
    .argument('<name>')
    .action(async (name: string, options: Options) => {
      requireName(name)
      const { takenAt } = await restoreSnapshot(gatewayConfig(options, context), name)
      if (options.json === true) return await writeJson({ name, takenAt })
      tell({ en: `Back to ${name}, ${takenAt}.`, fr: `Retour à ${name}, ${takenAt}.` }[language])
    })
  withPlaceOptions(snapshot.command('list').description('Saved states.')).action(
    async (options: Options) => {
      const snapshots = await listSnapshots(gatewayConfig(options, context))
      if (options.json === true) return await writeJson({ snapshots })
      const rows = snapshots.map((row) => [row.name, row.takenAt, String(row.contents)])
      const heads = { en: ['name', 'saved', 'contents'], fr: ['nom', 'enregistré', 'contenus'] }
      await writeOut(`${formatTable(heads[language], rows)}\n`)
    },
  )
  withPlaceOptions(snapshot.command('remove').description('Remove a saved state.'))
    .argument('<name>')
    .action(async (name: string, options: Options) => {
      requireName(name)
      await removeSnapshot(gatewayConfig(options, context), name)
      if (options.json === true) await writeJson({ removed: name })
    })
  return snapshot
}

/** `raccord reset`: back to the data set; with `--flows` or `--invoices`, what is unique may come again. */
export function resetCommand(context: CommandContext): Command {
  return withPlaceOptions(
    new Command('reset').description(
      'Remove every flow, invoice, return flow, session, fault and run; connections, people, directory and keys stay. The gateway must not run. With --flows or --invoices nothing goes and it runs: names and numbers of decided flows may come again (qualification only).',
    ),
  )
    .option('--yes', 'yes, remove them')
    .option('--flows', 'only: identifiers of flows may come again')
    .option('--invoices', 'only: numbers of invoices may come again')
    .option('--connection <id>', 'with these two: of this connection (id or application code)')
    .option('--url <url>', 'with these two: API of the gateway (RACCORD_URL)')
    .option('--token <token>', 'with these two: token of the API (RACCORD_TOKEN)')
    .action(async (options: ResetOptions) => {
      if (options.flows === true || options.invoices === true) {
        return await resetUniqueness(options, context)
      }
      if (options.connection !== undefined) {
        throw new CommandFailure(
          EXIT.usage,
          {
            en: 'Of one connection only names and numbers are reset.',
            fr: 'D’un raccordement, seuls les noms et les numéros se réinitialisent.',
          }[context.language],
          `raccord reset --connection ${options.connection} --flows --invoices`,
        )
      }
      const config = gatewayConfig(options, context)
      if (options.yes !== true) {
        throw new CommandFailure(
          EXIT.usage,
          {
            en: `Every flow in ${config.data} would be removed.`,
            fr: `Tous les flux de ${config.data} seraient supprimés.`,
          }[context.language],
          'raccord snapshot save NAME, then raccord reset --yes',
        )
      }
      const flows = await reset(config, createLogger(config.log.level))
      if (options.json === true) return await writeJson({ flows })
      tell(
        {
          en: `${flows} flows removed, with all that hung on them.`,
          fr: `${flows} flux supprimés, avec tout ce qui en dépendait.`,
        }[context.language],
      )
    })
}

function requireName(name: string): void {
  if (isSnapshotName(name)) return
  throw new CommandFailure(
    EXIT.usage,
    `${name} is no name: letters, digits, dot, dash, underscore.`,
  )
}
