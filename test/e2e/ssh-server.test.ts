import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Config } from '../../config/schema.ts'
import type { SftpClient } from '../../protocols/sftp/ssh-channel.ts'
import { MESSAGE, RawSshClient, type RawSshOptions } from '../support/ssh-peer/raw-ssh-client.ts'
import { string, uint32 } from '../support/ssh-peer/ssh-strings.ts'
import {
  partnerKey,
  startSshTestServer,
  type PartnerKey,
  type SshTestServer,
} from '../support/ssh-test-server.ts'

const ED25519 = partnerKey()

async function start(
  settings: Partial<Config['sftp']> = {},
  onSftp?: (client: SftpClient) => void,
): Promise<SshTestServer> {
  return startSshTestServer({
    keys: [ED25519],
    settings,
    ...(onSftp === undefined ? {} : { onSftp }),
  })
}

function client(server: SshTestServer, options?: RawSshOptions): RawSshClient {
  const peer = new RawSshClient(server.server.address, options)
  onTestFinished(() => {
    peer.socket.destroy()
  })
  return peer
}

async function login(
  server: SshTestServer,
  key: PartnerKey = ED25519,
  options?: RawSshOptions,
): Promise<RawSshClient> {
  const peer = client(server, options)
  await peer.handshake()
  await peer.requestUserauth()
  const signing = { privateKey: key.privateKey, hash: null }
  const [answer] = await peer.offerKey('SIM123', 'ssh-ed25519', key.blob, signing)
  expect(answer).toBe(MESSAGE.userauthSuccess)
  return peer
}

/** @returns the server's number of a channel that carries sftp */
async function openSftp(peer: RawSshClient): Promise<number> {
  const channel = await peer.openChannel(5)
  expect(channel).toBeDefined()
  expect(await peer.request(channel!, 'subsystem', string('sftp'))).toBe(true)
  return channel!
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await pause(5)
}

/** How the sessions ended, once one has. */
async function outcomesOf(server: SshTestServer): Promise<readonly string[]> {
  await until(() => server.outcomes.length > 0)
  return server.outcomes
}

/** Collects `bytes` bytes of channel data. */
async function collect(peer: RawSshClient, bytes: number): Promise<Buffer> {
  const parts: Buffer[] = []
  let have = 0
  while (have < bytes) {
    const part = (await peer.receive(MESSAGE.channelData)).subarray(9)
    parts.push(part)
    have += part.length
  }
  return Buffer.concat(parts)
}

describe('handshake', () => {
  test.each(['mlkem768x25519-sha256', 'curve25519-sha256', 'curve25519-sha256@libssh.org'])(
    'an independent client agrees on %s and exchanges data',
    async (kex) => {
      const server = await start()
      const peer = await login(server, ED25519, { kex: [kex] })
      const channel = await openSftp(peer)
      peer.sendData(channel, Buffer.from('hello'))
      expect((await collect(peer, 5)).toString()).toBe('hello')
      expect(server.facts).toMatchObject({ kex, cipherIn: 'aes128-gcm@openssh.com', macIn: '' })
    },
  )

  test('the hybrid is not offered when it is switched off', async () => {
    const server = await start({ postQuantum: false })
    const peer = client(server)
    await peer.handshake()
    expect(peer.serverLists[0]).not.toContain('mlkem768x25519-sha256')
  })

  test('a client’s wrong first guess beside the hybrid is skipped', async () => {
    const server = await start()
    const peer = client(server, { kex: ['sntrup761x25519-sha512', 'mlkem768x25519-sha256'] })
    const guess = peer.kexInit.bind(peer)
    peer.kexInit = () => {
      const message = guess()
      message[message.length - 5] = 1
      return message
    }
    const send = peer.send.bind(peer)
    let isGuessed = false
    peer.send = (payload) => {
      send(payload)
      if (payload[0] === MESSAGE.kexInit && !isGuessed) {
        isGuessed = true
        send(Buffer.concat([Buffer.of(30), string(Buffer.alloc(1_190))]))
      }
    }
    expect(await peer.handshake()).toBe('mlkem768x25519-sha256')
    await peer.requestUserauth()
  })

  test('the server says Raccord, strict key exchange, and no compression', async () => {
    const server = await start()
    const peer = client(server)
    await peer.handshake()
    expect(peer.serverIdent).toMatch(/^SSH-2\.0-Raccord_\d+\.\d+\.\d+$/)
    expect(peer.serverLists[0]).toContain('kex-strict-s-v00@openssh.com')
    expect(peer.serverLists[6]).toEqual(['none'])
    expect(peer.serverLists[7]).toEqual(['none'])
  })

  test('server-sig-algs names each algorithm once and no SHA-1', async () => {
    const server = await start()
    const peer = client(server)
    await peer.handshake()
    await peer.requestUserauth()
    expect(peer.signatureAlgorithms).toEqual([
      'ssh-ed25519',
      'ecdsa-sha2-nistp256',
      'ecdsa-sha2-nistp384',
      'ecdsa-sha2-nistp521',
      'rsa-sha2-512',
      'rsa-sha2-256',
    ])
  })

  test('a client without a shared cipher is refused, and what it offered is recorded', async () => {
    const server = await start()
    const peer = client(server, { cipher: ['aes256-cbc', '3des-cbc'] })
    await expect(peer.handshake()).rejects.toThrow('closed')
    expect(server.refusals).toMatchObject([
      {
        code: 'ALGORITHMS_NOT_SHARED',
        reason: 'no cipher to us in common with SSH-2.0-RawPeer_1',
        offered: 'aes256-cbc,3des-cbc',
        wanted: 'aes128-gcm@openssh.com,aes256-gcm@openssh.com,aes256-ctr,aes128-ctr',
      },
    ])
  })

  test.each([
    ['no SSH at all', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['SSH version 1', 'SSH-1.5-old\r\n'],
    ['a line without an end', 'SSH-2.0-'.padEnd(9_000, 'x')],
    ['zeros', '\0'.repeat(100_000)],
    ['a packet of 4 GiB', 'SSH-2.0-x\r\n\xff\xff\xff\xff\x04'],
    ['userauth before keys', `SSH-2.0-x\r\n\0\0\0\x0c\x0a\x32${'\0'.repeat(10)}`],
  ])('%s is cut, and the server goes on', async (_, text) => {
    const server = await start()
    const socket = connect(server.server.address)
    onTestFinished(() => {
      socket.destroy()
    })
    socket.on('error', () => {}).resume()
    const closed = new Promise((resolve) => {
      socket.once('close', resolve)
    })
    socket.write(Buffer.from(text, 'latin1'))
    await closed
    expect(await openSftp(await login(server))).toBe(0)
  })
})

describe('before authentication', () => {
  test('a client that says nothing is cut after the grace time', async () => {
    const server = await start({ loginGraceSeconds: 1 })
    const peer = client(server)
    await peer.closed()
    const handshaken = client(server)
    await handshaken.handshake()
    await handshaken.closed()
    expect(await outcomesOf(server)).toEqual(['no authentication within 1 s'])
  })

  test('more than 50 packets are not taken', async () => {
    const server = await start()
    const peer = client(server)
    await peer.handshake()
    for (let count = 0; count < 60; count += 1) {
      peer.send(Buffer.concat([Buffer.of(MESSAGE.ignore), string('x')]))
    }
    await peer.closed()
    expect(await outcomesOf(server)).toEqual(['more than 50 packets before authentication'])
  })

  test('more than 64 KiB are not taken, and it is recorded', async () => {
    const server = await start()
    const peer = client(server)
    await peer.handshake()
    for (let count = 0; count < 4; count += 1) {
      peer.send(Buffer.concat([Buffer.of(MESSAGE.ignore), string(Buffer.alloc(30_000))]))
    }
    await peer.closed()
    expect(server.refusals).toMatchObject([
      { code: 'LIMIT_REACHED', reason: 'more than 65536 bytes before authentication' },
    ])
  })

  test.each([
    ['a channel', Buffer.concat([Buffer.of(90), string('session'), Buffer.alloc(12, 1)])],
    ['a global request', Buffer.concat([Buffer.of(80), string('x'), Buffer.of(1)])],
    ['channel data', Buffer.concat([Buffer.of(94), uint32(0), string('x')])],
    ['a channel close', Buffer.concat([Buffer.of(97), uint32(0)])],
  ])('%s cuts the connection', async (_, message) => {
    const server = await start()
    const peer = client(server)
    await peer.handshake()
    peer.send(message)
    await peer.closed()
    expect(await outcomesOf(server)).toEqual(['request before authentication'])
  })

  test('a third socket of an address is refused where two are allowed, and told once', async () => {
    const server = await start({ maxPerAddress: 2 })
    await Promise.all([client(server), client(server)].map((peer) => peer.handshake()))
    for (const peer of [client(server), client(server)]) await peer.closed()
    expect(server.refusals).toMatchObject([
      { code: 'LIMIT_REACHED', reason: 'more than 2 sessions from one address' },
    ])
  })
})

describe('authentication', () => {
  test.each(['none', 'password', 'keyboard-interactive', 'gssapi-with-mic'])(
    'method %s is refused: only publickey is left, and no secret is written anywhere',
    async (method) => {
      const server = await start()
      const peer = client(server)
      await peer.handshake()
      await peer.requestUserauth()
      expect(await peer.askMethods('SIM123')).toEqual(['publickey'])
      expect(await peer.askMethods('SIM123', method)).toEqual(['publickey'])
      peer.socket.destroy()
      await until(() => server.refusals.length > 0)
      expect(server.refusals[0]!.reason).toContain('only publickey is taken')
      expect(JSON.stringify([server.refusals, server.transcript])).not.toContain('secret')
    },
  )

  test.each([
    ['ssh-ed25519', 'ed25519', null],
    ['ecdsa-sha2-nistp256', 'p256', 'sha256'],
    ['ecdsa-sha2-nistp521', 'p521', 'sha512'],
    ['rsa-sha2-256', 'rsa2048', 'sha256'],
    ['rsa-sha2-512', 'rsa2048', 'sha512'],
  ] as const)('a partner gets in with %s, announced first', async (algorithm, kind, hash) => {
    const key = partnerKey(kind)
    const server = await startSshTestServer({ keys: [key] })
    const peer = client(server)
    await peer.handshake()
    await peer.requestUserauth()
    const probe = await peer.offerKey('SIM123', algorithm, key.blob)
    expect(probe).toEqual(
      Buffer.concat([Buffer.of(MESSAGE.userauthPkOk), string(algorithm), string(key.blob)]),
    )
    const signing = { privateKey: key.privateKey, hash }
    const answer = await peer.offerKey('SIM123', algorithm, key.blob, signing)
    expect(answer[0]).toBe(MESSAGE.userauthSuccess)
    expect(server.refusals).toEqual([])
  })

  test('RSA with SHA-1 and RSA of 1024 bits are refused though registered', async () => {
    const long = partnerKey('rsa2048')
    const short = partnerKey('rsa1024')
    const server = await startSshTestServer({ keys: [long, short] })
    const peer = client(server)
    await peer.handshake()
    await peer.requestUserauth()
    const failure = Buffer.concat([Buffer.of(51), string('publickey'), Buffer.of(0)])
    const sha1 = { privateKey: long.privateKey, hash: 'sha1' }
    expect(await peer.offerKey('SIM123', 'ssh-rsa', long.blob, sha1)).toEqual(failure)
    const sha512 = { privateKey: short.privateKey, hash: 'sha512' }
    expect(await peer.offerKey('SIM123', 'rsa-sha2-512', short.blob, sha512)).toEqual(failure)
    expect(server.refusals.map(({ reason }) => reason)).toEqual([
      'user SIM123: an RSA key must sign with rsa-sha2-256 or rsa-sha2-512',
      'user SIM123: an RSA key of 1024 bits; 2048 are needed',
    ])
  })

  test('unknown user, unregistered key, wrong signature and malformed key: one answer', async () => {
    const server = await start()
    const other = partnerKey()
    const peer = client(server)
    await peer.handshake()
    await peer.requestUserauth()
    const own = { privateKey: ED25519.privateKey, hash: null }
    const answers = [
      await peer.offerKey('NOBODY', 'ssh-ed25519', ED25519.blob),
      await peer.offerKey('SIM123', 'ssh-ed25519', other.blob),
      await peer.offerKey('SIM123', 'ssh-ed25519', other.blob, own),
      await peer.offerKey('SIM123', 'ssh-ed25519', Buffer.from('no key')),
      await peer.offerKey('NOBODY', 'ssh-ed25519', ED25519.blob, own),
    ]
    expect(new Set(answers.map((answer) => answer.toString('hex'))).size).toBe(1)
    expect(answers[0]![0]).toBe(MESSAGE.userauthFailure)
  })

  test('a signature under the name of another algorithm is refused', async () => {
    const key = partnerKey('rsa2048')
    const server = await startSshTestServer({ keys: [key] })
    const peer = client(server)
    await peer.handshake()
    await peer.requestUserauth()
    const signing = { privateKey: key.privateKey, hash: 'sha1', name: 'ssh-rsa' }
    const answer = await peer.offerKey('SIM123', 'rsa-sha2-512', key.blob, signing)
    expect(answer[0]).toBe(MESSAGE.userauthFailure)
  })

  test('a signature over another session is refused', async () => {
    const server = await start()
    const first = await login(server)
    const second = client(server)
    await second.handshake()
    await second.requestUserauth()
    const signing = { privateKey: ED25519.privateKey, hash: null }
    const stolen = first.keyRequest('SIM123', 'ssh-ed25519', ED25519.blob, signing)
    second.send(stolen)
    expect((await second.receive())[0]).toBe(MESSAGE.userauthFailure)
  })

  test('the connection ends after the configured tries, probes included', async () => {
    const server = await start({ authenticationTries: 3 })
    const peer = client(server)
    await peer.handshake()
    await peer.requestUserauth()
    await peer.askMethods('SIM123')
    for (let count = 0; count < 3; count += 1) {
      const answer = await peer.offerKey('SIM123', 'ssh-ed25519', partnerKey().blob)
      expect(answer[0]).toBe(MESSAGE.userauthFailure)
    }
    expect((await peer.receive(MESSAGE.disconnect)).readUInt32BE(1)).toBe(14)
    await peer.closed()
    expect(await outcomesOf(server)).toEqual(['too many authentication tries'])
    expect(server.refusals).toHaveLength(3)
  })

  test('key offers refused on the way to a good one are not recorded', async () => {
    const server = await start()
    const peer = client(server)
    await peer.handshake()
    await peer.requestUserauth()
    await peer.offerKey('SIM123', 'ssh-ed25519', partnerKey().blob)
    const signing = { privateKey: ED25519.privateKey, hash: null }
    await peer.offerKey('SIM123', 'ssh-ed25519', ED25519.blob, signing)
    peer.socket.destroy()
    await until(() => server.outcomes.length === 1)
    expect(server.refusals).toEqual([])
  })

  test('requests sent ahead are answered in order, eleven at a time cut the connection', async () => {
    const server = await start({ authenticationFloorMilliseconds: 20, authenticationTries: 99 })
    const peer = client(server)
    await peer.handshake()
    await peer.requestUserauth()
    const signing = { privateKey: ED25519.privateKey, hash: null }
    peer.send(peer.keyRequest('SIM123', 'ssh-ed25519', partnerKey().blob))
    peer.send(peer.keyRequest('SIM123', 'ssh-ed25519', ED25519.blob, signing))
    expect((await peer.receive())[0]).toBe(MESSAGE.userauthFailure)
    expect((await peer.receive())[0]).toBe(MESSAGE.userauthSuccess)
    const flooding = client(server)
    await flooding.handshake()
    await flooding.requestUserauth()
    for (let count = 0; count < 13; count += 1) {
      flooding.send(flooding.keyRequest('SIM123', 'ssh-ed25519', partnerKey().blob))
    }
    expect(await outcomesOf(server)).toEqual(['too many authentication requests at a time'])
  })

  test('one partner’s sessions are limited, and told why', async () => {
    const server = await start({ maxPerConnection: 1 })
    await login(server)
    const second = client(server)
    await second.handshake()
    await second.requestUserauth()
    const signing = { privateKey: ED25519.privateKey, hash: null }
    const answer = await second.offerKey('SIM123', 'ssh-ed25519', ED25519.blob, signing)
    expect([answer[0], answer.readUInt32BE(1)]).toEqual([MESSAGE.disconnect, 12])
    expect(server.refusals).toMatchObject([{ code: 'LIMIT_REACHED', connectionId: 'cnx_test' }])
  })

  test('a fault refuses, delays or cuts where it is put', async () => {
    const server = await startSshTestServer({
      keys: [ED25519],
      faults: {
        at: (point) => (point === 'authenticate' ? { kind: 'refuse', message: '' } : undefined),
      },
    })
    const peer = client(server)
    await peer.handshake()
    await peer.requestUserauth()
    const signing = { privateKey: ED25519.privateKey, hash: null }
    const answer = await peer.offerKey('SIM123', 'ssh-ed25519', ED25519.blob, signing)
    expect(answer[0]).toBe(MESSAGE.userauthFailure)
  })
})

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
    const server = await start()
    const peer = await login(server)
    const channel = (await peer.openChannel(1))!
    expect(await peer.request(channel, type, ...fields)).toBe(false)
    expect(await peer.request(channel, 'subsystem', string('netconf'))).toBe(false)
    expect(await peer.request(channel, 'subsystem', string('sftp'))).toBe(true)
  })

  test('requests after sftp has started are answered, a second subsystem too', async () => {
    const server = await start()
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
      const server = await start()
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
    const server = await start()
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
    const server = await start({ maxChannels: 2 })
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
    const server = await start()
    const peer = await login(server)
    expect(await peer.openChannel(1, { packet: 0 })).toBeUndefined()
    expect(await peer.openChannel(1, { packet: 255 })).toBeUndefined()
  })

  test('a client that ignores the receive window is cut', async () => {
    let received = 0
    const server = await start({}, ({ channel }) => {
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
    const server = await start({}, ({ channel }) => {
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
    const server = await start({}, ({ channel }) => {
      channel.onData((chunk) => channel.consumed(chunk.length + 1))
    })
    const peer = await login(server)
    peer.sendData(await openSftp(peer), Buffer.alloc(1))
    await peer.closed()
    expect(await outcomesOf(server)).toEqual(['more was consumed than was delivered'])
  })

  test('what is written waits for the client’s window, and is told', async () => {
    let unsent = () => 0
    const server = await start({}, ({ channel }) => {
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
    const server = await start({}, ({ channel }) => {
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
    await until(() => isClosed > 0)
    expect(given).toEqual([0, 1, 2, 3, 4])
    expect(isClosed).toBe(1)
  })

  test('a window that overflows cuts the connection', async () => {
    const server = await start()
    const peer = await login(server)
    const channel = await openSftp(peer)
    for (const bytes of [0x7fffffff, 0x7fffffff, 0x7fffffff]) {
      peer.send(Buffer.concat([Buffer.of(93), uint32(channel), uint32(bytes)]))
    }
    await peer.closed()
    expect(await outcomesOf(server)).toEqual(['the send window overflows'])
  })

  test('data on a channel that carries no sftp, and data after EOF, cut the connection', async () => {
    const server = await start()
    const early = await login(server)
    early.sendData((await early.openChannel(1))!, Buffer.of(1))
    await early.closed()
    const late = await login(server)
    const channel = await openSftp(late)
    late.send(Buffer.concat([Buffer.of(MESSAGE.channelEof), uint32(channel)]))
    late.sendData(channel, Buffer.of(1))
    await late.closed()
    await until(() => server.outcomes.length === 2)
    expect(server.outcomes).toEqual([
      'data on a channel that carries nothing',
      'channel data after EOF',
    ])
  })

  test('an exception of the reader cuts its connection alone', async () => {
    const server = await start({}, ({ channel }) => {
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
    const server = await start({ rekeyBytes: 300_000 })
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
    const server = await start({}, ({ channel }) => {
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
    const server = await start({ rekeyBytes: 100_000, loginGraceSeconds: 1 }, ({ channel }) => {
      channel.onData((chunk) => channel.consumed(chunk.length))
    })
    const peer = await login(server)
    const channel = await openSftp(peer)
    for (let count = 0; count < 5; count += 1) peer.sendData(channel, Buffer.alloc(30_000))
    await peer.closed()
    expect(await outcomesOf(server)).toEqual(['the client does not exchange new keys'])
  })
})

describe('time and the end', () => {
  test('an idle session is told good-bye, one with a transfer is not', async () => {
    const server = await start({ idleSeconds: 1 }, (sftp) => sftp.beginTransfer())
    const idle = await login(server)
    const working = await login(server)
    await openSftp(working)
    await idle.receive(MESSAGE.disconnect)
    await idle.closed()
    expect(await outcomesOf(server)).toEqual(['idle for 1 s'])
    expect(await working.request(0, 'ping')).toBe(false)
  })

  test('a transfer without progress is cut', async () => {
    const server = await start({ stalledSeconds: 1 }, (sftp) => sftp.beginTransfer())
    const peer = await login(server)
    await openSftp(peer)
    await peer.closed()
    expect(await outcomesOf(server)).toEqual(['a transfer without progress for 1 s'])
  })

  test('a partner that is no longer accepted starts nothing new', async () => {
    let isActive = true
    let mayStart: () => boolean = () => false
    const connection = { id: 'cnx_test', applicationCode: 'SIM123', protocol: 'sftp' } as const
    const server = await startSshTestServer({
      keys: [],
      authenticate: () =>
        isActive ? { outcome: 'accepted', connection } : { outcome: 'refused', reason: 'inactive' },
      onSftp: (sftp) => {
        ;({ mayStart } = sftp)
      },
    })
    const peer = await login(server)
    await openSftp(peer)
    expect(mayStart()).toBe(true)
    isActive = false
    expect(mayStart()).toBe(false)
    const second = (await peer.openChannel(9))!
    expect(await peer.request(second, 'subsystem', string('sftp'))).toBe(false)
  })

  test('a stop ends idle sessions at once, lets a transfer finish and its client go by itself', async () => {
    const sessions: SftpClient[] = []
    const server = await start({}, (sftp) => sessions.push(sftp))
    const idle = await login(server)
    const working = await login(server)
    const channel = await openSftp(working)
    sessions[0]!.beginTransfer()
    const stopped = server.server.stop(10_000)
    await idle.receive(MESSAGE.disconnect)
    expect(sessions[0]!.mayStart()).toBe(false)
    sessions[0]!.channel.write([Buffer.from('the last answer')])
    sessions[0]!.endTransfer()
    expect((await collect(working, 15)).toString()).toBe('the last answer')
    working.send(Buffer.concat([Buffer.of(MESSAGE.channelClose), uint32(channel)]))
    const untilSentAway: number[] = []
    await working.receive(MESSAGE.disconnect, (payload) => untilSentAway.push(payload[0]!))
    expect(untilSentAway).toEqual([MESSAGE.channelClose])
    await stopped
    expect(await outcomesOf(server)).toEqual(['the gateway stops', 'the gateway stops'])
    await expect(client(server).handshake()).rejects.toThrow('closed')
  })

  test('a stop cuts what is left after the grace time', async () => {
    const server = await start({}, (sftp) => sftp.beginTransfer())
    const peer = await login(server)
    await openSftp(peer)
    await server.server.stop(50)
    await peer.closed()
    expect(server.server.connections).toBe(0)
  })

  test('a session’s record says who, with what, and how it ended', async () => {
    const server = await start()
    const peer = await login(server)
    await openSftp(peer)
    peer.socket.end()
    await until(() => server.outcomes.length === 1)
    expect(await outcomesOf(server)).toEqual(['ended by the client'])
    expect(server.facts).toMatchObject({
      ident: 'SSH-2.0-RawPeer_1',
      kex: 'curve25519-sha256',
      hostKey: 'ssh-ed25519',
      cipherOut: 'aes128-gcm@openssh.com',
      fingerprint: expect.stringMatching(/^SHA256:/),
    })
    expect(server.transcript.map(({ direction, name }) => `${direction} ${name}`)).toEqual([
      'in IDENT',
      'out IDENT',
      'out NEWKEYS',
      'in USERAUTH_REQUEST',
      'out USERAUTH_SUCCESS',
      'in CHANNEL_REQUEST',
    ])
  })
})
