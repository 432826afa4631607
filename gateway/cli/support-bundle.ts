import { open } from 'node:fs/promises'
import { unescape } from 'node:querystring'
import { isDeepStrictEqual } from 'node:util'
import { Command } from 'commander'
import { loadConfig, readConfig } from '../../config/load.ts'
import type { Config } from '../../config/schema.ts'
import { shownConfig } from '../../config/shown-config.ts'
import { SETTINGS } from '../../config/settings.ts'
import { openJournalView } from '../doctor/journal-view.ts'
import { readRunFile, type RunFile } from '../run-file.ts'
import { makeSupportBundle } from '../support/support-bundle.ts'
import { ApiClient } from './api-client.ts'
import type { CommandContext } from './command-context.ts'
import { diagnose } from './doctor.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'
import { writeNewFile } from './new-file.ts'
import { tell } from './terminal.ts'

interface Options {
  readonly config?: string
  readonly data?: string
  readonly log?: string
}

const METRICS_MILLISECONDS = 10_000
/** A thousand lines are taken out of it (support/log-lines.ts). */
const MOST_LOG_BYTES = 8 * 1024 * 1024

/** `raccord support-bundle`: one ZIP for whoever helps, without secrets and invoices. */
export function supportBundleCommand(context: CommandContext): Command {
  return new Command('support-bundle')
    .description(
      'Gather versions, settings, doctor, counts, last errors and metrics in one ZIP, without secrets, invoices or names.',
    )
    .argument('<file>', 'the ZIP to write; must not be there yet')
    .option('--config <file>', 'settings, YAML, as serve is given (RACCORD_CONFIG)')
    .option('--data <folder>', 'data folder (RACCORD_DATA)')
    .option('--log <file>', 'log of the gateway: its last lines, harmless fields only')
    .action(async (file: string, options: Options) => {
      const bytes = await bundleOf(options, context)
      await writeNewFile(file, bytes)
      const said = {
        en: `${file} written (${Math.ceil(bytes.length / 1024)} KiB): texts, read it before you send it.`,
        fr: `${file} écrit (${Math.ceil(bytes.length / 1024)} Kio) : des textes, lisez-le avant de l’envoyer.`,
      }
      tell(said[context.language])
    })
}

async function bundleOf(options: Options, context: CommandContext): Promise<Uint8Array> {
  const { environment } = context
  const { data, log: logFile } = options
  const overrides = data === undefined ? {} : { data }
  const reading = readConfig({ environment, file: options.config, overrides })
  const config = 'config' in reading ? reading.config : loadConfig({ environment: {}, overrides })
  const run = await readRunFile(config.data)
  const journal = await openJournalView(config.journal.url, config.data).catch(() => undefined)
  try {
    return await makeSupportBundle({
      config: shownConfig(config),
      secrets: [...secretsOf(config), ...(run === undefined ? [] : [run.token])],
      diagnoses: await diagnose(options, context),
      run,
      journal,
      metrics: run === undefined ? undefined : await metricsOf(run),
      log: logFile === undefined ? undefined : await readLog(logFile),
    })
  } finally {
    await journal?.close()
  }
}

/** Values of secret settings, and what is secret in those that are URLs. */
function secretsOf(config: Config): readonly string[] {
  return SETTINGS.filter(({ isSecret }) => isSecret).flatMap(({ path, default: fallback }) => {
    const value = path
      .split('.')
      .reduce<unknown>((level, name) => (level as Record<string, unknown>)[name], config)
    if (isDeepStrictEqual(value, fallback)) return []
    return textsIn(value).flatMap((text) => [text, ...secretsOfUrl(text)])
  })
}

/** Programs of commands are none: their names stand everywhere. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.flatMap(textsIn)
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap((command: readonly string[]) => command.slice(1))
}

function secretsOfUrl(text: string): readonly string[] {
  const url = URL.parse(text)
  if (url === null) return []
  const place = /^https?:$/.test(url.protocol) ? [`${url.pathname}${url.search}`] : []
  // Unlike decodeURIComponent it takes a % that begins nothing for itself.
  return [url.password, unescape(url.password), ...place]
}

/** Undefined when the gateway does not answer. */
async function metricsOf(run: RunFile): Promise<string | undefined> {
  const url = run.url ?? run.healthUrl
  if (url === undefined) return undefined
  // Makes the root of the gateway's own certificate known.
  if (run.url !== null) ApiClient.ofRun(run)
  try {
    const answer = await fetch(`${url}/metrics`, {
      headers: { Authorization: `Bearer ${run.token}` },
      signal: AbortSignal.timeout(METRICS_MILLISECONDS),
    })
    return answer.ok ? await answer.text() : undefined
  } catch {
    return undefined
  }
}

/** The end of it, where it is long. */
async function readLog(path: string): Promise<string> {
  try {
    const file = await open(path)
    try {
      const { size } = await file.stat()
      // What has no size (a pipe) is read from where it is.
      if (size <= MOST_LOG_BYTES) return await file.readFile('utf8')
      const bytes = Buffer.alloc(MOST_LOG_BYTES)
      const { bytesRead } = await file.read(bytes, 0, bytes.length, size - bytes.length)
      return bytes.toString('utf8', 0, bytesRead)
    } finally {
      await file.close()
    }
  } catch {
    throw new CommandFailure(
      EXIT.usage,
      `The log ${path} cannot be read.`,
      'Under systemd: journalctl -u raccord -o cat > raccord.log',
    )
  }
}
