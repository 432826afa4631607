import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Command } from 'commander'
import { startFolder } from '../../config/start-folder.ts'
import { checkScenarioText, type CheckedText } from '../../processing/scenarios/scenario-text.ts'
import type { CommandContext, Language } from './command-context.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'
import { scenarioText } from './qualify-text.ts'
import { tell, writeJson, writeOut } from './terminal.ts'

/** `raccord qualify check FILE`: a scenario of one's own, without a gateway. */
export function qualifyCheckCommand(context: CommandContext): Command {
  const { language } = context
  return new Command('check')
    .description('Check scenarios of your own, and show each step as the partner will be told it.')
    .argument('<files...>', 'YAML: docs/scenarios.md says how it is written')
    .option('--json', 'one JSON document')
    .action(async (files: readonly string[], options: { readonly json?: boolean }) => {
      const checked = await Promise.all(
        files.map(async (file) => ({ file, ...(await checkFile(file, context)) })),
      )
      const isGood = checked.every((one) => 'scenario' in one)
      if (options.json === true) {
        await writeJson({
          ok: isGood,
          files: checked.map((one) => ({
            file: one.file,
            ...('scenario' in one ? { scenario: one.scenario } : { faults: one.faults }),
          })),
        })
      } else {
        for (const one of checked) {
          const text =
            'scenario' in one
              ? scenarioText(one.scenario, language)
              : faultLines(one.file, one.faults, language).join('\n')
          await writeOut(`${text}\n`)
        }
      }
      if (isGood) {
        tell(`→ raccord qualify run ${files.join(' ')} --connection ID --self`)
        return
      }
      throw new CommandFailure(
        EXIT.expectedFailure,
        { en: 'It is no scenario yet.', fr: 'Ce n’est pas encore un scénario.' }[language],
        'docs/scenarios.md lists every step with its parameters.',
      )
    })
}

/**
 * A scenario as `run` was given it: what ends in .yaml or .yml is a file.
 * @throws CommandFailure with every fault of the file, each with its line
 */
export async function scenarioNamed(
  name: string,
  context: CommandContext,
): Promise<string | { readonly id: string; readonly document: unknown }> {
  if (!/\.ya?ml$/i.test(name)) return name
  const checked = await checkFile(name, context)
  if ('scenario' in checked) return { id: checked.scenario.id, document: checked.value }
  throw new CommandFailure(
    EXIT.usage,
    faultLines(name, checked.faults, context.language).join('\n'),
    `Correct it; see it whole with: raccord qualify check ${name}`,
  )
}

async function checkFile(name: string, context: CommandContext): Promise<CheckedText> {
  const file = resolve(startFolder(context.environment), name)
  try {
    return checkScenarioText(await readFile(file, 'utf8'))
  } catch {
    throw new CommandFailure(EXIT.usage, `There is no readable file ${file}.`)
  }
}

function faultLines(
  file: string,
  faults: Extract<CheckedText, { readonly faults: unknown }>['faults'],
  language: Language,
): readonly string[] {
  return faults.map(({ line, path, message }) => {
    const place = path.length === 0 ? '' : `${path.join('.')}: `
    return `✗ ${file}:${line}: ${place}${message[language]}`
  })
}
