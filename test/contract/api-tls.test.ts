import { X509Certificate } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { once } from 'node:events'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { request as requestTls } from 'node:https'
import { connect as connectTls } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { makeRoot, makeIntermediate, issueLeaf } from '../../certs/authority.ts'
import { makeKeyPair } from '../../certs/key-pair.ts'
import { loadConfig } from '../../config/load.ts'
import { ApiClient } from '../../gateway/cli/api-client.ts'
import { startGateway, type Gateway } from '../../gateway/main.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

async function gatewayWith(api: Readonly<Record<string, unknown>>): Promise<Gateway> {
  const data = await temporaryFolder()
  const gateway = await startGateway(
    loadConfig({
      environment: {},
      overrides: { data, roles: 'api', api: { port: 0, ...api }, log: { level: 'silent' } },
    }),
  )
  onTestFinished(() => gateway.stop())
  return gateway
}

/** GET with this root trusted and nothing else. */
async function getTrusting(url: string, ca: string) {
  const answered = Promise.withResolvers<{ status: number; hsts: string | undefined }>()
  requestTls(url, { ca }, (response) => {
    response.resume()
    const hsts = response.headers['strict-transport-security']
    answered.resolve({ status: response.statusCode ?? 0, hsts })
  })
    .on('error', answered.reject)
    .end()
  return answered.promise
}

test('plain HTTP beyond loopback is refused, with what to set, unless a proxy ends TLS', () => {
  const load = (api: Readonly<Record<string, unknown>>) =>
    loadConfig({ environment: {}, overrides: { api } })
  expect(() => load({ host: '0.0.0.0' })).toThrow(/api\.tls.*own or files.*api\.trustedProxies/s)
  expect(() => load({ host: '0.0.0.0', tls: 'files' })).toThrow(/certificateFile/)
  expect(() => load({ host: '0.0.0.0', trustedProxies: 'nobody' })).toThrow(/trustedProxies/)
  for (const host of ['127.0.0.1', '::1', 'localhost', '127.0.0.9']) {
    expect(load({ host }).api.host).toBe(host)
  }
  expect(load({ host: '0.0.0.0', tls: 'own' }).api.tls).toBe('own')
  expect(load({ host: '0.0.0.0', trustedProxies: '10.0.0.0/8' }).api.trustedProxies).toHaveLength(1)
})

test('with its own certificate it is known by the root of the data folder, to the CLI without a word', async () => {
  const { run } = await gatewayWith({ tls: 'own' })
  expect(run.url).toMatch(/^https:/)
  await expect(fetch(`${run.url}/livez`)).rejects.toThrow('fetch failed')
  const answer = await getTrusting(`${run.url}/livez`, run.apiRootPem ?? '')
  expect(answer.status).toBe(200)
  expect(answer.hsts).toContain('max-age')
  expect((await ApiClient.ofRun(run).ready()).isReady).toBe(true)
  expect(await ApiClient.ofRun(run).flows({})).toMatchObject({ flows: [] })
})

test('a certificate that anybody may have signed does not pass for its own', async () => {
  const { run, identity } = await gatewayWith({ tls: 'own' })
  const { publicKey } = await makeKeyPair({ type: 'ec', curve: 'P-256' })
  const { certificatePem, chainPem } = await identity.issueCertificate({
    publicKey,
    commonName: 'localhost',
    purpose: 'server',
    dnsNames: ['localhost'],
    notBefore: Date.now() - 1_000,
    notAfter: Date.now() + 86_400_000,
  })
  const root = new X509Certificate(run.apiRootPem ?? '')
  const issuers = [certificatePem, ...chainPem].map((pem) => new X509Certificate(pem))
  expect(issuers.some((one) => one.verify(root.publicKey))).toBe(false)
  const own = await identity.certificate('api-tls')
  expect(new X509Certificate(own.chainPem[0] ?? '').verify(root.publicKey)).toBe(true)
})

test('with certificate files it uses them', async () => {
  const folder = await temporaryFolder()
  const root = await makeRoot(Date.now())
  const intermediate = await makeIntermediate(root, Date.now())
  const { privateKey, publicKey } = await makeKeyPair({ type: 'ec', curve: 'P-256' })
  const issued = issueLeaf(root, intermediate, {
    publicKey,
    commonName: 'localhost',
    dnsNames: ['localhost'],
    purpose: 'server',
    notBefore: Date.now() - 86_400_000,
    notAfter: Date.now() + 86_400_000,
  })
  const certificateFile = join(folder, 'api.pem')
  const keyFile = join(folder, 'api.key')
  await writeFile(certificateFile, [issued.certificatePem, ...issued.chainPem].join('\n'))
  await writeFile(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }))
  const { run } = await gatewayWith({ tls: 'files', certificateFile, keyFile })
  const url = run.url?.replace('127.0.0.1', 'localhost')
  expect((await getTrusting(`${url}/livez`, root.certificatePem)).status).toBe(200)

  await expect(
    gatewayWith({ tls: 'files', certificateFile: keyFile, keyFile }),
  ).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
})

test('behind a proxy it answers this machine and the proxy only, and believes what the proxy says', async ({
  skip,
}) => {
  const { run } = await gatewayWith({ host: '0.0.0.0', trustedProxies: '127.0.0.1,192.0.2.1' })
  const port = Number(new URL(run.url ?? '').port)
  const answer = await fetch(`${run.url}/livez`, { headers: { 'X-Forwarded-Proto': 'https' } })
  expect(answer.headers.get('strict-transport-security')).toContain('max-age')
  const own = Object.values(networkInterfaces())
    .flat()
    .find((address) => address?.family === 'IPv4' && !address.internal)?.address
  if (own === undefined) return skip('this machine has no address but loopback')
  const closed = Promise.withResolvers<string>()
  const socket = connect({ port, host: own, localAddress: own })
  socket.on('close', () => closed.resolve('closed')).on('error', () => {})
  socket.write('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n')
  socket.on('data', (bytes) => closed.resolve(bytes.toString()))
  expect(await closed.promise).toBe('closed')
})

test('a client that never says what it wants holds its place for seconds, in TLS and before it', async () => {
  const { run } = await gatewayWith({ tls: 'own' })
  const { port } = new URL(run.url ?? '')
  const silent = connect(Number(port), '127.0.0.1')
  const slow = connectTls({ port: Number(port), host: '127.0.0.1', ca: run.apiRootPem ?? '' })
  slow.once('secureConnect', () => slow.write('GET /livez HTTP/1.1\r\nHost: '))
  const ended = [silent, slow].map((socket) => {
    socket.on('error', () => {}) // it may be reset
    socket.resume()
    return once(socket, 'close')
  })
  await expect(Promise.all(ended)).resolves.toHaveLength(2)
})
