import { check, invoiceTasks } from './invoice-tasks.ts'
import { readStatuses } from './life-cycle/read-statuses.ts'
import { writeForRecipient } from './life-cycle/recipient-task.ts'
import { serveTasks } from './serve-tasks.ts'

serveTasks({ ...invoiceTasks(check), statuses: readStatuses, carry: writeForRecipient })
