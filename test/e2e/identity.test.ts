import { X509Certificate } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { GatewayDocument } from '../../gateway/gateway-document.ts'
import type { IdentityKeyDocument } from '../../gateway/cli/identity.ts'
import type { RunFile } from '../../gateway/run-file.ts'
import { describeWith, run } from '../support/programs.ts'
import { runRaccord, startRaccord, type RaccordRun } from '../support/raccord-command.ts'

let folder: string
let data: string
let gateway: ReturnType<typeof startRaccord>

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'raccord-test-identity-'))
  data = join(folder, 'data')
  gateway = await serve()
})

afterAll(async () => {
  gateway.kill('SIGKILL')
  await gateway.ended
  await rm(folder, { recursive: true, force: true, maxRetries: 10 })
})

async function serve(...more: string[]): Promise<typeof gateway> {
  const ports = ['--sftp-port', '0', '--api-port', '0']
  const started = startRaccord(['serve', '--data', data, ...ports, ...more])
  const ready = await raccord('ready', '--wait', '60s')
  expect(ready.exitCode, ready.stderr).toBe(0)
  return started
}

const raccord = (...args: string[]): Promise<RaccordRun> =>
  runRaccord(args, { environment: { RACCORD_DATA: data }, cwd: folder })

const runFile = () => JSON.parse(readFileSync(join(data, 'run.json'), 'utf8')) as RunFile

/** What anybody is told, without a token. */
async function published(): Promise<GatewayDocument> {
  const response = await fetch(`${runFile().url}/api/v1/gateway`)
  expect(response.status).toBe(200)
  return (await response.json()) as GatewayDocument
}

async function identityKeys(): Promise<readonly IdentityKeyDocument[]> {
  const { stdout } = await raccord('identity', 'list', '--json')
  return (JSON.parse(stdout) as { keys: IdentityKeyDocument[] }).keys
}

async function rotate(kind: string, overlap: string): Promise<IdentityKeyDocument> {
  const made = await raccord('identity', 'rotate', kind, '--overlap', overlap, '--json')
  expect(made.exitCode, made.stderr).toBe(0)
  return JSON.parse(made.stdout) as IdentityKeyDocument
}

function knownHosts(name: string, { sftp }: GatewayDocument): string {
  const file = join(folder, name)
  writeFileSync(file, `${sftp.hostKeys.map((key) => key.knownHosts).join('\n')}\n`)
  return file
}

/** What OpenSSH says when it comes without any key: refused as nobody, or the host is. */
function connect(algorithm: string, knownHostsFile: string): string {
  const port = runFile().listeners[0]!.port
  const options = [
    'BatchMode=yes',
    'StrictHostKeyChecking=yes',
    `UserKnownHostsFile=${knownHostsFile}`,
    'GlobalKnownHostsFile=/dev/null',
    `HostKeyAlgorithms=${algorithm}`,
    'IdentityFile=none',
    'IdentitiesOnly=yes',
  ].flatMap((option) => ['-o', option])
  return run('ssh', ['-F', 'none', '-p', String(port), ...options, 'ACM001@127.0.0.1']).stderr
}

const HOST_ACCEPTED = /Permission denied/
const HOST_REFUSED = /Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED/

describeWith('ssh')('keys of a running gateway', () => {
  test('are published: a client that knows them is content', async () => {
    const file = knownHosts('first', await published())
    expect(connect('ssh-ed25519', file)).toMatch(HOST_ACCEPTED)
    expect(connect('rsa-sha2-512', file)).toMatch(HOST_ACCEPTED)
  })

  test('that come later are published and listed now, and the present ones used', async () => {
    const before = await published()
    const old = knownHosts('rsa-old', before)
    const next = await rotate('ssh-host-rsa', '1h')
    expect(next.state).toBe('next')
    const after = await published()
    expect(after.sftp.hostKeys).toHaveLength(before.sftp.hostKeys.length + 1)
    const states = (await identityKeys()).filter(({ kind }) => kind === 'ssh-host-rsa')
    expect(states.map(({ state }) => state)).toEqual(['next', 'in-use'])
    expect(connect('rsa-sha2-512', old)).toMatch(HOST_ACCEPTED)
  })

  test('whose date comes are offered without a restart; who knows both is content', async () => {
    const old = knownHosts('ed25519-old', await published())
    const next = await rotate('ssh-host-ed25519', '3s')
    const both = knownHosts('ed25519-both', await published())
    await sleep(Math.max(0, Date.parse(next.usedFrom) - Date.now()))
    await expect.poll(() => connect('ssh-ed25519', old)).toMatch(HOST_REFUSED)
    expect(connect('ssh-ed25519', both)).toMatch(HOST_ACCEPTED)
  })

  test('are not made a second time while one waits', async () => {
    const again = await raccord('identity', 'rotate', 'ssh-host-rsa', '--overlap', '2h')
    expect(again.exitCode).toBe(1)
    expect(again.stderr).toContain('→')
    expect((await raccord('identity', 'rotate', 'nonsense')).exitCode).toBe(2)
  })

  test('stand behind certificates of its own authority', async () => {
    const { authority, as2, pesit, api } = await published()
    const root = new X509Certificate(authority.rootPem)
    const intermediate = new X509Certificate(authority.intermediatePem)
    expect(intermediate.verify(root.publicKey)).toBe(true)
    const all = [as2.certificates, pesit.server, pesit.client, api.certificates].flat()
    expect(all.map((one) => one.kind)).toEqual(['as2', 'pesit-server', 'pesit-client', 'api-tls'])
    for (const one of all) {
      expect(new X509Certificate(one.pem).verify(intermediate.publicKey), one.kind).toBe(true)
    }
    expect(JSON.stringify(await published())).not.toContain('PRIVATE KEY')
  })

  test('rotate on a stopped gateway too, and its certificates follow --public-host', async () => {
    const before = await published()
    gateway.kill('SIGTERM')
    await gateway.ended
    const next = await rotate('as2', '30d')
    gateway = await serve('--public-host', 'gateway.example')
    const after = await published()
    expect(after.as2.certificates.map((one) => one.sha256)).toEqual([
      next.fingerprint,
      before.as2.certificates[0]!.sha256,
    ])
    expect(after.sftp.address?.host).toBe('gateway.example')
    const [own] = after.api.certificates
    expect(new X509Certificate(own!.pem).checkHost('gateway.example')).toBe('gateway.example')
    const publicKey = (pem: string) =>
      new X509Certificate(pem).publicKey.export({ format: 'pem', type: 'spki' })
    expect(publicKey(own!.pem)).toBe(publicKey(before.api.certificates[0]!.pem))
  })

  test('sign what certs make asks for, and certs check asks the gateway', async () => {
    const made = await raccord(
      ...'certs make --for pesit --cn acme --dns a.example --out p'.split(' '),
    )
    expect(made.exitCode, made.stderr).toBe(0)
    for (const part of ['client', 'server']) {
      const checked = await raccord(...`certs check p/${part}.p7b --for pesit --json`.split(' '))
      expect(checked.exitCode, checked.stdout).toBe(0)
      expect(JSON.parse(checked.stdout)).toMatchObject({ isUsable: true, askedGateway: true })
    }
  })
})
