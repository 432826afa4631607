import { createServer, type Socket } from 'node:net'

/** A peer that speaks clamd's INSTREAM (clamd(8)); written from its manual, knows nothing of ours. */
export interface Clamd {
  /** `127.0.0.1:port` */
  readonly address: string
  stop(): Promise<void>
}

/** @param answer what to say of a content once it is whole; undefined = nothing, ever */
export async function startClamd(
  answer: (content: Buffer) => string | undefined,
  port = 0,
): Promise<Clamd> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    let bytes: Buffer = Buffer.alloc(0)
    socket.on('error', () => {})
    socket.on('data', (more) => {
      bytes = Buffer.concat([bytes, more])
      const content = receivedContent(bytes)
      const said = content === undefined ? undefined : answer(content)
      if (said !== undefined) socket.end(said)
    })
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const bound = server.address() as { port: number }
  return {
    address: `127.0.0.1:${bound.port}`,
    stop() {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

/** Length-prefixed pieces after the command, one of length 0 at the end. */
function receivedContent(bytes: Buffer): Buffer | undefined {
  const command = Buffer.from('zINSTREAM\0')
  if (!bytes.subarray(0, command.length).equals(command)) return undefined
  const pieces: Buffer[] = []
  let at = command.length
  while (bytes.length >= at + 4) {
    const length = bytes.readUInt32BE(at)
    if (length === 0) return Buffer.concat(pieces)
    if (bytes.length < at + 4 + length) return undefined
    pieces.push(bytes.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  return undefined
}
