import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { describeWith, run } from '../support/programs.ts'
import { runRaccord, type RaccordRun } from '../support/raccord-command.ts'

let folder: string

/** No gateway runs: the authority of the data folder signs. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'raccord-test-certs-'))
  for (const [protocol, more] of [
    ['sftp', ''],
    ['as2', ' --dns acme.example'],
    ['pesit', ' --key ec:P-256 --dns acme.example'],
  ] as const) {
    const made = await raccord(`certs make --for ${protocol} --cn acme --out ${protocol}${more}`)
    if (made.exitCode !== 0) throw new Error(made.stderr)
  }
})

afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }))

const raccord = (line: string): Promise<RaccordRun> =>
  runRaccord(line.split(' '), { environment: { RACCORD_DATA: join(folder, 'data') }, cwd: folder })

const MADE = [
  ['sftp', 'client', 'sslclient'],
  ['as2', 'server', 'smimesign'],
  ['pesit', 'client', 'sslclient'],
  ['pesit', 'server', 'sslserver'],
] as const

describe('certs make and check without a gateway', () => {
  test.each(MADE)('agree with one another: %s %s', async (protocol, part) => {
    const checked = await raccord(`certs check ${protocol}/${part}.p7b --for ${protocol}`)
    expect(checked.exitCode, checked.stdout).toBe(0)
    expect(checked.stdout).toMatch(/✓ .*\n/)
    expect(checked.stdout).not.toContain('✗')
    expect((await stat(join(folder, protocol, `${part}.key`))).mode & 0o777).toBe(0o600)
  })

  test('say what was made, and where', async () => {
    const again = await raccord('certs make --for sftp --cn acme --out sftp --json')
    expect(JSON.parse(again.stdout)).toMatchObject({
      ok: true,
      isNew: false,
      certificates: [{ part: 'client', bundle: 'client.p7b', certificatesInBundle: 3 }],
    })
    const said = await raccord('certs make --for sftp --cn acme --out sftp')
    expect(said.stdout).toMatch(/sftp\/client\.p7b \(chain, 3 certificates\) +expires \d{4}-/)
  })

  test('a defect fails its check with exit 1, and is never taken for a good one', async () => {
    const made = await raccord('certs make --for sftp --cn acme --out bad --defect expired')
    expect(made.exitCode, made.stderr).toBe(0)
    const checked = await raccord('certs check bad/client.p7b --for sftp')
    expect(checked.exitCode).toBe(1)
    expect(checked.stdout).toMatch(/✗ Validity.*\n +→ /)
    const french = await raccord('--lang fr certs check bad/client.p7b --for sftp')
    expect(french.stdout).toMatch(/✗ Validité : /)
    expect((await raccord('certs make --for sftp --cn acme --out bad')).exitCode).toBe(2)
    const over = await raccord('certs make --for sftp --cn acme --out sftp --defect expired')
    expect(over.exitCode).toBe(2)
    const list = JSON.parse((await raccord('certs defects --json')).stdout) as { defects: [] }
    expect(list.defects.length).toBeGreaterThan(8)
  })

  test('a start after the end of the certificate fails', async () => {
    const checked = await raccord(
      'certs check sftp/client.p7b --for sftp --start 2999-01-01 --json',
    )
    expect(checked.exitCode).toBe(1)
    const { checks } = JSON.parse(checked.stdout) as {
      checks: { check: string; outcome: string }[]
    }
    expect(checks.filter((line) => line.outcome === 'fail').map((line) => line.check)).toEqual([
      'validity',
    ])
  })

  test('a private key is refused, and neither shown nor sent', async () => {
    const checked = await raccord('certs check sftp/client.key --for sftp')
    expect(checked.exitCode).toBe(1)
    const line = (await readFile(join(folder, 'sftp/client.key'), 'utf8')).split('\n')[3]!
    expect(checked.stdout + checked.stderr).not.toContain(line)
  })

  test.each([
    'certs make --for ftp --cn a --out x',
    'certs make --for as2 --cn a --out x --key ed25519',
    'certs make --for sftp --cn a --out x --key rsa:512',
    'certs make --for sftp --cn a --out x --defect nonsense',
    'certs check nothing.p7b --for sftp',
    'certs check sftp/client.p7b --for sftp --start tomorrow',
    'certs check sftp/client.pem --for',
  ])('a wrong command is exit 2: %s', async (line) => {
    const said = await raccord(line)
    expect(said.exitCode, said.stderr).toBe(2)
  })
})

describeWith('openssl')('openssl reads what certs make wrote', () => {
  const openssl = (...args: string[]) => run('openssl', args)

  test.each(MADE)('%s %s', (protocol, part, purpose) => {
    const file = (name: string) => join(folder, protocol, name)
    const bundle = openssl('pkcs7', '-inform', 'DER', '-print_certs', '-in', file(`${part}.p7b`))
    expect(bundle.stdout.split('BEGIN CERTIFICATE').length - 1).toBe(3)
    const chain = file(part === 'client' ? 'chain.pem' : 'server-chain.pem')
    const verified = openssl(
      'verify',
      '-x509_strict',
      '-purpose',
      purpose,
      '-CAfile',
      chain,
      file(`${part}.pem`),
    )
    expect(verified.stdout + verified.stderr).toMatch(/: OK\s*$/)
    const ofKey = openssl('pkey', '-in', file(`${part}.key`), '-pubout').stdout
    const ofCertificate = openssl('x509', '-in', file(`${part}.pem`), '-noout', '-pubkey').stdout
    expect(ofKey).toBe(ofCertificate)
  })
})
