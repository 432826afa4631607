import type { RunId } from '../../gateway/flow.ts'
import type { Journal } from '../../gateway/journal/journal.ts'
import { selectRuns } from './run-rows.ts'
import type { RunMemory, ScenarioActions } from './scene.ts'

/** Ends what a run has put: its faults, its clock, its keys. */
export async function cleanUp(
  actions: ScenarioActions,
  id: RunId,
  memory: RunMemory,
): Promise<void> {
  await actions.clearFaults(id)
  if (memory.clockBefore !== null) await actions.moveClock(id, memory.clockBefore)
  if (memory.keys !== undefined) await actions.withdrawKeys(memory.keys)
}

/** The same for what a step did between the look of who ended the run and the end. */
export async function cleanUpAfter(
  { journal, actions }: { readonly journal: Journal; readonly actions: ScenarioActions },
  id: RunId,
  known: RunMemory,
): Promise<void> {
  const [run] = await journal.read(selectRuns(journal, { name: id }).limit(1))
  if (run === undefined || run.memory_json === JSON.stringify(known)) await actions.clearFaults(id)
  else await cleanUp(actions, id, JSON.parse(run.memory_json) as RunMemory)
}
