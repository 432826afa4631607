import { z } from 'zod'
import { configSchema } from './schema.ts'

/** One setting, as the schema declares it: what the reference page and error messages say. */
export interface Setting {
  /** `sftp.port` */
  readonly path: string
  /** `RACCORD_SFTP__PORT` */
  readonly environmentName: string
  readonly kind: SettingKind
  /** Of a list: its items are numbers. */
  readonly isOfNumbers: boolean
  readonly default: unknown
  /** `a whole number from 0 to 65535`, `one of: modern, compatible, platform`. */
  readonly range: string
  readonly meaning: string
  /** Its value never shows in a message; it may come from a file named by `…_FILE`. */
  readonly isSecret: boolean
}

export type SettingKind = 'integer' | 'number' | 'boolean' | 'text' | 'list'

/** What z.toJSONSchema tells of one level, as far as our schema uses it. */
interface Level {
  readonly type?: string
  readonly properties?: Readonly<Record<string, Level>>
  readonly items?: Level
  readonly enum?: readonly string[]
  readonly default?: unknown
  readonly description?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly minItems?: number
  readonly minLength?: number
  readonly pattern?: string
  readonly isSecret?: boolean
}

const ROOT = z.toJSONSchema(configSchema, { io: 'input' }) as Level

/** Every setting, in the order of the schema. */
export const SETTINGS: readonly Setting[] = [...settingsOf(ROOT, [])]

/** Groups of settings (`sftp`), with what they are about. */
export const SECTIONS: ReadonlyMap<string, string> = new Map(sectionsOf(ROOT, []))

const BY_PATH = new Map(SETTINGS.map((setting) => [setting.path, setting]))
const BY_ENVIRONMENT_NAME = new Map(SETTINGS.map((setting) => [setting.environmentName, setting]))

export function settingAt(path: string): Setting | undefined {
  return BY_PATH.get(path)
}

export function settingOfEnvironmentName(name: string): Setting | undefined {
  return BY_ENVIRONMENT_NAME.get(name)
}

/**
 * What a text from the environment or the command line says for a setting. Text that is none of
 * the setting's kind is left as it is, for the schema to refuse.
 */
export function valueOfText(setting: Setting, text: string): unknown {
  switch (setting.kind) {
    case 'integer':
    case 'number':
      return numberOf(text)
    case 'boolean':
      return { true: true, '1': true, false: false, '0': false }[text.trim().toLowerCase()] ?? text
    case 'list':
      return text
        .split(/[,\n]/)
        .map((item) => item.trim())
        .filter((item) => item !== '')
        .map((item) => (setting.isOfNumbers ? numberOf(item) : item))
    case 'text':
      return text
  }
}

const numberOf = (text: string): number | string =>
  /^-?\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : text

function* sectionsOf(
  level: Level,
  path: readonly string[],
): Generator<readonly [path: string, meaning: string]> {
  for (const [name, below] of Object.entries(level.properties ?? {})) {
    if (below.properties === undefined) continue
    yield [[...path, name].join('.'), below.description ?? '']
    yield* sectionsOf(below, [...path, name])
  }
}

function* settingsOf(level: Level, path: readonly string[]): Generator<Setting> {
  for (const [name, below] of Object.entries(level.properties ?? {})) {
    const here = [...path, name]
    if (below.properties === undefined) yield setting(below, here)
    else yield* settingsOf(below, here)
  }
}

function setting(level: Level, path: readonly string[]): Setting {
  return {
    path: path.join('.'),
    environmentName: `RACCORD_${path.map(upperSnake).join('__')}`,
    kind: kindOf(level),
    isOfNumbers: level.items?.type === 'integer' || level.items?.type === 'number',
    default: level.default,
    range: rangeOf(level),
    meaning: level.description ?? '',
    isSecret: level.isSecret ?? false,
  }
}

function upperSnake(name: string): string {
  return name.replaceAll(/[A-Z]/g, '_$&').toUpperCase()
}

function kindOf(level: Level): SettingKind {
  switch (level.type) {
    case 'integer':
    case 'number':
    case 'boolean':
      return level.type
    case 'array':
      return 'list'
    default:
      return 'text'
  }
}

function itemsOf(items: Level = {}): string {
  if (items.enum !== undefined) return items.enum.join(', ')
  const { minimum, maximum } = items
  if (items.type === 'integer') return `whole numbers from ${minimum} to ${maximum}`
  return 'texts'
}

function rangeOf(level: Level): string {
  const { minimum = 0, maximum = Number.MAX_SAFE_INTEGER } = level
  if (level.enum !== undefined) return `one of: ${level.enum.join(', ')}`
  switch (kindOf(level)) {
    case 'integer':
      return maximum === Number.MAX_SAFE_INTEGER
        ? `a whole number from ${minimum}`
        : `a whole number from ${minimum} to ${maximum}`
    case 'number':
      return `a number from ${minimum} to ${maximum}`
    case 'boolean':
      return 'true or false'
    case 'list': {
      const least = level.minItems === undefined ? '' : `, at least ${level.minItems},`
      return `a list${least} of ${itemsOf(level.items)}`
    }
    case 'text':
      if (level.pattern !== undefined) return `text matching ${level.pattern}`
      return level.minLength === undefined ? 'text' : 'text, not empty'
  }
}
