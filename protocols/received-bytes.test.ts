import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { receiveInPlace } from './received-bytes.ts'

const server = createServer()
afterEach(() => server.close())

test('an accepted socket receives into one memory, and every byte is told in order', async () => {
  const told = createHash('sha256')
  const hasEnded = Promise.withResolvers<undefined>()
  let isInto = false
  const buffers = new Set<ArrayBufferLike>()
  const take = (bytes: Buffer) => {
    told.update(bytes)
    if (isInto) buffers.add(bytes.buffer)
  }
  server.on('connection', (socket: Socket) => {
    socket.on('data', (bytes: Buffer) => {
      take(bytes)
      isInto ||= receiveInPlace(socket, take)
    })
    socket.on('end', () => hasEnded.resolve(undefined))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  const sent = randomBytes(3_000_000)
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  await once(client, 'connect')
  client.write(sent.subarray(0, 1_000))
  client.end(sent.subarray(1_000))
  await hasEnded.promise

  expect(isInto).toBe(true)
  expect(buffers.size).toBe(1)
  expect(told.digest('hex')).toBe(createHash('sha256').update(sent).digest('hex'))
})
