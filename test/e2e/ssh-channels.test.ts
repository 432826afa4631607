import { describe, expect, test } from 'vitest'
import { MESSAGE } from '../support/ssh-peer/raw-ssh-client.ts'
import { string, uint32 } from '../support/ssh-peer/ssh-strings.ts'
import {
  collect,
  ED25519,
  login,
  openSftp,
  outcomesOf,
  startSsh,
  untilTrue,
} from '../support/ssh-sessions.ts'

describe('channels', () => {
  test.each<[string, ...Buffer[]]>([
    ['shell'],
    ['exec', string('scp -t .')],
    ['pty-req', string('xterm'), Buffer.alloc(16), string('\0')],
    ['x11-req', Buffer.of(0), string('MIT'), string('00'), uint32(0)],
    ['env', string('LANG'), string('C')],
    ['auth-agent-req@openssh.com'],
    ['xyz'],
  ])('request %s fails, and sftp can still be had', async (type, ...fields) => {
    const server = await startSsh()
    const peer = await login(server)
    const channel = (await peer.openChannel(1))!
    expect(await peer.request(channel, type, ...fields)).toBe(false)
    expect(await peer.request(channel, 'subsystem', string('netconf'))).toBe(false)
    expect(await peer.request(channel, 'subsystem', string('sftp'))).toBe(true)
  })

  test('requests after sftp has started are answered, a second subsystem too', async () => {
    const server = await startSsh()
    const peer = await login(server)
    const channel = await openSftp(peer)
    expect(await peer.request(channel, 'winadj@putty.projects.tartarus.org')).toBe(false)
    expect(await peer.request(channel, 'subsystem', string('sftp'))).toBe(false)
    peer.sendData(channel, Buffer.from('still here'))
    expect((await collect(peer, 10)).toString()).toBe('still here')
  })

  test.each(['direct-tcpip', 'direct-streamlocal@openssh.com', 'x11', 'tun@openssh.com'])(
    'a channel of type %s is refused',
    async (type) => {
      const server = await startSsh()
      const peer = await login(server)
      const rest =
        type === 'x11' ? [string('a'), uint32(1)] : [string('a'), uint32(1), string('b'), uint32(2)]
      const numbers = [uint32(1), uint32(1_000), uint32(1_000)]
      peer.send(Buffer.concat([Buffer.of(90), string(type), ...numbers, ...rest]))
      expect((await peer.receive())[0]).toBe(MESSAGE.channelOpenFailure)
      await openSftp(peer)
    },
  )

  test('port forwarding and other global requests fail', async () => {
    const server = await startSsh()
    const peer = await login(server)
    for (const [name, ...rest] of [
      ['tcpip-forward', string('0.0.0.0'), uint32(0)],
      ['keepalive@openssh.com'],
    ] as const) {
      peer.send(Buffer.concat([Buffer.of(80), string(name), Buffer.of(1), ...rest]))
      expect((await peer.receive())[0]).toBe(MESSAGE.requestFailure)
    }
  })

  test('channels are limited, and none follows no-more-sessions', async () => {
    const server = await startSsh({ maxChannels: 2 })
    const peer = await login(server)
    expect(await peer.openChannel(1)).toBe(0)
    expect(await peer.openChannel(2)).toBe(1)
    expect(await peer.openChannel(3)).toBeUndefined()
    peer.send(Buffer.concat([Buffer.of(MESSAGE.channelClose), uint32(0)]))
    expect((await peer.receive())[0]).toBe(MESSAGE.channelClose)
    expect(await peer.openChannel(4)).toBe(0)
    const last = await login(server)
    const name = string('no-more-sessions@openssh.com')
    last.send(Buffer.concat([Buffer.of(80), name, Buffer.of(0)]))
    expect(await last.openChannel(1)).toBeUndefined()
  })

  test('a channel of tiny packets is refused', async () => {
    const server = await startSsh()
    const peer = await login(server)
    expect(await peer.openChannel(1, { packet: 0 })).toBeUndefined()
    expect(await peer.openChannel(1, { packet: 255 })).toBeUndefined()
  })

  test('a client that ignores the receive window is cut', async () => {
    let received = 0
    const server = await startSsh({}, ({ channel }) => {
      channel.onData((chunk) => {
        received += chunk.length
      })
    })
    const peer = await login(server)
    const channel = await openSftp(peer)
    expect(peer.window).toBe(2 * 1024 * 1024)
    for (let count = 0; count < 80; count += 1) peer.sendData(channel, Buffer.alloc(32_768))
    await peer.closed()
    expect(await outcomesOf(server)).toEqual(['the client ignores the receive window'])
    expect(received).toBe(2 * 1024 * 1024)
  })

  test('window comes back as the reader gives credit, and not before', async () => {
    let give: (bytes: number) => void = () => {}
    const server = await startSsh({}, ({ channel }) => {
      give = (bytes) => channel.consumed(bytes)
      channel.onData(() => {})
    })
    const peer = await login(server)
    const channel = await openSftp(peer)
    for (let count = 0; count < 64; count += 1) peer.sendData(channel, Buffer.alloc(32_768))
    expect(await peer.request(channel, 'ping')).toBe(false)
    expect(peer.window).toBe(2 * 1024 * 1024)
    give(512 * 1024)
    expect(await peer.request(channel, 'ping')).toBe(false)
    expect(peer.window).toBe(2.5 * 1024 * 1024)
  })

  test('more credit than was delivered cuts the connection', async () => {
    const server = await startSsh({}, ({ channel }) => {
      channel.onData((chunk) => channel.consumed(chunk.length + 1))
    })
    const peer = await login(server)
    peer.sendData(await openSftp(peer), Buffer.alloc(1))
    await peer.closed()
    expect(await outcomesOf(server)).toEqual(['more was consumed than was delivered'])
  })

  test('what is written waits for the client’s window, and is told', async () => {
    let unsent = () => 0
    const server = await startSsh({}, ({ channel }) => {
      unsent = () => channel.unsentBytes
      channel.write([Buffer.alloc(10, 1), Buffer.alloc(20, 2)])
      channel.write([Buffer.alloc(5, 3)])
      channel.end()
    })
    const peer = await login(server)
    const channel = (await peer.openChannel(5, { window: 12 }))!
    expect(await peer.request(channel, 'subsystem', string('sftp'))).toBe(true)
    const first = await collect(peer, 12)
    expect(unsent()).toBe(23)
    peer.send(Buffer.concat([Buffer.of(93), uint32(channel), uint32(1_000)]))
    const rest = await collect(peer, 23)
    const expected = [Buffer.alloc(10, 1), Buffer.alloc(20, 2), Buffer.alloc(5, 3)]
    expect(Buffer.concat([first, rest])).toEqual(Buffer.concat(expected))
    const status = await peer.receive()
    expect([
      status[0],
      status.includes('exit-status'),
      status.readUInt32BE(status.length - 4),
    ]).toEqual([MESSAGE.channelRequest, true, 0])
    expect((await peer.receive())[0]).toBe(MESSAGE.channelEof)
    expect((await peer.receive())[0]).toBe(MESSAGE.channelClose)
  })

  test('buffers are given back once, in order, also when the client goes away', async () => {
    const given: number[] = []
    let isClosed = 0
    const server = await startSsh({}, ({ channel }) => {
      channel.onClose(() => {
        isClosed += 1
      })
      for (let index = 0; index < 5; index += 1) {
        channel.write([Buffer.alloc(10)], () => given.push(index))
      }
      expect(given).toEqual([])
    })
    const peer = await login(server)
    const channel = (await peer.openChannel(5, { window: 25 }))!
    await peer.request(channel, 'subsystem', string('sftp'))
    await collect(peer, 25)
    expect(given).toEqual([0, 1])
    peer.socket.destroy()
    await untilTrue(() => isClosed > 0)
    expect(given).toEqual([0, 1, 2, 3, 4])
    expect(isClosed).toBe(1)
  })

  test('a window that overflows cuts the connection', async () => {
    const server = await startSsh()
    const peer = await login(server)
    const channel = await openSftp(peer)
    for (const bytes of [0x7fffffff, 0x7fffffff, 0x7fffffff]) {
      peer.send(Buffer.concat([Buffer.of(93), uint32(channel), uint32(bytes)]))
    }
    await peer.closed()
    expect(await outcomesOf(server)).toEqual(['the send window overflows'])
  })

  test('data on a channel that carries no sftp, and data after EOF, cut the connection', async () => {
    const server = await startSsh()
    const early = await login(server)
    early.sendData((await early.openChannel(1))!, Buffer.of(1))
    await early.closed()
    const late = await login(server)
    const channel = await openSftp(late)
    late.send(Buffer.concat([Buffer.of(MESSAGE.channelEof), uint32(channel)]))
    late.sendData(channel, Buffer.of(1))
    await late.closed()
    await untilTrue(() => server.outcomes.length === 2)
    expect(server.outcomes).toEqual([
      'data on a channel that carries nothing',
      'channel data after EOF',
    ])
  })

  test('an exception of the reader cuts its connection alone', async () => {
    const server = await startSsh({}, ({ channel }) => {
      channel.onData(() => {
        throw new Error('a fault of ours')
      })
    })
    const other = await login(server)
    const peer = await login(server)
    peer.sendData(await openSftp(peer), Buffer.of(1))
    await peer.closed()
    expect(await outcomesOf(server)).toEqual(['a fault of ours'])
    await openSftp(other)
  })
})

describe('new keys', () => {
  test('the server asks for them by volume in the middle of a transfer', async () => {
    const server = await startSsh({ rekeyBytes: 300_000 })
    const peer = await login(server)
    const channel = await openSftp(peer)
    const sent: Buffer[] = []
    const received: Buffer[] = []
    const take = (payload: Buffer) => {
      if (payload[0] === MESSAGE.channelData) received.push(payload.subarray(9))
    }
    let exchanges = 0
    for (let count = 0; count < 40; count += 1) {
      const chunk = Buffer.alloc(30_000, count)
      sent.push(chunk)
      peer.sendData(channel, chunk)
      const want = Buffer.concat(sent).length
      while (Buffer.concat(received).length < want) {
        const payload = await peer.receive()
        if (payload[0] === MESSAGE.kexInit) {
          exchanges += 1
          const own = peer.kexInit()
          peer.send(own)
          await peer.answerKexInit('SSH-2.0-RawPeer_1', own, payload)
        } else {
          take(payload)
        }
      }
    }
    expect(exchanges).toBeGreaterThan(3)
    expect(Buffer.concat(received)).toEqual(Buffer.concat(sent))
  })

  test('the client may ask for them while data flow towards it', async () => {
    let write: (bytes: Buffer) => void = () => {}
    const server = await startSsh({}, ({ channel }) => {
      write = (bytes) => channel.write([bytes])
    })
    const peer = await login(server, ED25519, { kex: ['mlkem768x25519-sha256'] })
    await openSftp(peer)
    const received: Buffer[] = []
    const take = (payload: Buffer) => {
      if (payload[0] === MESSAGE.channelData) received.push(payload.subarray(9))
    }
    for (let count = 0; count < 5; count += 1) {
      write(Buffer.alloc(500_000, count))
      await peer.exchangeKeys(undefined, take)
      write(Buffer.alloc(10, count))
    }
    while (Buffer.concat(received).length < 5 * 500_010) take(await peer.receive())
    const expected = [0, 1, 2, 3, 4].map((count) => Buffer.alloc(500_010, count))
    expect(Buffer.concat(received).equals(Buffer.concat(expected))).toBe(true)
  })

  test('a client that does not answer is cut', async () => {
    const server = await startSsh({ rekeyBytes: 100_000, loginGraceSeconds: 3 }, ({ channel }) => {
      channel.onData((chunk) => channel.consumed(chunk.length))
    })
    const peer = await login(server)
    const channel = await openSftp(peer)
    for (let count = 0; count < 5; count += 1) peer.sendData(channel, Buffer.alloc(30_000))
    await peer.closed()
    expect(await outcomesOf(server)).toEqual(['the client does not exchange new keys'])
  })
})
