import { check, invoiceTasks } from './invoice-tasks.ts'
import { serveTasks } from './serve-tasks.ts'

serveTasks(invoiceTasks(check))
