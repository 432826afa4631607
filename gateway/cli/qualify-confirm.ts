import { readFile } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { Command } from 'commander'
import { startFolder } from '../../config/start-folder.ts'
import type { RunDocument } from '../qualification/qualification.ts'
import { apiClient, withApiOptions, type ApiOptions } from './api-options.ts'
import type { CommandContext } from './command-context.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'
import { resultLines } from './qualify-text.ts'
import { tell, writeJson, writeOut } from './terminal.ts'

interface ConfirmOptions extends ApiOptions {
  readonly comment?: string
  readonly attach?: readonly string[]
  readonly json?: boolean
}

/** `raccord qualify confirm`: the answer to the question of a run, with files that show it. */
export function qualifyConfirmCommand(context: CommandContext): Command {
  return withApiOptions(new Command('confirm'))
    .description('Answer the question of a run, and put files to it: screenshots, logs, letters.')
    .argument('<run>', 'id of the run')
    .argument('[answer]', 'yes or no; with --attach it may come later')
    .option('--comment <text>', 'kept with the answer')
    .option('--attach <file...>', 'PDF, PNG, JPEG, text, CSV, XML, JSON or ZIP, 10 MiB each')
    .option('--json', 'one JSON document')
    .action(async (id: string, answer: string | undefined, options: ConfirmOptions) => {
      const files = options.attach ?? []
      if (answer === undefined ? files.length === 0 : answer !== 'yes' && answer !== 'no') {
        throw new CommandFailure(
          EXIT.usage,
          'Is it so, or not?',
          'Say yes or no, or --attach FILE.',
        )
      }
      const client = await apiClient(options, context)
      const path = `/runs/${encodeURIComponent(id)}`
      let run: RunDocument | undefined
      // First the files: with the answer the run goes on, and may end.
      for (const name of files) {
        run = await client.json<RunDocument>({
          path: `${path}/attachments`,
          query: { name: basename(name) },
          body: await contentOf(resolve(startFolder(context.environment), name)),
        })
        tell(`· ${basename(name)}`)
      }
      if (answer !== undefined) {
        const { comment } = options
        const isYes = answer === 'yes'
        run = await client.json<RunDocument>({
          path: `${path}/confirm`,
          body: comment === undefined ? { isYes } : { isYes, comment },
        })
      }
      if (run === undefined) return
      if (options.json === true) return await writeJson(run)
      await writeOut(`${resultLines(run, context.language).join('\n')}\n`)
    })
}

/** @throws CommandFailure usage */
async function contentOf(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file)
  } catch {
    throw new CommandFailure(EXIT.usage, `There is no readable file ${file}.`)
  }
}
