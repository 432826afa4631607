import type { ConfigFault, LayerReading } from './config-fault.ts'
import { nearestName } from './nearest-name.ts'
import { SECTIONS, SETTINGS, settingAt, valueOfText } from './settings.ts'

const NAMES = SETTINGS.map((setting) => setting.path)

/**
 * Flattens nested settings (a file, the command line) to one value per known setting; every name
 * that is none is a fault, with the nearest one that is.
 * @param originOf where a path was said, for messages
 * @param isTyped values may be text as a person typed them: `"2222"`, `"listeners,api"`
 */
export function readNestedLayer(
  settings: unknown,
  originOf: (path: string) => string,
  isTyped = false,
): LayerReading {
  const values = new Map<string, { value: unknown; origin: string }>()
  const faults: ConfigFault[] = []

  function readSection(section: object, prefix: string): void {
    for (const [name, value] of Object.entries(section) as [string, unknown][]) {
      const path = prefix + name
      if (value === undefined) continue
      const setting = settingAt(path)
      if (setting !== undefined) {
        const isText = isTyped && typeof value === 'string'
        const read = isText ? valueOfText(setting, value) : value
        values.set(path, { value: read, origin: originOf(path) })
      } else if (!SECTIONS.has(path)) faults.push(unknownName(path, originOf(path)))
      else if (isSection(value)) readSection(value, `${path}.`)
      else if (value !== null) faults.push(notASection(path, originOf(path)))
    }
  }

  if (isSection(settings)) readSection(settings, '')
  else if (settings !== null && settings !== undefined) faults.push(notASection('', originOf('')))
  return { values, faults }
}

function unknownName(path: string, origin: string): ConfigFault {
  const near = nearestName(path, [...NAMES, ...SECTIONS.keys()])
  return {
    subject: path,
    origin,
    problem: 'no such setting',
    isUnknown: true,
    remedy:
      near === undefined
        ? 'Remove it; docs/configuration.md lists every setting.'
        : `Did you mean ${near}?`,
  }
}

function notASection(path: string, origin: string): ConfigFault {
  const example = NAMES.find((name) => name.startsWith(path === '' ? 'sftp.port' : `${path}.`))
  return {
    subject: path === '' ? 'the configuration' : path,
    origin,
    problem: 'holds settings of its own and was given one value',
    remedy: `Write the settings under it, for example ${example ?? 'sftp.port'}.`,
  }
}

function isSection(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
