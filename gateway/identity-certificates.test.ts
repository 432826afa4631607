import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, describe, expect, test } from 'vitest'
import { describeWith, run } from '../test/support/programs.ts'
import { OffsetClock } from './clock.ts'
import { openIdentity, type Identity } from './identity.ts'
import { CERTIFICATE_KIND_NAMES, type CertificateKind } from './identity-kinds.ts'

const DAY = 86_400_000
const base = mkdtempSync(join(tmpdir(), 'raccord-identity-certificates-'))
afterAll(() => rmSync(base, { recursive: true, force: true, maxRetries: 10 }))
const log = pino({ level: 'silent' })

/** Host keys and authority take their time to make: all start with a copy of these. */
const template = join(base, 'template')
await openIdentity({ folder: template, clock: new OffsetClock(), log })

/** Of one folder; opened again by its name it is the same. */
function open(name: string, clock: OffsetClock, names?: readonly string[]): Promise<Identity> {
  const folder = join(base, name)
  if (!existsSync(folder)) cpSync(template, folder, { recursive: true, preserveTimestamps: true })
  return openIdentity({ folder, clock, log, ...(names === undefined ? {} : { names }) })
}

const sans = (pem: string) => new X509Certificate(pem).subjectAltName ?? ''

describe('a certificate of the gateway', () => {
  test('is made when it is first asked for, once for all who ask', async () => {
    const identity = await open('lazy', new OffsetClock(), ['gateway.example'])
    const files = () => readdirSync(join(base, 'lazy'))
    expect(files().some((name) => name.startsWith('api-tls'))).toBe(false)
    const [one, other] = await Promise.all([
      identity.certificate('api-tls'),
      identity.certificate('api-tls'),
    ])
    expect(one.sha256).toBe(other.sha256)
    const made = files().filter((name) => name.startsWith('api-tls'))
    expect(made).toHaveLength(1)
    expect(statSync(one.path).mode & 0o777).toBe(0o600)
    expect(
      new X509Certificate(one.certificatePem).checkPrivateKey(createPrivateKey(one.keyPem)),
    ).toBe(true)
    const again = await open('lazy', new OffsetClock(), ['gateway.example'])
    expect((await again.certificate('api-tls')).sha256).toBe(one.sha256)
  })

  test('carries the public name, localhost and the loopback addresses', async () => {
    const identity = await open('names', new OffsetClock(), ['gateway.example', '192.0.2.7'])
    const { certificatePem } = await identity.certificate('api-tls')
    expect(sans(certificatePem).split(', ').sort()).toEqual([
      'DNS:gateway.example',
      'DNS:localhost',
      'IP Address:0:0:0:0:0:0:0:1',
      'IP Address:127.0.0.1',
      'IP Address:192.0.2.7',
    ])
  })

  test('is issued again for the same key when the own authority did not sign it', async () => {
    const clock = new OffsetClock()
    const names = ['gateway.example']
    const before = await (await open('foreign', clock, names)).certificate('api-tls')
    // As a data folder of before there was an own authority has it.
    const looking = await open('foreign', clock)
    const { certificatePem, chainPem } = await looking.issueCertificate({
      commonName: 'Raccord API',
      publicKey: createPublicKey(before.keyPem),
      purpose: 'server',
      dnsNames: ['gateway.example', 'localhost'],
      ipAddresses: ['127.0.0.1', '::1'],
      notBefore: clock.now() - DAY,
      notAfter: clock.now() + 300 * DAY,
    })
    writeFileSync(before.path, [before.keyPem, certificatePem, ...chainPem].join(''))
    for (const role of ['gateway-root', 'gateway-intermediate']) {
      const folder = join(base, 'foreign')
      for (const name of readdirSync(folder)) {
        if (name.startsWith(role)) rmSync(join(folder, name))
      }
    }
    const now = await open('foreign', clock, names)
    const after = await now.certificate('api-tls')
    expect(after.keyPem).toBe(before.keyPem)
    expect(after.chainPem.at(-1)).toBe((await now.ownAuthority()).rootPem)
    expect(after.chainPem.at(-1)).not.toBe(now.testRootPem)
    const again = await open('foreign', clock, names)
    expect((await again.certificate('api-tls')).sha256).toBe(after.sha256)
  })

  test('is issued again for the same key when the public name changes', async () => {
    const clock = new OffsetClock()
    const before = await (await open('moved', clock, ['old.example'])).certificate('api-tls')
    const moved = await open('moved', clock, ['new.example'])
    const after = await moved.certificate('api-tls')
    expect(sans(after.certificatePem)).toContain('new.example')
    expect(after.keyPem).toBe(before.keyPem)
    expect(after.path).toBe(before.path)
    const looking = await open('moved', clock)
    expect((await looking.certificate('api-tls')).sha256).toBe(after.sha256)
  })

  test('that partners pin stays when the public name changes', async () => {
    const clock = new OffsetClock()
    const before = await (await open('pinned', clock, ['old.example'])).certificate('as2')
    const after = await (await open('pinned', clock, ['new.example'])).certificate('as2')
    expect(after.sha256).toBe(before.sha256)
  })
})

describe('rotation', () => {
  test('publishes the next key at once and uses it when its date comes; both are accepted', async () => {
    const clock = new OffsetClock()
    const identity = await open('rotated', clock)
    const old = await identity.certificate('api-tls')
    const next = await identity.rotate('api-tls', 30 * DAY)
    expect(next.state).toBe('next')
    expect((await identity.certificate('api-tls')).sha256).toBe(old.sha256)
    const states = async () =>
      (await identity.certificates('api-tls')).map(({ sha256, state }) => [sha256, state])
    expect(await states()).toEqual([
      [next.fingerprint, 'next'],
      [old.sha256, 'in-use'],
    ])
    clock.setOffset(31 * DAY)
    expect((await identity.certificate('api-tls')).sha256).toBe(next.fingerprint)
    expect(await states()).toEqual([
      [next.fingerprint, 'in-use'],
      [old.sha256, 'previous'],
    ])
  })

  test('tells who watches, when the date comes', async () => {
    const clock = new OffsetClock()
    const identity = await open('watched', clock)
    const seen: string[] = []
    const stop = await identity.watch('api-tls', ({ sha256 }) => seen.push(sha256))
    const next = await identity.rotate('api-tls', DAY)
    await identity.refresh()
    expect(seen).toHaveLength(1)
    clock.setOffset(2 * DAY)
    await identity.refresh()
    expect(seen.at(-1)).toBe(next.fingerprint)
    stop()
    await identity.rotate('api-tls', 0)
    expect(seen).toHaveLength(2)
  })

  test('is refused while another key waits that comes sooner, and not for one that hurries', async () => {
    const identity = await open('waiting', new OffsetClock())
    await identity.rotate('ssh-host-ed25519', 10 * DAY)
    await expect(identity.rotate('ssh-host-ed25519', 30 * DAY)).rejects.toMatchObject({
      code: 'IDENTITY_KEY_WAITS',
    })
    const urgent = await identity.rotate('ssh-host-ed25519', 0)
    expect(urgent.state).toBe('in-use')
    expect(identity.hostKeys().map((key) => key.fingerprint)).toContain(urgent.fingerprint)
  })

  test('made beside a running gateway is seen by it', async () => {
    const clock = new OffsetClock()
    const running = await open('beside', clock)
    const beside = await open('beside', clock)
    const made = await beside.rotate('ssh-host-ed25519', 0)
    const offered = () => running.hostKeys().map((key) => key.fingerprint)
    expect(offered()).not.toContain(made.fingerprint)
    await running.refresh()
    expect(offered()).toContain(made.fingerprint)
  })

  test('comes by itself before a certificate ends, and the ended one is no longer published', async () => {
    const clock = new OffsetClock()
    const identity = await open('renewed', clock)
    const first = await identity.certificate('api-tls')
    expect(await identity.refresh()).toBe(0)
    clock.setOffset(350 * DAY)
    expect(await identity.refresh()).toBe(1)
    expect(await identity.refresh()).toBe(0)
    const second = await identity.certificate('api-tls')
    expect(second.sha256).not.toBe(first.sha256)
    clock.setOffset(400 * DAY)
    const published = await identity.certificates('api-tls')
    expect(published.map((one) => one.sha256)).toEqual([second.sha256])
  })

  test('keeps telling of the host key before for 90 days', async () => {
    const clock = new OffsetClock()
    const identity = await open('afterwards', clock)
    await identity.rotate('ssh-host-ed25519', 0)
    const count = () =>
      identity.knownHosts('a', 22).filter((line) => line.includes('ed25519')).length
    clock.setOffset(89 * DAY)
    expect(count()).toBe(2)
    clock.setOffset(91 * DAY)
    expect(count()).toBe(1)
  })
})

describeWith('openssl')('openssl verify agrees', () => {
  const purposes: Readonly<Record<CertificateKind, readonly string[]>> = {
    'api-tls': ['sslserver'],
    as2: ['sslserver', 'smimesign', 'smimeencrypt'],
    'pesit-server': ['sslserver'],
    'pesit-client': ['sslclient'],
  }

  test('on the chain and the purpose of every certificate', async () => {
    const identity = await open('openssl', new OffsetClock(), ['gateway.example'])
    const write = (name: string, text: string) => {
      const file = join(base, name)
      writeFileSync(file, text)
      return file
    }
    const authority = await identity.ownAuthority()
    for (const kind of CERTIFICATE_KIND_NAMES) {
      const { certificatePem, chainPem } = await identity.certificate(kind)
      expect(chainPem.at(-1)).toBe(authority.rootPem)
      expect(chainPem.at(-1)).not.toBe(identity.testRootPem)
      for (const purpose of purposes[kind]) {
        const said = run('openssl', [
          'verify',
          '-x509_strict',
          '-purpose',
          purpose,
          '-CAfile',
          write('root.pem', authority.rootPem),
          '-untrusted',
          write('intermediate.pem', authority.intermediatePem),
          write(`${kind}.pem`, certificatePem),
        ])
        expect(said.stdout + said.stderr, `${kind} ${purpose}`).toMatch(/: OK\s*$/)
      }
    }
  })
})
