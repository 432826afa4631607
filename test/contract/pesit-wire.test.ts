// The whole way of a write through a network that splits, merges, and cuts it anywhere.
import { createServer, connect, type AddressInfo, type Socket } from 'node:net'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { flowName } from '../support/door-ground.ts'
import { startPesitReception, type PesitReception } from '../support/pesit-reception.ts'
import { sendOrder, sha256 } from '../support/pesit-samples.ts'
import type { SendOrder } from '../support/pesit-peer/initiator-orders.ts'

const SMALL = Buffer.from('<Invoice>five</Invoice>')
/** Bytes from one cut to the next: within every FPDU, parameters included, at another place. */
const STRIDE = 5
/** Dialogues at a time. */
const ABREAST = 16
/** What a network may hold back before it passes several entities at once. */
const HELD_MILLISECONDS = 3

/** How a network passes on what comes from the partner, or from the gateway. */
type Manner = (pass: (bytes: Buffer) => void) => (bytes: Buffer) => void

const asItIs: Manner = (pass) => pass
const byteByByte: Manner = (pass) => (bytes) => {
  for (let at = 0; at < bytes.length; at += 1) pass(bytes.subarray(at, at + 1))
}
const glued: Manner = (pass) => {
  let held: Buffer[] = []
  return (bytes) => {
    if (held.length === 0) {
      setTimeout(() => {
        pass(Buffer.concat(held))
        held = []
      }, HELD_MILLISECONDS)
    }
    held.push(bytes)
  }
}

/**
 * A network in front of the gateway.
 * @param cutAfter bytes of the partner's, all its dialogues apart
 */
async function network(port: number, manner: Manner, cutAfter: () => number = () => Infinity) {
  const sockets = new Set<Socket>()
  let passed = 0
  const server = createServer({ noDelay: true }, (partner) => {
    const gateway = connect({ port, host: '127.0.0.1', noDelay: true })
    const end = (): void => {
      partner.destroy()
      gateway.destroy()
    }
    for (const socket of [partner, gateway]) {
      sockets.add(socket)
      socket.on('error', end)
      socket.on('close', end)
    }
    const room = cutAfter()
    let sent = 0
    const forward = manner((bytes) => {
      const part = bytes.subarray(0, Math.max(0, room - sent))
      sent += part.length
      passed += part.length
      if (sent < room) gateway.write(part)
      else gateway.write(part, end)
    })
    partner.on('data', forward)
    gateway.on(
      'data',
      manner((bytes) => void partner.write(bytes)),
    )
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, passed: () => passed }
}

let reception: PesitReception
beforeEach(async () => {
  reception = await startPesitReception({
    settings: { maxPerConnection: 1_000, maxConnections: 1_000 },
  })
  onTestFinished(() => reception.stop())
})

async function send(port: number, order: SendOrder): Promise<void> {
  const partner = await reception.connect({ port })
  try {
    await partner.sendFile(order)
    await partner.release()
  } finally {
    partner.link.cut()
  }
}

test.each<[string, Manner]>([
  ['one byte at a time', byteByByte],
  ['glued', glued],
])('a flow comes whole through a network that passes it %s', async (_, manner) => {
  const { port } = await network(reception.listener.address.port, manner)
  await send(port, sendOrder({ content: SMALL }))
  expect(await reception.flows()).toMatchObject([{ name: flowName(1), sha256: sha256(SMALL) }])
})

test('a dialogue that is cut anywhere in its bytes, and said again, makes one flow', async () => {
  const direct = reception.listener.address.port
  const orderOf = (n: number): SendOrder => sendOrder({ label: flowName(n), content: SMALL })
  const whole = await network(direct, asItIs)
  await send(whole.port, orderOf(0))
  const total = whole.passed()
  const cuts = Array.from(
    { length: Math.floor((total - 1) / STRIDE) },
    (_, at) => (at + 1) * STRIDE,
  )
  const left = [...cuts]
  const cutAndSayAgain = async (): Promise<void> => {
    for (let at = left.pop(); at !== undefined; at = left.pop()) {
      const cutAt = at
      const cutting = await network(direct, asItIs, () => cutAt)
      await expect(send(cutting.port, orderOf(cutAt))).rejects.toMatchObject({ kind: 'closed' })
      await send(direct, orderOf(cutAt))
    }
  }
  await Promise.all(Array.from({ length: ABREAST }, cutAndSayAgain))
  const names = (await reception.flows()).map(({ name }) => name)
  expect(names.toSorted()).toEqual([0, ...cuts].map(flowName).toSorted())
})
