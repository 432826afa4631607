import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { Command } from 'commander'
import { loadConfig } from '../../config/load.ts'
import { startFolder } from '../../config/start-folder.ts'
import type { GatewayDocument } from '../gateway-document.ts'
import { openPartnerFolder } from '../partner-folder.ts'
import { junitOf } from '../qualification/evidence-junit.ts'
import {
  verdictOf,
  type RunDocument,
  type ScenarioDocument,
  type StepDocument,
} from '../qualification/qualification.ts'
import type { ApiClient } from './api-client.ts'
import { apiClient, withApiOptions, type ApiOptions } from './api-options.ts'
import type { CommandContext } from './command-context.ts'
import { parseDuration } from './duration.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'
import { partnerFolderOption } from './partner-folder-option.ts'
import { COMMANDS_SAID, stepCommands, type PartnerPlace } from './qualify-commands.ts'
import { scenarioNamed } from './qualify-check.ts'
import { formatOf, keepEvidence, watchUrl } from './qualify-evidence.ts'
import { nowText, resultLines } from './qualify-text.ts'
import { MISBEHAVIOUR_NAMES, type Misbehaviour } from './self-partner/misbehaviours.ts'
import { SelfPartner } from './self-partner/self-partner.ts'
import { readServerEvents } from './server-events.ts'
import { tell, writeJson, writeOut } from './terminal.ts'

/** Of the catalogue by its id, or one of a file. */
type Scenario = string | { readonly id: string; readonly document: unknown }

const nameOf = (scenario: Scenario): string =>
  typeof scenario === 'string' ? scenario : scenario.id

/** Who plays the partner on which connection. */
export interface PlayerOptions extends ApiOptions {
  readonly connection: string
  readonly self?: boolean
  readonly partner?: string
  readonly patience?: string
}

interface RunOptions extends PlayerOptions {
  readonly misbehave?: string
  readonly all?: boolean
  readonly input: readonly string[]
  readonly json?: boolean
  readonly junit?: string
  readonly evidence?: readonly string[]
}

/** `raccord qualify run`: scenarios one after the other on a connection. */
export function qualifyRunCommand(context: CommandContext): Command {
  return withApiOptions(new Command('run'))
    .description(
      'Run scenarios on a connection; waits for the partner’s system, or plays it (--self).',
    )
    .argument('[scenarios...]', 'ids (raccord qualify list), or files of your own (mine.yaml)')
    .requiredOption('--connection <id>', 'id or application code')
    .option('--all', 'every scenario that fits the connection')
    .option('--self', 'our own partner side plays the partner, by the keys of its folder')
    .option('--partner <folder>', 'folder of its keys; default: the one known here')
    .option('--misbehave <how>', `with --self, to see it fail: ${MISBEHAVIOUR_NAMES.join(', ')}`)
    .option(
      '--input <name=value>',
      'a parameter of the scenario: raccord qualify show has them (may be repeated)',
      (pair: string, all: readonly string[]) => [...all, pair],
      [],
    )
    .option('--patience <duration>', 'no step waits longer')
    .option('--junit <file>', 'the results as JUnit XML')
    .option(
      '--evidence <file...>',
      'all of it as one record, by the name of the file: .html, .json, .xml (JUnit), .svg or .zip',
    )
    .option('--json', 'one JSON document')
    .action(async (ids: readonly string[], options: RunOptions) => {
      for (const file of options.evidence ?? []) formatOf(file)
      requireKnown(options.misbehave)
      const client = await apiClient(options, context)
      const scenarios = await chosenScenarios(client, ids, options, context)
      const player = options.self === true ? await openPlayer(client, options, context) : undefined
      const runs: RunDocument[] = []
      try {
        for (const scenario of scenarios) {
          const run = await runOne(client, scenario, options, context, player).catch(
            (error: unknown) => skipped(error, scenario, options),
          )
          if (run === undefined) continue
          runs.push(run)
          if (options.json !== true) {
            await writeOut(`${resultLines(run, context.language).join('\n')}\n`)
          }
        }
      } finally {
        await player?.close()
      }
      const made = runs.map(({ id }) => id)
      for (const file of options.evidence ?? []) await keepEvidence(client, made, file, context)
      if (options.junit !== undefined) {
        await writeFile(resolve(startFolder(context.environment), options.junit), junitOf(runs))
      }
      const isGood = runs.every((run) => verdictOf(run) === 'PASSED')
      if (options.json === true) await writeJson({ ok: isGood, runs })
      if (isGood) return
      throw new CommandFailure(
        EXIT.expectedFailure,
        'Not every scenario passed.',
        'Each step, with what was expected and got: raccord qualify show RUN',
      )
    })
}

/** Of all there are, those that do not fit the connection are left out, and it is said why. */
function skipped(error: unknown, scenario: Scenario, { all }: RunOptions): undefined {
  const isUnfit = error instanceof CommandFailure && error.exitCode === EXIT.expectedFailure
  if (all !== true || !isUnfit) throw error
  tell(`${nameOf(scenario)}: – ${error.message}`)
}

/** @throws CommandFailure usage */
function requireKnown(misbehave: string | undefined): void {
  if (misbehave === undefined || MISBEHAVIOUR_NAMES.some((name) => name === misbehave)) return
  throw new CommandFailure(EXIT.usage, `--misbehave is one of ${MISBEHAVIOUR_NAMES.join(', ')}.`)
}

/** @throws CommandFailure usage */
async function chosenScenarios(
  client: ApiClient,
  ids: readonly string[],
  { connection, all }: RunOptions,
  context: CommandContext,
): Promise<readonly Scenario[]> {
  if (ids.length > 0 !== (all === true)) {
    if (all !== true) return Promise.all(ids.map((id) => scenarioNamed(id, context)))
    const { items } = await client.json<{ readonly items: readonly ScenarioDocument[] }>({
      path: '/scenarios',
    })
    const { protocol } = await client.json<{ readonly protocol: string }>({
      path: `/connections/${encodeURIComponent(connection)}`,
    })
    return items
      .filter(({ protocols }) => protocols.some((one) => one === protocol))
      .map(({ id }) => id)
  }
  throw new CommandFailure(
    EXIT.usage,
    'Which scenarios?',
    'Name them (nominal batch-partial batch-complete), or --all; raccord qualify list has them.',
  )
}

/** @throws CommandFailure usage */
function inputsOf(pairs: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=')
      if (at > 0) return [pair.slice(0, at), pair.slice(at + 1)] as const
      throw new CommandFailure(EXIT.usage, `--input ${pair}: write NAME=VALUE.`)
    }),
  )
}

/** Our own partner side. @throws CommandFailure for a folder that lacks something, or a taken port */
export async function openPlayer(
  client: ApiClient,
  options: PlayerOptions,
  context: CommandContext,
): Promise<SelfPartner> {
  const folder = await openPartnerFolder(await partnerFolderOption(options, context))
  return SelfPartner.open({ folder, client, tell })
}

async function runOne(
  client: ApiClient,
  scenario: Scenario,
  options: RunOptions,
  context: CommandContext,
  player: SelfPartner | undefined,
): Promise<RunDocument> {
  const { misbehave } = options
  await player?.prepare(misbehave as Misbehaviour | undefined)
  const run = await client.json<RunDocument>({
    path: `/connections/${encodeURIComponent(options.connection)}/runs`,
    body: {
      ...(typeof scenario === 'string' ? { scenario } : { document: scenario.document }),
      isSelf: player !== undefined,
      ...(options.input.length === 0 ? {} : { inputs: inputsOf(options.input) }),
      ...patienceOf(options),
    },
  })
  if (player !== undefined) return player.play(run, misbehave as Misbehaviour | undefined)
  return followRun(client, run, options, context)
}

/** As the API takes it. */
export function patienceOf({ patience }: Pick<PlayerOptions, 'patience'>): {
  readonly patienceSeconds?: number
} {
  if (patience === undefined) return {}
  return { patienceSeconds: Math.max(1, Math.round(parseDuration(patience) / 1_000)) }
}

/** Says what has to be done now, until the run has ended; asks what only a person can see. */
export async function followRun(
  client: ApiClient,
  first: RunDocument,
  options: PlayerOptions,
  context: CommandContext,
): Promise<RunDocument> {
  let run = first
  const place = await placeOf(client, run, options, context)
  tell(`${run.scenario.id}: ${run.id}`)
  tell(`  → ${await watchUrl(client, run.id, context)}`)
  tell(COMMANDS_SAID[context.language])
  let said = 0
  const ending = new AbortController()
  const response = await client.call({
    path: `/runs/${run.id}/events`,
    signal: ending.signal,
  })
  const body = response.body as unknown as AsyncIterable<Uint8Array>
  for await (const { data } of readServerEvents(body)) {
    run = JSON.parse(data) as RunDocument
    const step = run.steps.find(({ state }) => state === 'RUNNING')
    if (step === undefined || step.ordinal <= said) continue
    said = step.ordinal
    if (step.verb === 'expect') {
      tell(nowText(step, context.language))
      for (const line of stepCommands(step, run, place)) tell(`      $ ${line}`)
    }
    if (step.verb === 'confirm') await ask(client, run, step, context)
  }
  return run
}

/** Where the partner's keys are and the gateway is, for lines to paste. */
async function placeOf(
  client: ApiClient,
  { protocol }: RunDocument,
  options: PlayerOptions,
  context: CommandContext,
): Promise<PartnerPlace> {
  const gateway = await client.json<GatewayDocument>({ path: '/gateway' })
  const address = gateway[protocol].address ?? { host: 'HOST', port: 0 }
  const { sftp } = loadConfig({ environment: context.environment })
  const folder = await partnerFolderOption(options, context).catch((error: unknown) => {
    if (error instanceof CommandFailure) return 'FOLDER'
    throw error
  })
  const { inboundFolder: depositFolder, outboundFolder: retrievalFolder } = sftp
  return { folder, ...address, depositFolder, retrievalFolder }
}

async function ask(
  client: ApiClient,
  run: RunDocument,
  step: StepDocument,
  { language }: CommandContext,
): Promise<void> {
  tell(nowText(step, language))
  if (!process.stdin.isTTY) {
    tell(`  → raccord qualify confirm ${run.id} yes`)
    tell(
      {
        en: '    --attach FILE puts a picture to it',
        fr: '    --attach FICHIER y joint une image',
      }[language],
    )
    return
  }
  const input = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const answer = await input.question({ en: '  yes or no? ', fr: '  oui ou non ? ' }[language])
    const isYes = /^[yo]/i.test(answer.trim())
    await client.json({ path: `/runs/${run.id}/confirm`, body: { isYes } })
  } finally {
    input.close()
  }
}
