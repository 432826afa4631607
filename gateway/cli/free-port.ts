import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * Below what systems hand out by themselves (Linux from 32768, others from 49152): between the look
 * and the use, or while its program is down and comes back, no other one is given the port. The same
 * is true 10,000 above, where a Redis of a cluster takes a second one.
 */
const FROM = 10_000
const COUNT = 12_000

/** A port of this machine that nobody listens on now, for what has to be told its port beforehand. */
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
