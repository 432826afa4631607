import { Command } from 'commander'
import { backUp } from '../backup/back-up.ts'
import { noteBackup } from '../backup/backup-fact.ts'
import { backUpToFile, restoreFile } from '../backup/backup-file.ts'
import type { BackupManifest } from '../backup/backup-manifest.ts'
import { restore } from '../backup/restore.ts'
import { readRunFile } from '../run-file.ts'
import { startFolder } from '../../config/start-folder.ts'
import { resolve } from 'node:path'
import type { Config } from '../../config/schema.ts'
import type { CommandContext, Language } from './command-context.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'
import { formatBytes } from './format-bytes.ts'
import { gatewayConfig, type GatewayOptions } from './gateway-options.ts'
import { tell, writeJson } from './terminal.ts'
import { wholeNumber } from './whole-number.ts'

interface Options extends GatewayOptions {
  readonly json?: boolean
}

interface RestoreOptions extends Options {
  readonly force?: boolean
  readonly holdReturns?: boolean
  readonly skipNumbers: string
}

/** Adds what says where the parts of a gateway are. */
export function withPlaceOptions(command: Command): Command {
  return command
    .option('--config <file>', 'settings, YAML (RACCORD_CONFIG)')
    .option('--data <folder>', 'data folder (RACCORD_DATA)')
    .option('--journal <url>', 'as the gateway has it (RACCORD_JOURNAL__URL)')
    .option('--payloads <url>', 'as the gateway has it (RACCORD_PAYLOADS__URL)')
    .option('--json', 'one JSON document')
}

/** `raccord backup FOLDER | FILE.tar`: journal, contents, keys and settings, while the gateway runs. */
export function backupCommand(context: CommandContext): Command {
  return withPlaceOptions(
    new Command('backup').description(
      'Back up journal, contents, keys and settings, while the gateway runs or not. Run it as its user, on its machine, with its settings.',
    ),
  )
    .argument('<place>', 'a new or empty folder, or a new file that ends in .tar')
    .action(async (place: string, options: Options) => {
      const config = gatewayConfig(options, context)
      await requireSameEngines(config)
      const target = resolve(startFolder(context.environment), place)
      const configFile = options.config ?? context.environment['RACCORD_CONFIG']
      const manifest = target.endsWith('.tar')
        ? await backUpToFile({ config, configFile }, target)
        : await backUp({ config, configFile, folder: target })
      await noteBackup(config, Date.parse(manifest.takenAt)).catch((error: unknown) =>
        tell(unnotedText(error, context.language)),
      )
      if (options.json === true) await writeJson({ place: target, ...summaryOf(manifest) })
      else tell(summaryText(target, manifest, context.language))
      const { damaged } = manifest.payloads
      if (damaged.length === 0) return
      throw new CommandFailure(
        EXIT.expectedFailure,
        `${damaged.length} contents are damaged in the store; they were copied as they are: ${damaged.slice(0, 3).join(', ')}`,
        'raccord flows verify; take them from an older backup.',
      )
    })
}

/** `raccord restore FOLDER | FILE.tar`: what `backup` made, into a data folder where nothing runs. */
export function restoreCommand(context: CommandContext): Command {
  return withPlaceOptions(
    new Command('restore').description(
      'Restore a backup, checked first, into an empty data folder. The gateway must not run.',
    ),
  )
    .argument('<place>', 'the folder or the file that `raccord backup` made')
    .option('--force', 'put aside what is in the data folder (PostgreSQL: drop its tables)')
    .option('--hold-returns', 'hold return flows that were due, until somebody releases them')
    .option(
      '--skip-numbers <count>',
      'numbers of return flows left out, for those issued since the backup',
      '1000',
    )
    .action(async (place: string, options: RestoreOptions) => {
      const config = gatewayConfig(options, context)
      const source = resolve(startFolder(context.environment), place)
      const { manifest, putAside } = await (source.endsWith('.tar') ? restoreFile : restore)({
        config,
        folder: source,
        force: options.force === true,
        holdReturns: options.holdReturns === true,
        skipNumbers: wholeNumber(options.skipNumbers, '--skip-numbers', {
          minimum: 0,
          maximum: 1_000_000,
        }),
      })
      const summary = { data: config.data, putAside: putAside ?? null, ...summaryOf(manifest) }
      if (options.json === true) return await writeJson(summary)
      tell(
        {
          en: `Restored into ${config.data} as of ${manifest.takenAt}: every file was compared.`,
          fr: `Restauré dans ${config.data}, état du ${manifest.takenAt} : chaque fichier a été comparé.`,
        }[context.language],
      )
      if (putAside !== undefined) {
        tell({ en: `Before: ${putAside}`, fr: `Avant : ${putAside}` }[context.language])
      }
      tell(`→ raccord serve --data ${config.data}`)
    })
}

/** The gateway that runs there may have other settings than this command was given. */
async function requireSameEngines(config: Config): Promise<void> {
  const run = await readRunFile(config.data)
  if (run === undefined) return
  const journal = config.journal.url.startsWith('sqlite:') ? 'sqlite' : 'postgres'
  const payloads = config.payloads.url.startsWith('file:') ? 'files' : 's3'
  const isSame = run.journal === journal && (run.payloads === 'files') === (payloads === 'files')
  if (isSame) return
  throw new CommandFailure(
    EXIT.usage,
    `The gateway on ${config.data} has its journal on ${run.journal} and its contents on ${run.payloads}; the settings given here say ${journal} and ${payloads}.`,
    'Give this command the settings of the gateway: --config, or its environment.',
  )
}

/** The backup is good all the same. */
function unnotedText(error: unknown, language: Language): string {
  const said = error instanceof Error ? error.message : String(error)
  return {
    en: `Not noted in the journal, alerts will not know of it: ${said}`,
    fr: `Non notée dans le journal, les alertes ne la connaîtront pas : ${said}`,
  }[language]
}

function summaryOf({ takenAt, version, journal, payloads, left, files }: BackupManifest) {
  return {
    takenAt,
    version,
    journal: { engine: journal.engine, step: journal.steps.at(-1) },
    payloads,
    left,
    files: files.length,
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
  }
}

function summaryText(folder: string, manifest: BackupManifest, language: Language): string {
  const { files, bytes, payloads, left } = summaryOf(manifest)
  const isFrench = language === 'fr'
  const lines = [
    isFrench
      ? `${folder} : ${files} fichiers, ${formatBytes(bytes)}, dont ${payloads.count} contenus ; journal du ${manifest.takenAt}`
      : `${folder}: ${files} files, ${formatBytes(bytes)}, ${payloads.count} contents among them; journal as of ${manifest.takenAt}`,
    isFrench
      ? 'Il contient les clés privées de la passerelle : gardez-le comme elles.'
      : 'It holds the private keys of the gateway: keep it as you keep them.',
  ]
  if (!payloads.areCopied) {
    lines.push(
      isFrench
        ? 'Les contenus restent dans leur bucket, qui a ses propres sauvegardes.'
        : 'The contents stay in their bucket, which needs backups of its own.',
    )
  }
  if (left.length > 0) {
    lines.push(`${isFrench ? 'Non compris' : 'Not in it'}: ${left.join(', ')}`)
  }
  return lines.join('\n')
}
