import { startPesitReception } from './pesit-reception.ts'
import { sayLine } from './say-line.ts'

/**
 * A PeSIT listener in a process of its own, to be killed: `node pesit-reception-child.ts FOLDER`.
 * Says its port.
 */
const [folder = ''] = process.argv.slice(2)
const reception = await startPesitReception({ folder })
sayLine(String(reception.listener.address.port))
