import { openJournal } from '../../gateway/journal/open-journal.ts'
import { createLogger } from '../../gateway/logger.ts'
import { openPushPlace } from './push-place.ts'

/** Brings return flows until it is killed: `node push-engine-child.ts URL FOLDER LEASE-SECONDS`. */
const [url = '', folder = '', leaseSeconds = '1'] = process.argv.slice(2)
const journal = await openJournal({ url, dataFolder: folder, log: createLogger('silent') })
const place = await openPushPlace(journal, folder)
place.engine({ settings: { leaseSeconds: Number(leaseSeconds), perConnection: 4, attempts: 100 } })
process.stdout.write('ready\n')
