import { Command } from 'commander'
import { loadConfig, readConfig } from '../../config/load.ts'
import { errorCode } from '../durable-files.ts'
import type { Diagnosis } from '../doctor/diagnosis.ts'
import { examine } from '../doctor/doctor.ts'
import { openJournalView } from '../doctor/journal-view.ts'
import { thisMachine, type Machine } from '../doctor/machine.ts'
import type { Patient } from '../doctor/patient.ts'
import { PROBLEMS } from '../doctor/problems.ts'
import { readRunFile, type RunFile } from '../run-file.ts'
import { ApiClient } from './api-client.ts'
import type { CommandContext, Language } from './command-context.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'
import { writeJson, writeOut } from './terminal.ts'

interface Options {
  readonly config?: string
  readonly data?: string
  readonly timeFrom?: string
  readonly json?: boolean
}

/** `raccord doctor`: what works, what does not, why, what to do about it. */
export function doctorCommand(context: CommandContext): Command {
  return new Command('doctor')
    .description(
      'Look at the machine, the settings, the data folder and the gateway, and name what is wrong (docs/doctor.md).',
    )
    .option('--config <file>', 'settings, YAML, as serve is given (RACCORD_CONFIG)')
    .option('--data <folder>', 'data folder (RACCORD_DATA)')
    .option('--time-from <url>', 'hold the clock against the Date of an HTTP server too')
    .option('--json', 'one JSON document')
    .action(async (options: Options) => {
      const diagnoses = await diagnose(options, context)
      const isWell = diagnoses.every((one) => severityOf(one) !== 'fault')
      const { language } = context
      if (options.json === true) {
        await writeJson({ ok: isWell, checks: diagnoses.map((one) => asDocument(one, language)) })
      } else {
        await writeOut(`${diagnoses.map((one) => asText(one, language)).join('\n')}\n`)
      }
      if (isWell) return
      const message = { en: 'Not everything is well.', fr: 'Tout ne va pas bien.' }
      throw new CommandFailure(EXIT.expectedFailure, message[language], NEXT[language])
    })
}

const NEXT = {
  en: 'Each ✗ above says what to do; docs/doctor.md lists all that is looked at.',
  fr: 'Chaque ✗ ci-dessus dit quoi faire ; docs/doctor.md liste tout ce qui est examiné.',
} as const satisfies Record<Language, string>

/** @param machine another one than this, for tests */
export async function diagnose(
  options: Pick<Options, 'config' | 'data' | 'timeFrom'>,
  context: Pick<CommandContext, 'environment'>,
  machine: Machine = thisMachine(),
): Promise<readonly Diagnosis[]> {
  return examine(await patientOf(options, context, machine), askReady)
}

async function patientOf(
  { config: file, data, timeFrom }: Pick<Options, 'config' | 'data' | 'timeFrom'>,
  { environment }: Pick<CommandContext, 'environment'>,
  machine: Machine,
): Promise<Patient> {
  const overrides = data === undefined ? {} : { data }
  const reading = readConfig({ environment, file, overrides })
  const isSet = 'config' in reading
  const folder = data ?? environment['RACCORD_DATA']
  const config = isSet
    ? reading.config
    : loadConfig({ environment: {}, overrides: folder === undefined ? {} : { data: folder } })
  const run = await readRunFile(config.data)
  let view: ReturnType<typeof openJournalView> | undefined
  return {
    config,
    configFaults: isSet ? [] : reading.faults,
    environment,
    machine,
    run,
    isRunning: run !== undefined && isAlive(run.pid),
    timeFrom,
    journal: () => {
      view ??= openJournalView(config.journal.url, config.data)
      return view
    },
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return errorCode(error) === 'EPERM'
  }
}

async function askReady(run: RunFile) {
  const client = run.url === null ? new ApiClient(run.healthUrl ?? '', '') : ApiClient.ofRun(run)
  return client.ready()
}

const severityOf = ({ problem }: Diagnosis) =>
  problem === undefined ? undefined : PROBLEMS[problem].severity

function asText(diagnosis: Diagnosis, language: Language): string {
  const { subject, problem, detail } = diagnosis
  const severity = severityOf(diagnosis)
  const mark = severity === undefined ? '✓' : severity === 'fault' ? '✗' : '!'
  const line = `${mark} ${subject[language]}: ${detail[language]}`
  if (problem === undefined) return line
  const { cause, remedy } = PROBLEMS[problem]
  return `${line}\n  ${cause[language]}\n  → ${(diagnosis.remedy ?? remedy)[language]}`
}

function asDocument(diagnosis: Diagnosis, language: Language) {
  const { subject, problem, detail } = diagnosis
  const severity = severityOf(diagnosis)
  return {
    what: subject[language],
    verdict: severity === undefined ? 'pass' : severity === 'fault' ? 'fail' : 'warning',
    detail: detail[language],
    ...(problem === undefined
      ? {}
      : {
          problem,
          cause: PROBLEMS[problem].cause[language],
          nextStep: (diagnosis.remedy ?? PROBLEMS[problem].remedy)[language],
        }),
  }
}
