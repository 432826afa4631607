import { describe, expect, test } from 'vitest'
import { MESSAGE } from '../support/ssh-peer/raw-ssh-client.ts'
import { string } from '../support/ssh-peer/ssh-strings.ts'
import {
  ED25519,
  login,
  outcomesOf,
  sshClient,
  startSsh,
  untilTrue,
} from '../support/ssh-sessions.ts'
import { partnerKey, startSshTestServer } from '../support/ssh-test-server.ts'

describe('authentication', () => {
  test.each(['none', 'password', 'keyboard-interactive', 'gssapi-with-mic'])(
    'method %s is refused: only publickey is left, and no secret is written anywhere',
    async (method) => {
      const server = await startSsh()
      const peer = sshClient(server)
      await peer.handshake()
      await peer.requestUserauth()
      expect(await peer.askMethods('SIM123')).toEqual(['publickey'])
      expect(await peer.askMethods('SIM123', method)).toEqual(['publickey'])
      peer.socket.destroy()
      await untilTrue(() => server.refusals.length > 0)
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
    const peer = sshClient(server)
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
    const peer = sshClient(server)
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
    const server = await startSsh()
    const other = partnerKey()
    const peer = sshClient(server)
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
    const peer = sshClient(server)
    await peer.handshake()
    await peer.requestUserauth()
    const signing = { privateKey: key.privateKey, hash: 'sha1', name: 'ssh-rsa' }
    const answer = await peer.offerKey('SIM123', 'rsa-sha2-512', key.blob, signing)
    expect(answer[0]).toBe(MESSAGE.userauthFailure)
  })

  test('a signature over another session is refused', async () => {
    const server = await startSsh()
    const first = await login(server)
    const second = sshClient(server)
    await second.handshake()
    await second.requestUserauth()
    const signing = { privateKey: ED25519.privateKey, hash: null }
    const stolen = first.keyRequest('SIM123', 'ssh-ed25519', ED25519.blob, signing)
    second.send(stolen)
    expect((await second.receive())[0]).toBe(MESSAGE.userauthFailure)
  })

  test('the connection ends after the configured tries, probes included', async () => {
    const server = await startSsh({ authenticationTries: 3 })
    const peer = sshClient(server)
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
    const server = await startSsh()
    const peer = sshClient(server)
    await peer.handshake()
    await peer.requestUserauth()
    await peer.offerKey('SIM123', 'ssh-ed25519', partnerKey().blob)
    const signing = { privateKey: ED25519.privateKey, hash: null }
    await peer.offerKey('SIM123', 'ssh-ed25519', ED25519.blob, signing)
    peer.socket.destroy()
    await untilTrue(() => server.outcomes.length === 1)
    expect(server.refusals).toEqual([])
  })

  test('requests sent ahead are answered in order, eleven at a time cut the connection', async () => {
    const server = await startSsh({ authenticationFloorMilliseconds: 20, authenticationTries: 99 })
    const peer = sshClient(server)
    await peer.handshake()
    await peer.requestUserauth()
    const signing = { privateKey: ED25519.privateKey, hash: null }
    peer.send(peer.keyRequest('SIM123', 'ssh-ed25519', partnerKey().blob))
    peer.send(peer.keyRequest('SIM123', 'ssh-ed25519', ED25519.blob, signing))
    expect((await peer.receive())[0]).toBe(MESSAGE.userauthFailure)
    expect((await peer.receive())[0]).toBe(MESSAGE.userauthSuccess)
    const flooding = sshClient(server)
    await flooding.handshake()
    await flooding.requestUserauth()
    for (let count = 0; count < 13; count += 1) {
      flooding.send(flooding.keyRequest('SIM123', 'ssh-ed25519', partnerKey().blob))
    }
    expect(await outcomesOf(server)).toEqual(['too many authentication requests at a time'])
  })

  test('one partner’s sessions are limited, and told why', async () => {
    const server = await startSsh({ maxPerConnection: 1 })
    await login(server)
    const second = sshClient(server)
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
    const peer = sshClient(server)
    await peer.handshake()
    await peer.requestUserauth()
    const signing = { privateKey: ED25519.privateKey, hash: null }
    const answer = await peer.offerKey('SIM123', 'ssh-ed25519', ED25519.blob, signing)
    expect(answer[0]).toBe(MESSAGE.userauthFailure)
  })
})
