import { writeSync } from 'node:fs'
import { startPesitReception } from './pesit-reception.ts'

/**
 * A PeSIT listener in a process of its own, to be killed: `node pesit-reception-child.ts FOLDER`.
 * Says its port.
 */
const [folder = ''] = process.argv.slice(2)
const reception = await startPesitReception({ folder })
writeSync(1, `${reception.listener.address.port}\n`)
