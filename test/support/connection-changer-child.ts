import { createInterface } from 'node:readline'
import type { ConnectionId } from '../../gateway/flow.ts'
import { openJournal } from '../../gateway/journal/open-journal.ts'
import { createLogger } from '../../gateway/logger.ts'
import { changeConnection } from './connection-rows.ts'
import { sayLine } from './say-line.ts'

/**
 * A process that gives a connection each name that it reads, a line each, and says the name once
 * the change is committed. Arguments: journal URL, data folder, id of the connection, `announced` or
 * `silent`.
 */

const [url = '', dataFolder = '', id = '', manner = ''] = process.argv.slice(2)
const journal = await openJournal({ url, dataFolder, log: createLogger('silent') })
sayLine('open')
for await (const name of createInterface({ input: process.stdin })) {
  const announce = manner === 'announced' ? 'connections' : undefined
  await changeConnection(journal, id as ConnectionId, { name }, announce)
  sayLine(name)
}
await journal.close()
