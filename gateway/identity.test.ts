import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { utils } from 'ssh2'
import { afterAll, describe, expect, test } from 'vitest'
import { leafValidity } from '../certs/authority.ts'
import { makeKeyPair } from '../certs/key-pair.ts'
import { makeSigningRequest } from '../certs/signing-request.ts'
import { describeWith, run } from '../test/support/programs.ts'
import { OffsetClock } from './clock.ts'
import { IdentityFolder } from './identity-files.ts'
import { openIdentity } from './identity.ts'

const DAY = 86_400_000
const base = mkdtempSync(join(tmpdir(), 'raccord-identity-'))
afterAll(() => rmSync(base, { recursive: true, force: true, maxRetries: 10 }))
const clock = new OffsetClock()
const log = pino({ level: 'silent' })
const folder = join(base, 'identity')
const identity = await openIdentity({ folder, clock, log })

describe('the gateway’s identity', () => {
  test('has an Ed25519 and an RSA host key that ssh2 reads', () => {
    const keys = identity.hostKeys()
    expect(keys.map((key) => key.algorithm)).toEqual(['ssh-ed25519', 'ssh-rsa'])
    for (const key of keys) {
      const parsed = utils.parseKey(key.privateKey)
      if (parsed instanceof Error) throw parsed
      const blob = parsed.getPublicSSH().toString('base64')
      expect(parsed.isPrivateKey()).toBe(true)
      expect(key.publicLine).toBe(`${key.algorithm} ${blob}`)
    }
  })

  test('is the same when opened again, and by two who open it at once', async () => {
    const again = await openIdentity({ folder, clock, log })
    expect(again.publishedHostKeys().map((key) => key.fingerprint)).toEqual(
      identity.publishedHostKeys().map((key) => key.fingerprint),
    )
    expect(again.testRootPem).toBe(identity.testRootPem)
    const fresh = { folder: join(base, 'at-once'), clock: { now: () => 5_000_000_000 }, log }
    const [one, other] = await Promise.all([openIdentity(fresh), openIdentity(fresh)])
    expect(one.knownHosts('a', 22)).toEqual(other.knownHosts('a', 22))
    expect(one.testRootPem).toBe(other.testRootPem)
  })

  test('is one for processes that start at once on one folder, each at a time of its own', async () => {
    const shared = join(base, 'several')
    const opened = await Promise.all(
      [1, 2, 3, 4, 5, 6].map((number) =>
        openIdentity({ folder: shared, clock: { now: () => 5_000_000_000 + number }, log }),
      ),
    )
    const [first] = opened
    for (const other of opened) {
      expect(other.list()).toEqual(first?.list())
      expect(other.hostKeys()).toHaveLength(2)
      expect(other.testRootPem).toBe(first?.testRootPem)
      expect(other.testIntermediatePem).toBe(first?.testIntermediatePem)
    }
    const roots = await Promise.all(opened.map((one) => one.ownAuthority()))
    expect(new Set(roots.map((one) => one.rootPem + one.intermediatePem)).size).toBe(1)
    expect(readdirSync(shared).filter((name) => name.startsWith('.'))).toEqual([])
  })

  test('keeps its private keys readable by its owner only', () => {
    const names = readdirSync(folder)
    expect(names).toHaveLength(4)
    for (const name of names) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600)
    expect(statSync(folder).mode & 0o777).toBe(0o700)
  })

  test('signs a partner’s key under its test root', async () => {
    const { publicKey } = await makeKeyPair({ type: 'ed25519' })
    const { certificatePem, chainPem } = await identity.issueCertificate({
      commonName: 'Acme',
      publicKey,
      purpose: 'client',
      ...leafValidity(clock.now(), 30),
    })
    expect(chainPem.at(-1)).toBe(identity.testRootPem)
    const [middle, root] = chainPem.map((one) => new X509Certificate(one))
    expect(new X509Certificate(certificatePem).verify(middle!.publicKey)).toBe(true)
    expect(middle!.verify(root!.publicKey)).toBe(true)
  })

  test('signs what a request asks for, and nothing that is none', async () => {
    const { privateKey, publicKey } = await makeKeyPair({ type: 'rsa', bits: 2_048 })
    const order = { purpose: 'client', days: 30 } as const
    const requestPem = makeSigningRequest('Dupont', privateKey)
    const issued = await identity.signRequest({ ...order, requestPem })
    const certificate = new X509Certificate(issued!.certificatePem)
    expect(certificate.subject).toBe('CN=Dupont')
    expect(certificate.publicKey.equals(publicKey)).toBe(true)
    expect(await identity.signRequest({ ...order, requestPem: 'hello' })).toBeUndefined()
  })

  test('publishes all host keys and uses the newest that is valid', async () => {
    const rotated = join(base, 'rotated')
    const own = new OffsetClock()
    const before = await openIdentity({ folder: rotated, clock: own, log })
    const { privateKey } = await makeKeyPair({ type: 'ed25519' })
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    await new IdentityFolder(rotated).add('ssh-host-ed25519', own.now() + 30 * DAY, pem)
    const after = await openIdentity({ folder: rotated, clock: own, log })
    const used = () => after.hostKeys().map((key) => key.fingerprint)
    const old = before.hostKeys().map((key) => key.fingerprint)
    expect(after.knownHosts('gateway.example', 2222)).toHaveLength(3)
    expect(used()).toEqual(old)
    own.setOffset(31 * DAY)
    expect(used()).not.toEqual(old)
    own.setOffset(-DAY)
    expect(used()).toEqual(old)
  })

  test('that cannot be read is not made anew', async () => {
    const broken = join(base, 'broken')
    await new IdentityFolder(broken).add('ssh-host-rsa', 0, 'hello')
    await expect(openIdentity({ folder: broken, clock, log })).rejects.toMatchObject({
      code: 'IDENTITY_UNREADABLE',
    })
  })
})

describeWith('ssh-keygen')('ssh-keygen agrees', () => {
  test('on the host keys that known_hosts lists', () => {
    const file = join(base, 'known_hosts')
    writeFileSync(file, `${identity.knownHosts('gateway.example', 2222).join('\n')}\n`)
    const found = run('ssh-keygen', ['-F', '[gateway.example]:2222', '-l', '-f', file]).stdout
    for (const key of identity.hostKeys()) expect(found).toContain(key.fingerprint)
  })
})
