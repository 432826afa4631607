import { check, extract } from './invoice-tasks.ts'
import { serveTasks } from './serve-tasks.ts'

serveTasks({ extract, check })
