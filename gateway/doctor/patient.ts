import type { ConfigFault } from '../../config/config-fault.ts'
import type { Config } from '../../config/schema.ts'
import type { RunFile } from '../run-file.ts'
import type { Diagnosis } from './diagnosis.ts'
import type { JournalView } from './journal-view.ts'
import type { Machine } from './machine.ts'

/** What `raccord doctor` looks at: a set-up, whether a gateway runs on it or not. */
export interface Patient {
  /** Where the settings have faults, those of the folder alone over the defaults. */
  readonly config: Config
  readonly configFaults: readonly ConfigFault[]
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly machine: Machine
  /** What a gateway left or keeps in the data folder. */
  readonly run: RunFile | undefined
  /** Whether the process of `run` is there. */
  readonly isRunning: boolean
  /** An address whose HTTP Date the clock is held against. */
  readonly timeFrom: string | undefined
  /** Undefined = there is no journal yet; opened once, a rejection is what stands in the way. */
  readonly journal: () => Promise<JournalView | undefined>
}

/** Looks at one thing, and says what it is like. */
export type Examination = (patient: Patient) => Promise<readonly Diagnosis[]>
