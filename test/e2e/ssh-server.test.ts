import { connect } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { SftpClient } from '../../protocols/sftp/ssh-channel.ts'
import { MESSAGE } from '../support/ssh-peer/raw-ssh-client.ts'
import { string, uint32 } from '../support/ssh-peer/ssh-strings.ts'
import {
  collect,
  ED25519,
  login,
  openSftp,
  outcomesOf,
  sshClient,
  startSsh,
  untilTrue,
} from '../support/ssh-sessions.ts'
import { startSshTestServer } from '../support/ssh-test-server.ts'

describe('handshake', () => {
  test.each(['mlkem768x25519-sha256', 'curve25519-sha256', 'curve25519-sha256@libssh.org'])(
    'an independent client agrees on %s and exchanges data',
    async (kex) => {
      const server = await startSsh()
      const peer = await login(server, ED25519, { kex: [kex] })
      const channel = await openSftp(peer)
      peer.sendData(channel, Buffer.from('hello'))
      expect((await collect(peer, 5)).toString()).toBe('hello')
      expect(server.facts).toMatchObject({ kex, cipherIn: 'aes128-gcm@openssh.com', macIn: '' })
    },
  )

  test('the hybrid is not offered when it is switched off', async () => {
    const server = await startSsh({ postQuantum: false })
    const peer = sshClient(server)
    await peer.handshake()
    expect(peer.serverLists[0]).not.toContain('mlkem768x25519-sha256')
  })

  test('a client’s wrong first guess beside the hybrid is skipped', async () => {
    const server = await startSsh()
    const peer = sshClient(server, { kex: ['sntrup761x25519-sha512', 'mlkem768x25519-sha256'] })
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
    const server = await startSsh()
    const peer = sshClient(server)
    await peer.handshake()
    expect(peer.serverIdent).toMatch(/^SSH-2\.0-Raccord_\d+\.\d+\.\d+$/)
    expect(peer.serverLists[0]).toContain('kex-strict-s-v00@openssh.com')
    expect(peer.serverLists[6]).toEqual(['none'])
    expect(peer.serverLists[7]).toEqual(['none'])
  })

  test('server-sig-algs names each algorithm once and no SHA-1', async () => {
    const server = await startSsh()
    const peer = sshClient(server)
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
    const server = await startSsh()
    const peer = sshClient(server, { cipher: ['aes256-cbc', '3des-cbc'] })
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
    const server = await startSsh()
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
    const server = await startSsh({ loginGraceSeconds: 3 })
    const peer = sshClient(server)
    await peer.closed()
    const handshaken = sshClient(server)
    await handshaken.handshake()
    await handshaken.closed()
    expect(await outcomesOf(server)).toEqual(['no authentication within 3 s'])
  })

  test('more than 50 packets are not taken', async () => {
    const server = await startSsh()
    const peer = sshClient(server)
    await peer.handshake()
    for (let count = 0; count < 60; count += 1) {
      peer.send(Buffer.concat([Buffer.of(MESSAGE.ignore), string('x')]))
    }
    await peer.closed()
    expect(await outcomesOf(server)).toEqual(['more than 50 packets before authentication'])
  })

  test('more than 64 KiB are not taken, and it is recorded', async () => {
    const server = await startSsh()
    const peer = sshClient(server)
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
    const server = await startSsh()
    const peer = sshClient(server)
    await peer.handshake()
    peer.send(message)
    await peer.closed()
    expect(await outcomesOf(server)).toEqual(['request before authentication'])
  })

  test('a third socket of an address is refused where two are allowed, and told once', async () => {
    const server = await startSsh({ maxPerAddress: 2 })
    await Promise.all([sshClient(server), sshClient(server)].map((peer) => peer.handshake()))
    for (const peer of [sshClient(server), sshClient(server)]) await peer.closed()
    expect(server.refusals).toMatchObject([
      { code: 'LIMIT_REACHED', reason: 'more than 2 sessions from one address' },
    ])
  })
})

describe('time and the end', () => {
  test('an idle session is told good-bye, one with a transfer is not', async () => {
    const server = await startSsh({ idleSeconds: 3 }, (sftp) => sftp.beginTransfer())
    const idle = await login(server)
    const working = await login(server)
    await openSftp(working)
    await idle.receive(MESSAGE.disconnect)
    await idle.closed()
    expect(await outcomesOf(server)).toEqual(['idle for 3 s'])
    expect(await working.request(0, 'ping')).toBe(false)
  })

  test('a transfer without progress is cut', async () => {
    const server = await startSsh({ stalledSeconds: 1 }, (sftp) => sftp.beginTransfer())
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
    const server = await startSsh({}, (sftp) => sessions.push(sftp))
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
    await expect(sshClient(server).handshake()).rejects.toThrow('closed')
  })

  test('a stop cuts what is left after the grace time', async () => {
    const server = await startSsh({}, (sftp) => sftp.beginTransfer())
    const peer = await login(server)
    await openSftp(peer)
    await server.server.stop(50)
    await peer.closed()
    expect(server.server.connections).toBe(0)
  })

  test('a session’s record says who, with what, and how it ended', async () => {
    const server = await startSsh()
    const peer = await login(server)
    await openSftp(peer)
    peer.socket.end()
    await untilTrue(() => server.outcomes.length === 1)
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
