import { check, extract } from './invoice-tasks.ts'
import { readStatuses } from './life-cycle/read-statuses.ts'
import { writePivotUnits } from './life-cycle/pivot-task.ts'
import { serveTasks } from './serve-tasks.ts'

serveTasks({ extract, check, statuses: readStatuses, pivot: writePivotUnits })
