import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { registerHooks } from 'node:module'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { ClientChannel } from 'ssh2'
import { afterAll, expect, test } from 'vitest'

/** As if ssh2's native addon had been built: one that fails as soon as it is used. */
const folder = mkdtempSync(join(tmpdir(), 'raccord-addon-'))
const addon = join(folder, 'addon.cjs')
writeFileSync(
  addon,
  `globalThis.loadedAddon = true
   class Broken { constructor() { throw new Error('the addon was used') } }
   for (const name of ['AESGCM', 'ChaChaPoly', 'Generic'])
     for (const role of ['Cipher', 'Decipher']) exports[name + role] = Broken`,
)
registerHooks({
  resolve: (specifier, context, next) =>
    specifier.endsWith('sshcrypto.node')
      ? { url: pathToFileURL(addon).href, format: 'commonjs', shortCircuit: true }
      : next(specifier, context),
})
afterAll(() => {
  rmSync(folder, { recursive: true, maxRetries: 10 })
})

const { Client } = await import('../../protocols/sftp/ssh2-repairs.ts')
const { partnerKey, startSshTestServer } = await import('../support/ssh-test-server.ts')

test.each([
  ['modern', 'aes128-gcm@openssh.com', 'hmac-sha2-256'],
  ['modern', 'aes256-ctr', 'hmac-sha2-512-etm@openssh.com'],
  ['compatible', 'aes128-ctr', 'hmac-sha2-256'],
  ['platform', 'aes256-cbc', 'hmac-sha2-256'],
] as const)(
  'ssh2’s client, profile %s: %s with %s, without the addon',
  async (profile, cipher, mac) => {
    const key = partnerKey('rsa2048')
    const server = await startSshTestServer({ keys: [key], settings: { algorithms: profile } })
    const client = new Client()
    const content = randomBytes(5_000_000)
    const channel = await new Promise<ClientChannel>((resolve, reject) => {
      client.once('error', reject)
      client.once('ready', () => {
        client.subsys('sftp', (error, opened) => {
          if (error === undefined) resolve(opened)
          else reject(error)
        })
      })
      client.connect({
        ...server.server.address,
        username: 'SIM123',
        privateKey: key.privateKey.export({ type: 'pkcs1', format: 'pem' }),
        algorithms: { cipher: [cipher], hmac: [mac] },
      })
    })
    const received: Buffer[] = []
    channel.on('data', (chunk: Buffer) => received.push(chunk))
    const closed = new Promise((resolve) => {
      channel.once('close', resolve)
    })
    channel.end(content)
    expect(await closed).toBe(0)
    client.end()
    expect(Buffer.concat(received).equals(content)).toBe(true)
    expect(server.facts).toMatchObject({ cipherIn: cipher, cipherOut: cipher })
    expect(globalThis).toMatchObject({ loadedAddon: true })
  },
)

test('ssh2 loaded by anybody else first is refused with a sentence', () => {
  const repairs = resolve(import.meta.dirname, '../../protocols/sftp/ssh2-repairs.ts')
  const script = `await import('ssh2'); await import(${JSON.stringify(pathToFileURL(repairs).href)})`
  const { stderr, status } = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', script],
    { cwd: resolve(import.meta.dirname, '../..'), encoding: 'utf8' },
  )
  expect(status).toBe(1)
  expect(stderr).toContain('ssh2 cannot be repaired: it was loaded before')
})
