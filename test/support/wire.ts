import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** A network between a partner and a listener. */
export interface Wire {
  readonly port: number
  /** The listener does not learn that its partner has hung up, as behind a broken line. */
  isLeftOpen: boolean
  close(): Promise<void>
}

/** @param port of the listener, on this machine */
export async function startWire(port: number): Promise<Wire> {
  const sockets = new Set<Socket>()
  const wire = { port: 0, isLeftOpen: false, close }
  const server = createServer({ allowHalfOpen: true }, (partner) => {
    const listener = connect({ port, host: '127.0.0.1' })
    for (const socket of [partner, listener]) {
      sockets.add(socket)
      socket.on('error', () => {})
    }
    partner.pipe(listener, { end: false })
    listener.pipe(partner)
    partner.on('close', () => {
      if (!wire.isLeftOpen) listener.destroy()
    })
  })
  async function close(): Promise<void> {
    for (const socket of sockets) socket.destroy()
    server.close()
    await once(server, 'close')
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  wire.port = (server.address() as AddressInfo).port
  return wire
}
