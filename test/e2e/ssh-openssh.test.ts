import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseSshPublicKey } from '../../certs/ssh-public-key.ts'
import type { Config } from '../../config/schema.ts'
import { describeWith, run } from '../support/programs.ts'
import {
  startSshTestServer,
  type PartnerKey,
  type SshTestServer,
} from '../support/ssh-test-server.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

type KeyKind = 'ed25519' | 'rsa' | 'ecdsa'

interface Ground {
  readonly server: SshTestServer
  /** Runs `ssh … SIM123@host`, with these words before and after the host. */
  readonly ssh: (
    words: readonly string[],
    command: readonly string[],
    input?: Uint8Array,
  ) => Promise<{ readonly code: number | null; readonly stdout: Buffer; readonly stderr: string }>
}

async function prepare(
  settings: Partial<Config['sftp']> = {},
  kind: KeyKind = 'ed25519',
  bits = '',
): Promise<Ground> {
  const folder = await temporaryFolder()
  const path = join(folder, 'key')
  const size = bits === '' ? [] : ['-b', bits]
  run('ssh-keygen', ['-q', '-t', kind, ...size, '-N', '', '-f', path])
  const server = await startSshTestServer({ keys: [readKey(path)], settings })
  await writeFile(join(folder, 'config'), '')
  const { host, port } = server.server.address
  const options = [
    ['IdentitiesOnly', 'yes'],
    ['StrictHostKeyChecking', 'no'],
    ['UserKnownHostsFile', '/dev/null'],
    ['BatchMode', 'yes'],
  ].flatMap(([name, value]) => ['-o', `${name}=${value}`])
  return {
    server,
    ssh: (words, command, input) => {
      const place = ['-F', join(folder, 'config'), '-i', path, '-p', String(port), ...options]
      return runSlowly('ssh', [...place, ...words, `SIM123@${host}`, ...command], input)
    },
  }
}

function readKey(path: string): Omit<PartnerKey, 'privateKey'> {
  const blob = Buffer.from(run('ssh-keygen', ['-y', '-f', path]).stdout.split(' ')[1]!, 'base64')
  const { spki } = parseSshPublicKey(blob)!
  return { blob, spkiSha256: createHash('sha256').update(spki).digest('hex') }
}

/** Like `run`, while this process goes on: the server lives in it. */
function runSlowly(
  program: string,
  args: readonly string[],
  input: Uint8Array = new Uint8Array(0),
): ReturnType<Ground['ssh']> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args)
    const out: Buffer[] = []
    const err: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
    child.stdin.on('error', () => {})
    child.stdin.end(input)
    child.once('error', reject)
    child.once('close', (code) => {
      resolve({ code, stdout: Buffer.concat(out), stderr: Buffer.concat(err).toString() })
    })
  })
}

const SFTP = ['-s', 'sftp'] as const
const HELLO = Buffer.from('hello')

describeWith('ssh', 'ssh-keygen')('OpenSSH’s client', () => {
  test.each(['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'aes128-ctr', 'aes256-ctr'])(
    'carries 20 MB there and back with %s, and exits 0',
    async (cipher) => {
      const { ssh, server } = await prepare()
      const content = randomBytes(20_000_000)
      const { code, stdout } = await ssh(['-c', cipher], SFTP, content)
      expect([code, stdout.equals(content)]).toEqual([0, true])
      expect(server.facts).toMatchObject({ cipherIn: cipher, cipherOut: cipher })
    },
  )

  test.each([
    ['asked for by the client', ['-o', 'RekeyLimit=1M'], {}],
    ['asked for by the server', [], { rekeyBytes: 2_000_000 }],
    ['asked for by both', ['-o', 'RekeyLimit=1M'], { rekeyBytes: 1_500_000 }],
  ] as const)('survives new keys %s in mid transfer', async (_, words, settings) => {
    const { ssh, server } = await prepare(settings)
    const content = randomBytes(20_000_000)
    const { code, stdout } = await ssh(['-c', 'aes256-gcm@openssh.com', ...words], SFTP, content)
    expect([code, stdout.equals(content)]).toEqual([0, true])
    expect(server.transcript.filter(({ name }) => name === 'NEWKEYS').length).toBeGreaterThan(5)
  })

  test('finds CBC in the platform profile alone', async () => {
    const cbc = ['-c', 'aes256-cbc']
    const platform = await prepare({ algorithms: 'platform' })
    const content = randomBytes(3_000_000)
    const answer = await platform.ssh(cbc, SFTP, content)
    expect([answer.code, answer.stdout.equals(content)]).toEqual([0, true])
    expect(platform.server.facts).toMatchObject({ cipherIn: 'aes256-cbc' })
    for (const algorithms of ['modern', 'compatible'] as const) {
      const other = await prepare({ algorithms })
      const refused = await other.ssh(cbc, SFTP, HELLO)
      expect(refused.code).toBe(255)
      expect(refused.stderr).toContain('no matching cipher found')
      expect(other.server.refusals).toMatchObject([
        { code: 'ALGORITHMS_NOT_SHARED', offered: 'aes256-cbc' },
      ])
    }
    const modernClient = await platform.ssh(['-c', 'aes128-gcm@openssh.com'], SFTP, HELLO)
    expect(modernClient.stderr).toContain('Their offer: aes256-cbc,aes128-cbc')
  })

  test.each([
    ['modern', 'diffie-hellman-group16-sha512', 'hmac-sha2-512-etm@openssh.com'],
    ['modern', 'diffie-hellman-group18-sha512', 'hmac-sha2-256-etm@openssh.com'],
    ['compatible', 'ecdh-sha2-nistp521', 'hmac-sha2-256'],
    ['compatible', 'diffie-hellman-group14-sha256', 'hmac-sha2-512'],
  ] as const)('in profile %s agrees on %s and %s', async (algorithms, kex, mac) => {
    const { ssh, server } = await prepare({ algorithms })
    const words = ['-c', 'aes256-ctr', '-m', mac, '-o', `KexAlgorithms=${kex}`]
    const { stdout } = await ssh(words, SFTP, HELLO)
    expect(stdout).toEqual(HELLO)
    expect(server.facts).toMatchObject({ kex, macIn: mac })
  })

  test.each([
    ['rsa', '2048', 'rsa-sha2-512'],
    ['rsa', '3072', 'rsa-sha2-256'],
    ['ecdsa', '521', 'ecdsa-sha2-nistp521'],
    ['ecdsa', '384', 'ecdsa-sha2-nistp384'],
  ] as const)('gets in with %s %s when it signs with %s alone', async (kind, bits, algorithm) => {
    const { ssh } = await prepare({}, kind, bits)
    const { stdout } = await ssh(['-o', `PubkeyAcceptedAlgorithms=${algorithm}`], SFTP, HELLO)
    expect(stdout).toEqual(HELLO)
  })

  test('is refused with SHA-1 signatures and with passwords', async () => {
    const { ssh, server } = await prepare({}, 'rsa', '2048')
    const sha1 = await ssh(['-o', 'PubkeyAcceptedAlgorithms=ssh-rsa'], SFTP)
    expect(sha1.stderr).toContain('Permission denied (publickey)')
    const password = await ssh(['-o', 'PreferredAuthentications=password'], SFTP)
    expect(password.stderr).toContain('Permission denied (publickey)')
    expect(server.server.connections).toBeLessThanOrEqual(1)
  })

  test('finds no shell, no command, no terminal and no forwarding', async () => {
    const { ssh } = await prepare()
    const command = await ssh([], ['id'])
    expect(command.code).not.toBe(0)
    expect(command.stderr).toContain('exec request failed')
    const shell = await ssh(['-tt'], [])
    expect(shell.stderr).toContain('PTY allocation request failed')
    const forward = await ssh(['-o', 'ExitOnForwardFailure=yes', '-R', '0:127.0.0.1:1', '-N'], [])
    expect(forward.stderr).toContain('remote port forwarding failed')
    const tunnel = await ssh(['-W', '127.0.0.1:22'], [])
    expect(tunnel.stderr).toContain('administratively prohibited')
  })
})
