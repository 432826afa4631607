import { readFileSync, statSync } from 'node:fs'
import type { ConfigFault, LayerReading } from './config-fault.ts'
import { nearestName } from './nearest-name.ts'
import { SETTINGS, settingOfEnvironmentName, valueOfText, type Setting } from './settings.ts'

/** `RACCORD_…` names that are no settings (decisions B15): the CLI's and the test suite's. */
const OTHER_NAMES = ['RACCORD_URL', 'RACCORD_TOKEN', 'RACCORD_SHARED', 'RACCORD_CONFIG']
const NAMES = [...SETTINGS.map((setting) => setting.environmentName), ...OTHER_NAMES]
const MAX_SECRET_BYTES = 64 * 1024

/** Reads settings from the environment. A variable that is empty counts as not there. */
export function readEnvironmentLayer(
  environment: NodeJS.ProcessEnv,
  resolvePath: (path: string) => string,
): LayerReading {
  const values = new Map<string, { value: unknown; origin: string }>()
  const faults: ConfigFault[] = []
  for (const [name, text] of Object.entries(environment)) {
    if (!name.startsWith('RACCORD_') || OTHER_NAMES.includes(name)) continue
    if (text === undefined || text === '') continue
    const setting = settingOfEnvironmentName(name)
    const fileOf = secretOf(name)
    if (setting !== undefined) {
      values.set(setting.path, { value: valueOfText(setting, text), origin: name })
    } else if (fileOf === undefined) {
      faults.push(unknownName(name))
    } else if ((environment[fileOf.environmentName] ?? '') !== '') {
      faults.push({
        subject: fileOf.path,
        origin: name,
        problem: `given twice, by ${name} and by ${fileOf.environmentName}`,
        remedy: 'Unset one of the two.',
      })
    } else {
      const secret = readSecret(resolvePath(text))
      if ('value' in secret) {
        values.set(fileOf.path, { value: valueOfText(fileOf, secret.value), origin: name })
      } else faults.push({ ...secret, subject: fileOf.path, origin: name })
    }
  }
  return { values, faults }
}

function secretOf(name: string): Setting | undefined {
  if (!name.endsWith('_FILE')) return undefined
  const setting = settingOfEnvironmentName(name.slice(0, -'_FILE'.length))
  return setting?.isSecret === true ? setting : undefined
}

function readSecret(
  path: string,
): { readonly value: string } | Pick<ConfigFault, 'problem' | 'remedy'> {
  try {
    if (statSync(path).size > MAX_SECRET_BYTES) {
      return { problem: `${path} is larger than 64 KiB`, remedy: 'Name the file of the secret.' }
    }
    return { value: readFileSync(path, 'utf8').replace(/\r?\n$/, '') }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { problem: `cannot be read: ${why}`, remedy: 'Check the path and the rights on it.' }
  }
}

function unknownName(name: string): ConfigFault {
  const near = nearestName(name, NAMES)
  return {
    subject: name,
    origin: name,
    problem: 'no such setting',
    isUnknown: true,
    remedy:
      near === undefined
        ? 'Unset it; docs/configuration.md lists every setting.'
        : `Did you mean ${near}?`,
  }
}
