import { createServer as createHttpServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { once } from 'node:events'
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { X509Certificate } from 'node:crypto'
import { describe, expect, onTestFinished, test } from 'vitest'
import { certificateSha256, spkiSha256 } from '../../certs/fingerprint.ts'
import { createProbe, type ProbeOptions } from '../../gateway/connections/probe/outbound-probe.ts'
import { freePort } from '../../gateway/cli/free-port.ts'
import type { ConnectionForm } from '../../gateway/connections/form.ts'
import type { CertificateDocument } from '../../gateway/connections/connection-forms.ts'
import { connectionDocument } from '../support/kit-documents.ts'
import { run } from '../support/programs.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

interface Pair {
  readonly key: string
  readonly cert: string
  readonly keyFile: string
  readonly certFile: string
}

/** A self-signed certificate, by OpenSSL. */
async function makePair(name = 'localhost', ...more: string[]): Promise<Pair> {
  const folder = await temporaryFolder()
  const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const made = run('openssl', [
    ...'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'.split(' '),
    '-subj',
    `/CN=${name}`,
    '-addext',
    `subjectAltName=DNS:${name},IP:127.0.0.1`,
    '-keyout',
    keyFile,
    '-out',
    certFile,
    ...more,
  ])
  expect(made.code, made.stderr).toBe(0)
  return {
    key: readFileSync(keyFile, 'utf8'),
    cert: readFileSync(certFile, 'utf8'),
    keyFile,
    certFile,
  }
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

function registered(pem: string): CertificateDocument {
  const certificate = new X509Certificate(pem)
  return {
    part: 'server',
    sha256: certificateSha256(certificate),
    spkiSha256: spkiSha256(certificate.publicKey),
    subject: certificate.subject,
    issuer: certificate.issuer,
    serial: certificate.serialNumber,
    notBefore: '',
    notAfter: '',
    startsAt: null,
    isRunning: true,
  }
}

const SETTINGS: ProbeOptions['settings'] = {
  stepSeconds: 20,
  loopback: 'allow',
  refusedNetworks: ['169.254.0.0/16', 'fe80::/10'],
}

async function probe(
  protocol: 'as2' | 'pesit' | 'sftp',
  network: ConnectionForm['network'],
  options: {
    readonly certificates?: readonly CertificateDocument[]
    readonly settings?: Partial<ProbeOptions['settings']>
    readonly now?: number
    readonly own?: { readonly cert: string; readonly key: string }
  } = {},
) {
  const tried = createProbe({
    settings: { ...SETTINGS, ...options.settings },
    clock: { now: () => options.now ?? Date.now() },
    clientCertificate: async () => options.own,
  })
  const form = network === undefined ? {} : { network }
  const { certificates = [] } = options
  return tried.run(connectionDocument(protocol, form, { certificates }))
}

const as2 = (url: string) => ({ as2: { url, as2Id: 'ACME' } })
const pesit = (port: number, host = '127.0.0.1') => ({ pesit: { host, port } })
const codes = (report: Awaited<ReturnType<typeof probe>>): readonly string[] =>
  report.steps.map(({ code }) => code)

describe('a probe goes step by step and stops at what fails', () => {
  test('an SFTP partner is never called', async () => {
    const report = await probe('sftp', undefined)
    expect(report).toMatchObject({ outcome: 'not-needed', target: null })
  })

  test('a form without an address says which fields to fill in', async () => {
    const report = await probe('as2', undefined)
    expect(codes(report)).toEqual(['ADDRESS_MISSING'])
    expect(report.outcome).toBe('fail')
    expect(report.steps[0]?.remedy?.fr).toContain('URL')
  })

  test('a name that nobody knows', async () => {
    const report = await probe('as2', as2('http://no-such-host.invalid/as2'))
    expect(codes(report)).toEqual(['ADDRESS_READ', 'NAME_UNKNOWN'])
  })

  test('a port where nothing listens', async () => {
    expect(codes(await probe('pesit', pesit(await freePort()))).at(-1)).toBe('TCP_REFUSED')
  })

  test('plain HTTP: what the server answers to HEAD', async () => {
    const seen: string[] = []
    const server = createHttpServer((request, response) => {
      seen.push(`${request.method} ${request.url} ${request.headers.host}`)
      response.statusCode = request.url === '/as2' ? 405 : 404
      if (request.url === '/broken') response.statusCode = 502
      response.end()
    })
    const port = await listening(server)
    const at = (path: string) => probe('as2', as2(`http://localhost:${port}${path}`))
    expect(await at('/as2')).toMatchObject({ outcome: 'pass' })
    expect(codes(await at('/as2'))).toEqual([
      'ADDRESS_READ',
      'NAME_RESOLVED',
      'TCP_OPEN',
      'TLS_NONE',
      'HTTP_ANSWERS',
    ])
    expect(codes(await at('/other')).at(-1)).toBe('HTTP_NO_SUCH_PATH')
    expect(codes(await at('/broken')).at(-1)).toBe('HTTP_IN_TROUBLE')
    expect(seen[0]).toBe(`HEAD /as2 localhost:${port}`)
  })

  test('a server that is silent, at each step', async () => {
    const port = await listening(createServer())
    const settings = { stepSeconds: 4 }
    const [http, tls] = await Promise.all([
      probe('as2', as2(`http://127.0.0.1:${port}/`), { settings }),
      probe('pesit', pesit(port), { settings }),
    ])
    expect(codes(http).at(-1)).toBe('HTTP_SILENT')
    expect(codes(tls).at(-1)).toBe('TLS_SILENT')
  })

  test('what speaks neither TLS nor HTTP', async () => {
    const port = await listening(createServer((socket) => void socket.end('SSH-2.0-other\r\n')))
    expect(codes(await probe('pesit', pesit(port))).at(-1)).toBe('TLS_NOT_SPOKEN')
    const http = await probe('as2', as2(`http://127.0.0.1:${port}/`))
    expect(codes(http).at(-1)).toBe('HTTP_NOT_SPOKEN')
  })

  test('HTTPS: another certificate than the registered one is all right, one for another name is not', async () => {
    const pair = await makePair('localhost')
    const server = createHttpsServer(pair, (_request, response) => void response.end())
    const port = await listening(server)
    const good = await probe('as2', as2(`https://localhost:${port}/as2`))
    expect(codes(good).slice(3)).toEqual(['TLS_AGREED', 'CERTIFICATE_OF_WEB', 'HTTP_ANSWERS'])
    const other = await makePair('elsewhere.example')
    server.setSecureContext(other)
    const bad = await probe('as2', as2(`https://localhost:${port}/as2`))
    expect(bad.outcome).toBe('warning')
    expect(codes(bad)).toContain('CERTIFICATE_NAME')
  })
})

describe('the certificate of a PeSIT server (openssl s_server) is compared with the registered one', () => {
  async function serve(pair: Pair, ...more: string[]): Promise<number> {
    const port = await freePort()
    const args = `s_server -accept 127.0.0.1:${port} -quiet -naccept 9`.split(' ')
    const child = spawn(
      'openssl',
      [...args, '-cert', pair.certFile, '-key', pair.keyFile, ...more],
      {
        stdio: ['pipe', 'ignore', 'pipe'],
      },
    )
    onTestFinished(() => void child.kill('SIGKILL'))
    const answers = async (): Promise<boolean> =>
      codes(await probe('pesit', pesit(port))).includes('TCP_OPEN')
    while (!(await answers())) if (child.exitCode !== null) throw new Error('s_server ended')
    return port
  }

  test('the registered one, one of the same key, another one', async () => {
    const pair = await makePair()
    const port = await serve(pair)
    const certificates = [registered(pair.cert)]
    const same = await probe('pesit', pesit(port), { certificates })
    expect(same.outcome).toBe('pass')
    expect(codes(same).slice(3)).toEqual(['TLS_AGREED', 'CERTIFICATE_REGISTERED'])

    const folder = await temporaryFolder()
    const renewedFile = join(folder, 'renewed.pem')
    const args = [
      'req',
      '-x509',
      '-new',
      '-key',
      pair.keyFile,
      '-subj',
      '/CN=new',
      '-out',
      renewedFile,
    ]
    expect(run('openssl', args).code).toBe(0)
    const renewed = [registered(readFileSync(renewedFile, 'utf8'))]
    const sameKey = await probe('pesit', pesit(port), { certificates: renewed })
    expect(codes(sameKey).at(-1)).toBe('CERTIFICATE_SAME_KEY')

    const other = [registered((await makePair()).cert)]
    const wrong = await probe('pesit', pesit(port), { certificates: other })
    expect(wrong.outcome).toBe('fail')
    expect(codes(wrong).at(-1)).toBe('CERTIFICATE_OTHER')
  })

  test('one that is not in time, by the gateway’s clock', async () => {
    const pair = await makePair('localhost', '-days', '30')
    const port = await serve(pair)
    const now = Date.now() + 60 * 86_400_000
    const late = await probe('pesit', pesit(port), { certificates: [registered(pair.cert)], now })
    expect(codes(late).at(-1)).toBe('CERTIFICATE_NOT_IN_TIME')
  })

  test('a server that does not trust the gateway’s certificate is told, in TLS 1.2 and 1.3', async () => {
    const [pair, own, authority] = [
      await makePair(),
      await makePair('gateway'),
      await makePair('ca'),
    ]
    for (const version of ['-tls1_2', '-tls1_3']) {
      const trust = ['-Verify', '1', '-verify_return_error', '-CAfile', authority.certFile, version]
      const port = await serve(pair, ...trust)
      const refused = await probe('pesit', pesit(port), { own })
      expect(codes(refused).at(-1), version).toBe('TLS_REFUSED')
    }
    const trusting = await serve(
      pair,
      '-Verify',
      '1',
      '-verify_return_error',
      '-CAfile',
      own.certFile,
    )
    const certificates = [registered(pair.cert)]
    expect((await probe('pesit', pesit(trusting), { own, certificates })).outcome).toBe('pass')
  })
})

describe('only addresses the operator allows are called', () => {
  const port = 9

  test('link-local and metadata addresses, written in any way', async () => {
    for (const host of ['169.254.169.254', '::ffff:169.254.169.254', 'fe80::1']) {
      expect(codes(await probe('pesit', pesit(port, host))).at(-1), host).toBe('ADDRESS_REFUSED')
    }
    for (const url of [
      'http://2852039166/latest',
      'http://0xa9fea9fe/',
      'http://[::ffff:a9fe:a9fe]/',
    ]) {
      expect(codes(await probe('as2', as2(url))).at(-1), url).toBe('ADDRESS_REFUSED')
    }
  })

  test('this machine, when that is refused, by name too', async () => {
    const settings = { loopback: 'refuse' } as const
    for (const host of ['127.0.0.1', '127.1.2.3', '::1', 'localhost']) {
      const report = await probe('pesit', pesit(port, host), { settings })
      expect(codes(report).at(-1), host).toBe('ADDRESS_REFUSED')
    }
  })

  test('one connection is tried once at a time', async () => {
    const silent = await listening(createServer())
    const tried = createProbe({
      settings: { ...SETTINGS, stepSeconds: 1 },
      clock: { now: () => Date.now() },
      clientCertificate: async () => undefined,
    })
    const document = connectionDocument('pesit', { network: pesit(silent) })
    const first = tried.run(document)
    await expect(tried.run(document)).rejects.toMatchObject({ code: 'API_BUSY' })
    await first
    await expect(tried.run(document)).resolves.toMatchObject({ outcome: 'fail' })
  })
})
