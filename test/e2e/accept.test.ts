import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { noFaults } from '../../gateway/faults.ts'
import {
  startAccepting,
  type AcceptedSocket,
  type AcceptLimits,
  type AcceptOptions,
  type Acceptor,
} from '../../protocols/accept.ts'
import { freePort } from '../../gateway/cli/free-port.ts'

interface Door {
  readonly acceptor: Acceptor
  readonly accepted: AcceptedSocket[]
  readonly refused: string[]
  readonly received: string[]
}

const LIMITS: AcceptLimits = {
  maxUnauthenticated: 100,
  maxPerAddress: 100,
  maxNewPerAddressPerSecond: 1_000,
}

async function open(options: Partial<AcceptOptions> = {}): Promise<Door> {
  const accepted: AcceptedSocket[] = []
  const refused: string[] = []
  const received: string[] = []
  const acceptor = await startAccepting({
    protocol: 'sftp',
    host: '127.0.0.1',
    port: 0,
    limits: LIMITS,
    failedTries: { refusedBecause: () => undefined },
    faults: noFaults,
    log: pino({ level: 'silent' }),
    onSocket: (socket) => {
      accepted.push(socket)
      socket.socket.on('data', (chunk: Buffer) => received.push(chunk.toString()))
    },
    onRefused: ({ reason }) => refused.push(reason),
    ...options,
  })
  onTestFinished(() => acceptor.close())
  return { acceptor, accepted, refused, received }
}

async function knock(door: Door): Promise<Socket> {
  const socket = connect(door.acceptor.address)
  socket.on('error', () => {})
  onTestFinished(() => {
    socket.destroy()
  })
  await new Promise((resolve) => {
    socket.once('connect', resolve)
    socket.once('close', resolve)
  })
  return socket
}

function closing(socket: Socket): Promise<unknown> {
  socket.resume()
  if (socket.destroyed) return Promise.resolve()
  return new Promise((resolve) => {
    socket.once('close', resolve)
  })
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await pause(5)
}

test('port 0 is any free one, and a taken port is named in the error', async () => {
  const door = await open()
  expect(door.acceptor.address.port).toBeGreaterThan(0)
  await expect(open({ port: door.acceptor.address.port })).rejects.toMatchObject({
    code: 'PORT_IN_USE',
    message: expect.stringContaining(String(door.acceptor.address.port)),
  })
})

test('an address that is not ours, and a balancer that is no network, are faults of settings', async () => {
  await expect(open({ host: '192.0.2.1' })).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  await expect(open({ balancers: ['10.0.0.0/64'] })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
  })
})

test('a socket is handed over with its peer, and nothing it sent is lost', async () => {
  const door = await open()
  const socket = await knock(door)
  socket.write('hello')
  await until(() => door.received.length > 0)
  expect(door.received).toEqual(['hello'])
  expect(door.accepted[0]!.peer).toEqual({ host: '127.0.0.1', port: socket.localPort })
  expect(door.acceptor.open).toBe(1)
})

test('a closed socket makes room for another of its address', async () => {
  const door = await open({ limits: { ...LIMITS, maxPerAddress: 1 } })
  const first = await knock(door)
  await closing(await knock(door))
  expect(door.refused).toEqual(['more than 1 sessions from one address'])
  first.destroy()
  await until(() => door.acceptor.open === 0)
  await knock(door)
  await until(() => door.accepted.length === 2)
  expect(door.accepted).toHaveLength(2)
})

test('new sockets of an address are limited in a second, also when the earlier are closed', async () => {
  const door = await open({ limits: { ...LIMITS, maxNewPerAddressPerSecond: 3 } })
  while (door.refused.length === 0) {
    const socket = await knock(door)
    socket.destroy()
  }
  expect(new Set(door.refused)).toEqual(new Set(['more than 3 new sessions in a second']))
  await pause(1_100)
  const before = door.accepted.length
  await knock(door)
  await until(() => door.accepted.length > before)
  expect(door.accepted.length).toBeGreaterThan(before)
})

test('from half the limit on, strangers are turned away by chance; authenticated ones do not count', async () => {
  let chance = 0.999
  const limits = { ...LIMITS, maxUnauthenticated: 4 }
  const door = await open({ limits, random: () => chance })
  for (let count = 1; count <= 4; count += 1) {
    await knock(door)
    await until(() => door.accepted.length === count)
  }
  await closing(await knock(door))
  expect(door.refused).toEqual(['4 sessions have not authenticated yet'])
  door.accepted[0]!.authenticated()
  door.accepted[0]!.authenticated()
  chance = 0.5
  await closing(await knock(door))
  chance = 0.999
  await knock(door)
  await until(() => door.accepted.length === 5)
  expect(door.accepted).toHaveLength(5)
})

test('a stranger’s bytes are limited, and no longer once it is known', async () => {
  const limits = { ...LIMITS, maxUnauthenticatedBytes: 1_000 }
  const door = await open({ limits })
  const stranger = await knock(door)
  stranger.write(Buffer.alloc(1_001))
  await closing(stranger)
  expect(door.refused).toEqual(['more than 1000 bytes before authentication'])
  const known = await knock(door)
  await until(() => door.accepted.length === 2)
  door.accepted[1]!.authenticated()
  known.write(Buffer.alloc(5_000))
  await until(() => door.received.join('').length >= 6_000)
  expect(known.destroyed).toBe(false)
})

test('an idle socket is cut', async () => {
  const door = await open({ limits: { ...LIMITS, idleSeconds: 1 } })
  await closing(await knock(door))
  expect(door.accepted).toHaveLength(1)
})

test.each([
  ['version 1', Buffer.from('PROXY TCP4 192.0.2.7 10.0.0.1 4711 22\r\n')],
  ['version 2', Buffer.from('0d0a0d0a000d0a515549540a2111000cc00002070a00000112670016', 'hex')],
])('behind a listed balancer the PROXY header, %s, says whose it is', async (_, header) => {
  const door = await open({ balancers: ['10.0.0.0/8', '127.0.0.1'] })
  const socket = await knock(door)
  for (const byte of header) {
    socket.write(Buffer.of(byte))
    await pause(0)
  }
  socket.write('hello')
  await until(() => door.received.length > 0)
  expect(door.accepted[0]!.peer).toEqual({ host: '192.0.2.7', port: 4_711 })
  expect(door.received.join('')).toBe('hello')
})

test('header and first bytes may come in one piece', async () => {
  const door = await open({ balancers: ['127.0.0.1'] })
  const socket = await knock(door)
  socket.write('PROXY UNKNOWN\r\nhello')
  await until(() => door.received.length > 0)
  expect(door.received).toEqual(['hello'])
  expect(door.accepted[0]!.peer.host).toBe('127.0.0.1')
})

test('a listed balancer without a header is refused; of others a header is data', async () => {
  const behind = await open({ balancers: ['127.0.0.1'] })
  const socket = await knock(behind)
  socket.write('SSH-2.0-x\r\n')
  await closing(socket)
  expect(behind.refused).toEqual(['a listed balancer sent no PROXY header'])
  const direct = await open()
  const other = await knock(direct)
  other.write('PROXY UNKNOWN\r\n')
  await until(() => direct.received.length > 0)
  expect(direct.received).toEqual(['PROXY UNKNOWN\r\n'])
})

test('limits hold for the address in the header, not for the balancer’s', async () => {
  const limits = { ...LIMITS, maxPerAddress: 1 }
  const door = await open({ balancers: ['127.0.0.1'], limits })
  for (const host of ['192.0.2.1', '192.0.2.2', '192.0.2.1']) {
    const socket = await knock(door)
    socket.write(`PROXY TCP4 ${host} 10.0.0.1 1 22\r\n`)
  }
  await until(() => door.refused.length > 0 && door.accepted.length === 2)
  expect(door.accepted.map(({ peer }) => peer.host).toSorted()).toEqual(['192.0.2.1', '192.0.2.2'])
})

test('faults cut or delay what comes in', async () => {
  const actions = [{ kind: 'cut' }, { kind: 'delay', milliseconds: 30 }] as const
  let count = 0
  const door = await open({
    faults: {
      at: () => {
        count += 1
        return actions[count - 1]
      },
    },
  })
  await closing(await knock(door))
  expect(door.accepted).toHaveLength(0)
  const slow = await knock(door)
  slow.write('early')
  await until(() => door.received.length > 0)
  expect(door.received).toEqual(['early'])
})

test('a handler that throws costs its socket alone', async () => {
  let isFirst = true
  const accepted: string[] = []
  const door = await open({
    onSocket: ({ peer }) => {
      if (isFirst) {
        isFirst = false
        throw new Error('a fault of ours')
      }
      accepted.push(peer.host)
    },
  })
  await closing(await knock(door))
  await knock(door)
  await until(() => accepted.length === 1)
  expect(accepted).toEqual(['127.0.0.1'])
})

test('refusing new ones leaves the open ones; closing ends them all', async () => {
  const door = await open({ port: await freePort() })
  const socket = await knock(door)
  await until(() => door.accepted.length === 1)
  door.acceptor.refuseNew()
  door.acceptor.refuseNew()
  await closing(await knock(door))
  socket.write('still here')
  await until(() => door.received.length > 0)
  const closed = closing(socket)
  await door.acceptor.close()
  await closed
  expect(door.acceptor.open).toBe(0)
  const next = createServer()
  const { port } = door.acceptor.address
  await new Promise<void>((resolve) => {
    next.listen(port, '127.0.0.1', resolve)
  })
  next.close()
})
