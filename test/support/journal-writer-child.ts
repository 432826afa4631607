import { GatewayError } from '../../gateway/errors.ts'
import { openJournal } from '../../gateway/journal/open-journal.ts'
import { createLogger } from '../../gateway/logger.ts'
import { sayLine } from './say-line.ts'

/**
 * A process that writes to a journal until it is killed, and says each pair of rows once it is
 * durable. Arguments: journal URL, data folder, prefix of the names. Started by journal-kills.ts.
 */

const [url = '', dataFolder = '', prefix = ''] = process.argv.slice(2)
const CALLERS = 8

try {
  const journal = await openJournal({ url, dataFolder, log: createLogger('silent') })
  sayLine('open')
  let last = 0
  const writeOn = async (): Promise<never> => {
    for (;;) {
      last += 1
      const name = `${prefix}-${last}`
      const row = (half: string) =>
        journal.db.insertInto('facts').values({ name: `${name}-${half}`, value: 'x'.repeat(200) })
      const result = await journal.write([{ query: row('a') }, { query: row('b') }])
      if (result.committed) sayLine(name)
    }
  }
  await Promise.all(Array.from({ length: CALLERS }, writeOn))
} catch (cause) {
  sayLine(cause instanceof GatewayError ? cause.code : String(cause))
  process.exitCode = 1
}
