// The reference of the benches of PeSIT. `receive FOLDER`: what comes over a socket goes to a file,
// its SHA-256 is taken, and `ok` is said once the disk has it. `send FILE`: whoever connects gets
// the file. A key and a certificate behind it: over TLS. Says its port on standard output.
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream, readFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { join } from 'node:path'
import { createServer as createTlsServer } from 'node:tls'

const [role, place = '.', keyFile, certificateFile] = process.argv.slice(2)
const serve = role === 'send' ? give : take
const options = { allowHalfOpen: true }
let count = 0
const server =
  keyFile === undefined || certificateFile === undefined
    ? createServer(options, (socket) => void serve(socket))
    : createTlsServer(
        {
          ...options,
          key: readFileSync(keyFile),
          cert: readFileSync(certificateFile),
          requestCert: true,
          rejectUnauthorized: false,
        },
        (socket) => void serve(socket),
      )
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`)
})

async function take(socket: Socket): Promise<void> {
  count += 1
  socket.on('error', () => {})
  const file = await open(join(place, `raw-${count % 4}`), 'w')
  const hash = createHash('sha256')
  try {
    for await (const piece of socket.iterator({ destroyOnReturn: false })) {
      hash.update(piece as Buffer)
      await file.write(piece as Buffer)
    }
    hash.digest('hex')
    await file.sync()
  } finally {
    await file.close()
  }
  socket.end('ok')
}

async function give(socket: Socket): Promise<void> {
  socket.on('error', () => {})
  for await (const piece of createReadStream(place)) {
    if (!socket.write(piece as Buffer)) await once(socket, 'drain')
  }
  socket.end()
}
