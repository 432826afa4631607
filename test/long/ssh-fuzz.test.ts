import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { Random } from '../fuzz/random.ts'
import { MESSAGE, RawSshClient } from '../support/ssh-peer/raw-ssh-client.ts'
import { nameList, string, uint32 } from '../support/ssh-peer/ssh-strings.ts'
import { partnerKey, startSshTestServer } from '../support/ssh-test-server.ts'

const CONNECTIONS = 600
const MESSAGES = 20
const RSA = partnerKey('rsa2048')

/** Well-formed messages of every layer, to be damaged. */
function messages(peer: RawSshClient, blob: Buffer): Buffer[] {
  const request = (type: string, ...fields: Buffer[]) =>
    Buffer.concat([Buffer.of(98), uint32(0), string(type), Buffer.of(1), ...fields])
  const openChannel = (type: string, ...fields: Buffer[]) =>
    Buffer.concat([Buffer.of(90), string(type), uint32(1), uint32(9), uint32(9_000), ...fields])
  return [
    peer.kexInit(),
    Buffer.concat([Buffer.of(1), uint32(11), string(''), string('')]),
    Buffer.concat([Buffer.of(2), string('ignored')]),
    Buffer.concat([Buffer.of(4), Buffer.of(1), string('debug'), string('')]),
    Buffer.concat([Buffer.of(5), string('ssh-userauth')]),
    Buffer.concat([Buffer.of(7), uint32(1), string('server-sig-algs'), nameList(['a', 'b'])]),
    Buffer.concat([Buffer.of(30), string(Buffer.alloc(32, 9))]),
    peer.keyRequest('SIM123', 'ssh-ed25519', blob),
    peer.keyRequest('SIM123', 'rsa-sha2-512', RSA.blob),
    Buffer.concat([Buffer.of(80), string('tcpip-forward'), Buffer.of(1), string('a'), uint32(1)]),
    Buffer.concat([Buffer.of(80), string('hostkeys-00@openssh.com'), Buffer.of(1), string(blob)]),
    openChannel('session'),
    openChannel('direct-tcpip', string('a'), uint32(1), string('b'), uint32(2)),
    Buffer.concat([Buffer.of(93), uint32(0), uint32(5_000)]),
    Buffer.concat([Buffer.of(94), uint32(0), string('data')]),
    Buffer.concat([Buffer.of(95), uint32(0), uint32(1), string('data')]),
    Buffer.concat([Buffer.of(96), uint32(0)]),
    Buffer.concat([Buffer.of(97), uint32(0)]),
    request('subsystem', string('sftp')),
    request('pty-req', string('xterm'), Buffer.alloc(16), string('\u0001\0\0\0\u0005\0')),
    request('env', string('A'), string('B')),
    request('signal', string('INT')),
    request('exit-signal', string('INT'), Buffer.of(0), string(''), string('')),
  ]
}

test(`${CONNECTIONS} clients that send damaged messages harm nobody but themselves`, async () => {
  const key = partnerKey()
  const signing = { privateKey: key.privateKey, hash: null }
  const server = await startSshTestServer({
    keys: [key],
    settings: { maxNewPerAddressPerSecond: 100_000, maxPerAddress: 1_000 },
  })
  const random = new Random(20_261_122)
  let logins = 0
  for (let index = 0; index < CONNECTIONS; index += 1) {
    const peer = new RawSshClient(server.server.address)
    await peer.handshake()
    if (random.below(4) > 0) {
      await peer.requestUserauth()
      const [answer] = await peer.offerKey('SIM123', 'ssh-ed25519', key.blob, signing)
      if (answer === MESSAGE.userauthSuccess) logins += 1
      if (random.below(2) === 0) {
        const channel = await peer.openChannel(1)
        await peer.request(channel!, 'subsystem', string('sftp'))
      }
    }
    const seeds = messages(peer, key.blob)
    for (let count = 0; count < MESSAGES && !peer.socket.destroyed; count += 1) {
      peer.send(random.mutate(random.pick(seeds), seeds).subarray(0, 30_000))
      if (random.below(4) === 0) await pause(0)
    }
    peer.socket.destroy()
  }
  expect(logins).toBeGreaterThan(CONNECTIONS / 2)
  while (server.server.connections > 0) await pause(5)
  const last = new RawSshClient(server.server.address)
  await last.handshake()
  await last.requestUserauth()
  const [answer] = await last.offerKey('SIM123', 'ssh-ed25519', key.blob, signing)
  expect(answer).toBe(MESSAGE.userauthSuccess)
  last.socket.destroy()
})
