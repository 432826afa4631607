import { ActiveFaults } from '../../gateway/faults/active-faults.ts'
import { FAULTS, type FaultName } from '../../gateway/faults/fault-table.ts'
import { faultValues } from '../../gateway/faults/fault-values.ts'
import type { FaultContext } from '../../gateway/faults.ts'

/** One fault of the catalogue, without end; `hits` = the contexts it was met in. */
export function oneFault(
  name: FaultName,
  values: Readonly<Record<string, unknown>> = {},
  remaining: number | null = null,
): { readonly faults: ActiveFaults; readonly hits: readonly FaultContext[] } {
  const checked = faultValues(FAULTS[name], values)
  if (!('values' in checked)) throw new Error(checked.message.en)
  const hits: FaultContext[] = []
  const faults = new ActiveFaults({ hit: (_fault, _point, context) => void hits.push(context) })
  faults.replace([
    {
      id: 'flt_1',
      name,
      values: checked.values,
      protocol: null,
      connectionId: null,
      interfaceCode: null,
      chancePpm: 1_000_000,
      remaining,
      endsAt: Infinity,
    },
  ])
  return { faults, hits }
}
