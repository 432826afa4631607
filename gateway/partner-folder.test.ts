import { execFile } from 'node:child_process'
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { pino } from 'pino'
import { utils } from 'ssh2'
import { afterAll, describe, expect, test } from 'vitest'
import { describeWith, run } from '../test/support/programs.ts'
import { OffsetClock } from './clock.ts'
import { openIdentity } from './identity.ts'
import { makePartnerCredentials } from './partner-credentials.ts'
import { makePartnerFolder, openPartnerFolder, writePartnerAddress } from './partner-folder.ts'
import { nextInSequence } from './partner-sequence.ts'

const base = mkdtempSync(join(tmpdir(), 'raccord-partner-'))
afterAll(() => rmSync(base, { recursive: true, force: true, maxRetries: 10 }))
const identity = await openIdentity({
  folder: join(base, 'identity'),
  clock: new OffsetClock(),
  log: pino({ level: 'silent' }),
})
let requests = 0
const options = (name: string) => ({
  folder: join(base, name),
  commonName: 'ACM001',
  now: Date.now(),
  sign: async (requestPem: string) => {
    requests += 1
    const issued = await identity.signRequest({ requestPem, purpose: 'client', days: 30 })
    return issued!
  },
})
const address = {
  protocol: 'sftp' as const,
  applicationCode: 'ACM001',
  host: '127.0.0.1',
  port: 2222,
}
const make = (name: string) =>
  makePartnerFolder({
    ...options(name),
    address,
    knownHosts: identity.knownHosts('127.0.0.1', 2222),
  })

describe('a partner folder', () => {
  test('holds a key that ssh2 reads, only for its owner, and the certificate of that key', async () => {
    const partner = await make('one')
    const { privateKey, keyFile } = await partner.credentials('client')
    const parsed = utils.parseKey(privateKey)
    if (parsed instanceof Error) throw parsed
    expect(parsed.isPrivateKey()).toBe(true)
    expect(statSync(keyFile).mode & 0o777).toBe(0o600)
    const line = `ssh-rsa ${parsed.getPublicSSH().toString('base64')} ACM001\n`
    expect(readFileSync(join(partner.folder, 'client.pub'), 'utf8')).toBe(line)
    expect(readFileSync(join(partner.folder, 'chain.pem'), 'utf8')).toContain(identity.testRootPem)
    expect(await partner.knownHosts()).toEqual(identity.knownHosts('127.0.0.1', 2222))
    expect(partner.address).toEqual(address)
  })

  test('made again keeps key, certificate and sequence, and takes the new address', async () => {
    const first = await make('again')
    expect(await first.nextSequence()).toBe(1)
    const asked = requests
    const second = await makePartnerFolder({
      ...options('again'),
      address: { ...address, port: 2223 },
      knownHosts: [],
    })
    expect(requests).toBe(asked)
    expect(await second.credentials('client')).toEqual(await first.credentials('client'))
    expect([second.address.port, await second.knownHosts()]).toEqual([2223, []])
    expect(await second.nextSequence()).toBe(2)
  })

  test('gets a new certificate for its key once the old one has expired', async () => {
    const first = await make('expired')
    const before = await first.credentials('client')
    const later = Date.now() + 31 * 86_400_000
    const second = await makePartnerCredentials({ ...options('expired'), now: later })
    expect(second.isNew).toBe(true)
    expect(second.certificatePem).not.toBe(before.certificatePem)
    const after = await (await openPartnerFolder(first.folder)).credentials('client')
    expect(after.privateKey).toBe(before.privateKey)
  })

  test('made by two at once has one key', async () => {
    const both = await Promise.all([make('both'), make('both')])
    const [one, other] = await Promise.all(both.map((partner) => partner.credentials('client')))
    expect(one!.privateKey).toBe(other!.privateKey)
  })

  test('that lacks something says which file', async () => {
    const credentials = await makePartnerCredentials(options('lacking'))
    const opened = () => openPartnerFolder(credentials.folder)
    await expect(opened()).rejects.toMatchObject({
      code: 'PARTNER_FOLDER_INCOMPLETE',
      message: expect.stringContaining('connection.json is not there') as string,
    })
    await writePartnerAddress(credentials.folder, address, [])
    expect((await opened()).address).toMatchObject({ host: '127.0.0.1' })
    for (const text of ['', 'x', '{}', '{"applicationCode":"x","host":"h","port":1}']) {
      writeFileSync(join(credentials.folder, 'connection.json'), text)
      await expect(opened()).rejects.toThrow('connection.json wants applicationCode, host and port')
    }
    await expect(openPartnerFolder(join(base, 'none'))).rejects.toThrow('is not there')
  })
})

describe('the folder of a partner that is called', () => {
  const as2 = {
    protocol: 'as2' as const,
    applicationCode: 'BET002',
    url: 'https://gateway.example:8444/as2',
    ownId: 'BET002',
    gatewayId: 'CPP001',
    ownUrl: 'http://127.0.0.1:9001/',
  }

  test('says both sides’ identifiers and addresses, and keeps the gateway’s certificates', async () => {
    const folder = join(base, 'as2')
    await writePartnerAddress(folder, as2)
    mkdirSync(join(folder, 'gateway'))
    writeFileSync(join(folder, 'gateway/as2.pem'), 'one')
    writeFileSync(join(folder, 'gateway/as2-2.pem'), 'two')
    const partner = await openPartnerFolder(folder)
    expect(partner.address).toEqual(as2)
    expect(await partner.gatewayCertificates('as2')).toEqual(['one', 'two'])
    expect(await partner.gatewayCertificates('pesit-server')).toEqual([])
    await expect(partner.credentials('server')).rejects.toThrow('server.key is not there')
  })

  test('that lacks something says what its protocol wants', async () => {
    const folder = join(base, 'half')
    await writePartnerAddress(folder, as2)
    for (const [text, wanted] of [
      ['{"protocol":"as2"}', 'wants applicationCode, url, ownId and gatewayId'],
      ['{"protocol":"as2","applicationCode":"BET002","url":"x"}', 'wants applicationCode, url'],
      ['{"protocol":"pesit","port":1}', 'wants applicationCode, host, port, ownId and gatewayId'],
    ] as const) {
      writeFileSync(join(folder, 'connection.json'), text)
      await expect(openPartnerFolder(folder)).rejects.toThrow(wanted)
    }
  })
})

describe('a sequence', () => {
  test('never gives a number twice, asked by many at once', async () => {
    const file = join(base, 'many')
    const numbers = await Promise.all(Array.from({ length: 200 }, () => nextInSequence(file)))
    expect(numbers.sort((one, other) => one - other)).toEqual(
      Array.from({ length: 200 }, (_, index) => index + 1),
    )
  })

  test('never gives a number twice, asked by several processes at once', async () => {
    const file = join(base, 'processes')
    const module = pathToFileURL(join(import.meta.dirname, 'partner-sequence.ts')).href
    const script = `import { nextInSequence } from ${JSON.stringify(module)}
      for (let i = 0; i < 50; i += 1) console.log(await nextInSequence(${JSON.stringify(file)}))`
    const runs = await Promise.all(
      Array.from({ length: 3 }, () =>
        promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script]),
      ),
    )
    const numbers = runs.flatMap(({ stdout }) => stdout.trim().split('\n').map(Number))
    expect(new Set(numbers).size).toBe(150)
    expect(Math.max(...numbers)).toBe(150)
  })

  test('goes on behind an entry that a power cut left unfinished', async () => {
    const file = join(base, 'cut')
    expect(await nextInSequence(file)).toBe(1)
    appendFileSync(file, 'abcd')
    expect([await nextInSequence(file), await nextInSequence(file)]).toEqual([2, 3])
  })
})

describeWith('ssh-keygen', 'openssl')('OpenSSH and openssl agree', () => {
  test('on the key of the folder and its certificate', async () => {
    const partner = await make('oracle')
    const shown = run('ssh-keygen', ['-y', '-f', join(partner.folder, 'client.key')]).stdout.split(
      ' ',
    )
    const written = readFileSync(join(partner.folder, 'client.pub'), 'utf8').split(' ')
    expect(shown[1]?.trim()).toBe(written[1])
    const verified = run('openssl', [
      'verify',
      '-x509_strict',
      '-untrusted',
      join(partner.folder, 'chain.pem'),
      '-CAfile',
      join(partner.folder, 'chain.pem'),
      join(partner.folder, 'client.pem'),
    ])
    expect(verified.stdout).toContain(': OK')
  })
})
