import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * Below what systems hand out by themselves (Linux from 32768, others from 49152): between the look
 * and the use, or while a server is down that comes back, no other program is given the port. So is
 * the second one that a Redis of a cluster takes, 10,000 above.
 */
const FROM = 10_000
const COUNT = 12_000

/** A port that nobody listens on now: for programs that have to be told theirs before they start. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FROM + Math.floor(Math.random() * COUNT)
    const server = createServer()
    server.listen(port, '127.0.0.1')
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    )
    if (!isFree) continue
    server.close()
    await once(server, 'close')
    return port
  }
}
