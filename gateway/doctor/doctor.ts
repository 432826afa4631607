import type { Diagnosis } from './diagnosis.ts'
import { found, saidBy } from './diagnosis.ts'
import { examineCertificates } from './examine-certificates.ts'
import { examineClock } from './examine-clock.ts'
import { examineDataFolder } from './examine-data-folder.ts'
import { examineGateway, type ReadyAnswer } from './examine-gateway.ts'
import { examineJournal } from './examine-journal.ts'
import { examineKeys } from './examine-keys.ts'
import { examineMachine } from './examine-machine.ts'
import { examineOutside } from './examine-outside.ts'
import { examinePayloads } from './examine-payloads.ts'
import { examinePorts } from './examine-ports.ts'
import { examineQueue } from './examine-queue.ts'
import { examineSettings } from './examine-settings.ts'
import type { RunFile } from '../run-file.ts'
import type { Examination, Patient } from './patient.ts'

/**
 * Looks at a set-up from one end to the other, in the order in which a start needs its parts; with
 * faults in the settings at the machine and the folder alone.
 * @param ask asks a running gateway how it is
 */
export async function examine(
  patient: Patient,
  ask: (run: RunFile) => Promise<ReadyAnswer>,
): Promise<readonly Diagnosis[]> {
  const always: readonly Examination[] = [
    examineMachine,
    examineSettings,
    examineDataFolder,
    examineKeys,
  ]
  const wellSet: readonly Examination[] = [
    examineCertificates,
    examinePorts,
    examineJournal,
    examineQueue,
    examinePayloads,
    examineClock,
    examineOutside,
    examineGateway(ask),
  ]
  const examinations = patient.configFaults.length === 0 ? [...always, ...wellSet] : always
  const look = (examination: Examination): Promise<readonly Diagnosis[]> =>
    examination(patient).catch((error: unknown) => [found('setting-wrong', saidBy(error))])
  // SQLite is looked through on this thread, for seconds: a server that answers meanwhile would be
  // taken for one that does not.
  const last = examinations.indexOf(examineJournal)
  const diagnoses = await Promise.all(
    examinations.map(async (examination, index) => (index === last ? [] : look(examination))),
  )
  if (last !== -1) diagnoses[last] = await look(examineJournal)
  const view = await patient.journal().catch(() => undefined)
  await view?.close()
  return diagnoses.flat()
}
