import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { RawSshClient } from '../support/ssh-peer/raw-ssh-client.ts'
import { string } from '../support/ssh-peer/ssh-strings.ts'
import { partnerKey, startSshTestServer } from '../support/ssh-test-server.ts'

test('a client that asks much and reads nothing is cut before it fills the memory', async () => {
  const key = partnerKey()
  const server = await startSshTestServer({ keys: [key] })
  const peer = new RawSshClient(server.server.address)
  await peer.handshake()
  await peer.requestUserauth()
  await peer.offerKey('SIM123', 'ssh-ed25519', key.blob, { privateKey: key.privateKey, hash: null })
  peer.socket.pause()
  const ask = Buffer.concat([Buffer.of(80), string('x'), Buffer.of(1)])
  while (server.outcomes.length === 0) {
    peer.socket.cork()
    for (let count = 0; count < 2_000; count += 1) peer.send(ask)
    peer.socket.uncork()
    while (peer.socket.writableLength > 1_000_000) await pause(1)
  }
  expect(server.outcomes).toEqual(['the client does not read'])
})
