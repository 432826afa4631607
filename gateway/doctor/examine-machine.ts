import { found, well, type Diagnosis } from './diagnosis.ts'
import type { Machine } from './machine.ts'
import type { Patient } from './patient.ts'

const OLDEST_NODE = 24
const FEWEST_OPEN_FILES = 4_096
/** Measured under load with all roles in one process (docs/load.md), and some room. */
const LEAST_MEMORY_BYTES = 640 * 1024 ** 2
/** 15 July 2026, noon UTC: 14:00 in Paris. */
const SUMMER_NOON = Date.UTC(2026, 6, 15, 12)

/** Node, time zone data, open files, memory. */
export async function examineMachine({ machine }: Patient): Promise<readonly Diagnosis[]> {
  const [files, memory] = await Promise.all([machine.openFilesLimit(), machine.memoryLimit()])
  return [
    Number(machine.nodeVersion.split('.')[0]) < OLDEST_NODE
      ? found('node-too-old', machine.nodeVersion)
      : well('Node', machine.nodeVersion),
    timeZone(machine),
    files !== undefined && files < FEWEST_OPEN_FILES
      ? found('open-files-low', `${files} < ${FEWEST_OPEN_FILES}`)
      : well(
          { en: 'open files', fr: 'fichiers ouverts' },
          files === undefined ? { en: 'no limit', fr: 'sans limite' } : String(files),
        ),
    memory !== undefined && memory < LEAST_MEMORY_BYTES
      ? found('memory-limit-low', `${mebibytes(memory)} MiB`)
      : well(
          { en: 'memory limit', fr: 'limite de mémoire' },
          memory === undefined ? { en: 'none', fr: 'aucune' } : `${mebibytes(memory)} MiB`,
        ),
  ]
}

function timeZone(machine: Machine): Diagnosis {
  try {
    const hour = new Intl.DateTimeFormat('en', {
      timeZone: machine.timeZone,
      hour: '2-digit',
      hourCycle: 'h23',
    }).format(SUMMER_NOON)
    return hour === '14'
      ? well({ en: 'time zone', fr: 'fuseau horaire' }, machine.timeZone)
      : found('time-zone-missing', `${machine.timeZone}: 12:00 UTC = ${hour}:00`)
  } catch (error) {
    return found('time-zone-missing', error instanceof Error ? error.message : String(error))
  }
}

const mebibytes = (bytes: number): number => Math.floor(bytes / 1024 ** 2)
