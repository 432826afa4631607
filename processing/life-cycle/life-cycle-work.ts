import { giveFirstStatuses, type FirstStatusesOptions } from './first-statuses.ts'
import { sendLifeCycleFlows, type LifeCycleFlowsOptions } from './life-cycle-flows.ts'
import { takeDueSteps } from './plans.ts'

export type LifeCycleWorkOptions = FirstStatusesOptions & LifeCycleFlowsOptions

/** Something that is looked at again and again (gateway/housekeeping.ts). */
interface Chore {
  readonly name: string
  readonly everySeconds: number
  run(): Promise<number>
}

/** What becomes of invoices after their flow was decided, in this order. */
export function lifeCycleWork(options: LifeCycleWorkOptions): Chore[] {
  const everySeconds = 1
  return [
    {
      name: 'first statuses of invoices',
      everySeconds,
      run: () => giveFirstStatuses(options),
    },
    { name: 'planned statuses of invoices', everySeconds, run: () => takeDueSteps(options) },
    { name: 'life-cycle flows', everySeconds, run: () => sendLifeCycleFlows(options) },
  ]
}
