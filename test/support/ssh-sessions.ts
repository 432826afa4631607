import { setTimeout as pause } from 'node:timers/promises'
import { expect, onTestFinished } from 'vitest'
import type { Config } from '../../config/schema.ts'
import type { SftpClient } from '../../protocols/sftp/ssh-channel.ts'
import { MESSAGE, RawSshClient, type RawSshOptions } from './ssh-peer/raw-ssh-client.ts'
import { string } from './ssh-peer/ssh-strings.ts'
import {
  partnerKey,
  startSshTestServer,
  type PartnerKey,
  type SshTestServer,
} from './ssh-test-server.ts'

/** The key of the partner `SIM123`. */
export const ED25519 = partnerKey()

/** A server that lets ED25519 in, without SFTP on it unless `onSftp` is given. */
export async function startSsh(
  settings: Partial<Config['sftp']> = {},
  onSftp?: (client: SftpClient) => void,
): Promise<SshTestServer> {
  return startSshTestServer({
    keys: [ED25519],
    settings,
    ...(onSftp === undefined ? {} : { onSftp }),
  })
}

/** A client of ours, gone with the test. */
export function sshClient(server: SshTestServer, options?: RawSshOptions): RawSshClient {
  const peer = new RawSshClient(server.server.address, options)
  onTestFinished(() => {
    peer.socket.destroy()
  })
  return peer
}

/** Authenticated as `SIM123`. */
export async function login(
  server: SshTestServer,
  key: PartnerKey = ED25519,
  options?: RawSshOptions,
): Promise<RawSshClient> {
  const peer = sshClient(server, options)
  await peer.handshake()
  await peer.requestUserauth()
  const signing = { privateKey: key.privateKey, hash: null }
  const [answer] = await peer.offerKey('SIM123', 'ssh-ed25519', key.blob, signing)
  expect(answer).toBe(MESSAGE.userauthSuccess)
  return peer
}

/** @returns the server's number of a channel that carries sftp */
export async function openSftp(peer: RawSshClient): Promise<number> {
  const channel = await peer.openChannel(5)
  expect(channel).toBeDefined()
  expect(await peer.request(channel!, 'subsystem', string('sftp'))).toBe(true)
  return channel!
}

export async function untilTrue(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await pause(5)
}

/** How the sessions ended, once one has. */
export async function outcomesOf(server: SshTestServer): Promise<readonly string[]> {
  await untilTrue(() => server.outcomes.length > 0)
  return server.outcomes
}

/** Collects `bytes` bytes of channel data. */
export async function collect(peer: RawSshClient, bytes: number): Promise<Buffer> {
  const parts: Buffer[] = []
  let have = 0
  while (have < bytes) {
    const part = (await peer.receive(MESSAGE.channelData)).subarray(9)
    parts.push(part)
    have += part.length
  }
  return Buffer.concat(parts)
}
