import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { faultLine, type ConfigFault } from '../../config/config-fault.ts'
import { startFolder } from '../../config/start-folder.ts'
import { found, well, type Diagnosis } from './diagnosis.ts'
import type { Patient } from './patient.ts'
import type { ProblemId } from './problems.ts'

const OTHERS_MAY_READ = 0o044
/** Where container engines mount secrets, readable by all: there are no other users inside. */
const CONTAINER_SECRETS = '/run/secrets/'

/** The settings, and the files that the environment names for secrets. */
export async function examineSettings({
  configFaults,
  environment,
}: Patient): Promise<readonly Diagnosis[]> {
  const subject = { en: 'configuration', fr: 'configuration' }
  return [
    ...(configFaults.length === 0
      ? [well(subject, { en: 'no fault', fr: 'aucune faute' })]
      : configFaults.map((fault) => found(problemOf(fault), faultLine(fault)))),
    ...(await secretFiles(environment)),
  ]
}

function problemOf({ isUnknown, origin, subject }: ConfigFault): ProblemId {
  if (isUnknown !== true) return 'setting-wrong'
  return origin === subject && origin.startsWith('RACCORD_')
    ? 'environment-misspelt'
    : 'setting-unknown'
}

async function secretFiles(environment: Patient['environment']): Promise<readonly Diagnosis[]> {
  const files = Object.entries(environment).flatMap(([name, path]) =>
    /^RACCORD_\w+_FILE$/.test(name) && path !== undefined && path !== '' ? [path] : [],
  )
  const modes = await Promise.all(
    files.map(async (path) => {
      const full = resolve(startFolder(environment), path)
      return { full, mode: await modeOf(full) }
    }),
  )
  return modes.flatMap(({ full, mode }) =>
    (mode & OTHERS_MAY_READ) === 0 || full.startsWith(CONTAINER_SECRETS)
      ? []
      : [found('secret-readable', `${full} (${octal(mode)})`)],
  )
}

/** Permission bits; 0 of a file that is not there. */
export async function modeOf(path: string): Promise<number> {
  // Windows has no such bits.
  if (process.platform === 'win32') return 0
  return stat(path).then(
    ({ mode }) => mode & 0o777,
    () => 0,
  )
}

export const octal = (mode: number): string => mode.toString(8).padStart(4, '0')
