// The peer inside TLS, with client certificates made by openssl.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, expect, test } from 'vitest'
import type { InitiatorOptions, SendOrder } from './initiator-orders.ts'
import { PesitInitiator } from './pesit-initiator.ts'
import { PesitResponder } from './pesit-responder.ts'
import type { ResponderOptions } from './responder-options.ts'

const SYNC = { intervalKib: 4, window: 2 }
const FILE: SendOrder = {
  fileName: 'FACT0001',
  articleBytes: 1024,
  content: Buffer.alloc(40_000, 7),
}

let responder: PesitResponder | undefined

afterEach(async () => {
  await responder?.stop()
  responder = undefined
})

async function listen(options: ResponderOptions = {}): Promise<PesitResponder> {
  responder = await PesitResponder.listen({ sync: SYNC, ...options })
  return responder
}

function caller(more: Partial<InitiatorOptions> = {}): InitiatorOptions {
  return {
    port: responder?.port ?? 0,
    requester: 'PARTNER1',
    server: 'PEERSRV',
    sync: SYNC,
    ...more,
  }
}

let folder = ''
const read = (name: string): string => readFileSync(join(folder, name), 'utf8')

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'raccord-pesit-peer-'))
  for (const name of ['server', 'client', 'stranger'])
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'].concat(
        ['-days', '2', '-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1'],
        ['-keyout', `${name}.key`, '-out', `${name}.pem`],
      ),
      { cwd: folder, stdio: 'ignore' },
    )
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
})

async function listenTls(): Promise<void> {
  await listen({
    tls: {
      key: read('server.key'),
      cert: read('server.pem'),
      ca: read('client.pem'),
      requestCert: true,
      rejectUnauthorized: true,
    },
  })
}

function tls(name: string): NonNullable<InitiatorOptions['tls']> {
  return { key: read(`${name}.key`), cert: read(`${name}.pem`), ca: read('server.pem') }
}

test.each(['prefix', 'raw'] as const)('a file goes through TLS in %s framing', async (framing) => {
  await listenTls()
  const initiator = await PesitInitiator.connect(caller({ framing, tls: tls('client') }))
  await initiator.sendFile(FILE)
  await initiator.release()
  expect((await responder?.nextFile())?.counts.dataBytes).toBe(40_000)
})

test('a client certificate nobody knows ends the connection', async () => {
  await listenTls()
  await expect(PesitInitiator.connect(caller({ tls: tls('stranger') }))).rejects.toMatchObject({
    kind: 'closed',
  })
})

test('a clear caller gets nothing from a TLS listener', async () => {
  await listenTls()
  await expect(PesitInitiator.connect(caller())).rejects.toMatchObject({ kind: 'closed' })
})
