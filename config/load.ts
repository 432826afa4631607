import { resolve } from 'node:path'
import type { z } from 'zod'
import { GatewayError } from '../gateway/errors.ts'
import { faultLine, type ConfigFault, type Layer } from './config-fault.ts'
import { readEnvironmentLayer } from './environment-layer.ts'
import { readNestedLayer } from './nested-layer.ts'
import { configSchema, PRODUCTION_DEFAULTS, type Config } from './schema.ts'
import { readSettingsFile } from './settings-file.ts'
import { settingAt } from './settings.ts'
import { startFolder } from './start-folder.ts'

/** Settings as the command line gives them, nested as in a file; values may be text as typed. */
export type ConfigOverrides = Readonly<Record<string, unknown>>

export interface ConfigSources {
  /** Path of a YAML file; else the environment's `RACCORD_CONFIG`, else none. */
  readonly file?: string | undefined
  /** The process's environment, given by who started the program. */
  readonly environment: NodeJS.ProcessEnv
  /** Defaults of one command, under everything else. */
  readonly fallbacks?: ConfigOverrides | undefined
  /** What the command line says. */
  readonly overrides?: ConfigOverrides | undefined
}

/**
 * Puts the configuration together: command line over environment over file over default.
 * @returns every setting, deeply frozen; paths are absolute, relative ones meant from the folder
 * where the user stands
 * @throws GatewayError CONFIG_INVALID listing every fault, one a line, each with its remedy
 */
export function loadConfig(sources: ConfigSources): Config {
  const reading = readConfig(sources)
  if ('faults' in reading) throw configInvalid(reading.faults)
  return reading.config
}

/** The configuration, or everything that is wrong with it. */
export function readConfig(
  sources: ConfigSources,
): { readonly config: Config } | { readonly faults: readonly ConfigFault[] } {
  const { environment } = sources
  const start = startFolder(environment)
  const fromStart = (path: string) => resolve(start, path)
  const file = sources.file ?? emptyAsAbsent(environment['RACCORD_CONFIG'])
  const layers = [
    readNestedLayer(sources.fallbacks, () => 'default', true),
    ...(file === undefined ? [] : [readSettingsFile(fromStart(file))]),
    readEnvironmentLayer(environment, fromStart),
    readNestedLayer(sources.overrides, () => 'command line', true),
  ]
  const values: Layer = new Map(layers.flatMap((layer) => [...layer.values]))
  const isProduction = values.get('environment')?.value === 'production'
  const parsed = configSchema.safeParse(
    nested(isProduction ? new Map([...PRODUCTION_LAYER, ...values]) : values),
  )
  const faults = [
    ...layers.flatMap((layer) => layer.faults),
    ...(parsed.success ? [] : valueFaults(parsed.error.issues, values)),
  ]
  if (faults.length > 0 || !parsed.success) return { faults }
  const { api, certs, data } = parsed.data
  const orEmpty = (path: string) => (path === '' ? '' : fromStart(path))
  const config = deepFreeze({
    ...parsed.data,
    data: fromStart(data),
    api: {
      ...api,
      certificateFile: orEmpty(api.certificateFile),
      keyFile: orEmpty(api.keyFile),
    },
    certs: {
      ...certs,
      trustFolder: orEmpty(certs.trustFolder),
      revocationLists: orEmpty(certs.revocationLists),
    },
  })
  return { config }
}

const PRODUCTION_LAYER: Layer = new Map(
  Object.entries(PRODUCTION_DEFAULTS).map(([path, value]) => [path, { value, origin: 'default' }]),
)

/** One fault per setting, however many of its items are wrong. */
function valueFaults(issues: readonly z.core.$ZodIssue[], values: Layer): ConfigFault[] {
  const faults = new Map<string, ConfigFault>()
  for (const issue of issues) {
    const path = issue.path.filter((part) => typeof part === 'string').join('.')
    const setting = settingAt(path)
    const given = values.get(path)
    const shown = setting?.isSecret === true ? '(hidden)' : short(given?.value ?? setting?.default)
    const isRange = issue.code !== 'custom' && setting !== undefined
    const wanted = isRange ? `wants ${setting.range}` : issue.message
    const origin = given?.origin ?? 'default'
    const action = origin === 'default' ? 'Set' : 'Correct or remove'
    faults.set(path, {
      subject: path,
      origin,
      problem: `given ${shown}, ${wanted}`,
      remedy: `${action} it; the default is ${short(setting?.default)}.`,
    })
  }
  return [...faults.values()]
}

function configInvalid(faults: readonly ConfigFault[]): GatewayError {
  const count = faults.length === 1 ? '1 fault' : `${faults.length} faults`
  const lines = faults.map((fault) => `\n  - ${faultLine(fault)}`)
  return new GatewayError('CONFIG_INVALID', `${count} in the configuration:${lines.join('')}`)
}

function nested(values: Layer): Record<string, unknown> {
  const root: Record<string, unknown> = {}
  for (const [path, { value }] of values) {
    const sections = path.split('.')
    const name = sections.pop()!
    let level = root
    for (const section of sections) {
      level[section] ??= {}
      level = level[section] as Record<string, unknown>
    }
    level[name] = value
  }
  return root
}

const emptyAsAbsent = (text: string | undefined) => (text === '' ? undefined : text)

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 80 ? `${text.slice(0, 77)}…` : text
}

function deepFreeze<Value extends object>(value: Value): Value {
  for (const part of Object.values(value)) {
    if (typeof part === 'object' && part !== null) deepFreeze(part)
  }
  return Object.freeze(value)
}
