import { createPrivateKey } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readCertificate } from '../../certs/certificate.ts'
import { recommendedName, reportBaseName } from '../../config/flow-name.ts'
import { loadConfig } from '../../config/load.ts'
import { ApiClient } from '../../gateway/cli/api-client.ts'
import { startGateway, type Gateway } from '../../gateway/main.ts'
import { archiveBytes } from '../../processing/archives/write-archive.ts'
import { makeUblInvoice } from '../../processing/formats/ubl/sample.ts'
import { readCsoReport } from '../../processing/returns/read-cso-report.ts'
import { SAMPLE_RECIPIENT_SIRET, SAMPLE_SUPPLIER_SIRET } from '../../gateway/cli/sample-invoice.ts'
import { OpenSslCertificates, type OpenSslOrder } from '../support/openssl-certificates.ts'
import type { PythonClients } from '../support/python-clients.ts'
import { installPyas2lib, Pyas2libPeer } from './pyas2lib.ts'

const CODE = 'PYA001'
const KEY: OpenSslOrder = {
  key: 'rsa2048',
  subject: '/C=FR/O=Py/CN=as2.py.example',
  extensions: [
    'keyUsage=digitalSignature,keyEncipherment',
    'extendedKeyUsage=serverAuth,emailProtection',
  ],
}
const DAY = 86_400_000

const certificates = new OpenSslCertificates()
let clients: PythonClients | undefined
let folder: string
let gateway: Gateway
let peer: Pyas2libPeer
let url: string

beforeAll(async () => {
  clients = await installPyas2lib()
  if (clients === undefined) {
    if (process.env['CI'] === 'true') throw new Error('pyas2lib cannot be installed')
    return
  }
  folder = await mkdtemp(join(tmpdir(), 'raccord-interop-'))
  gateway = await startGateway(
    loadConfig({
      environment: {},
      overrides: {
        data: join(folder, 'data'),
        api: { port: 0 },
        sftp: { port: 0 },
        as2: { port: 0, https: false },
        pesit: { port: 0 },
        connections: { activation: 'at-once' },
        log: { level: 'silent' },
      },
    }),
  )
  const { port } = gateway.run.listeners.find(({ protocol }) => protocol === 'as2')!
  url = `http://127.0.0.1:${port}/as2`
  const certificatePem = readCertificate(certificates.der(KEY)).x509.toString()
  const privateKey = createPrivateKey(certificates.read(certificates.key(KEY.key)))
  const ownKey = join(folder, 'own.pem')
  const keyPem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  await writeFile(ownKey, keyPem + certificatePem)
  const partnerCertificate = join(folder, 'gateway.pem')
  const [own] = await gateway.identity.certificates('as2')
  await writeFile(partnerCertificate, own!.certificatePem)
  const config = { ownName: CODE, ownKey, partnerName: 'CPP001', partnerCertificate, folder }
  peer = await Pyas2libPeer.start(clients.python, config)
  const registered = await gateway.forms.register({
    applicationCode: CODE,
    name: 'A partner on pyas2lib',
    protocol: 'as2',
    certificatePem,
    modes: { FSO1110A: 'PARTIAL' },
    validFrom: Date.now() - DAY,
    validUntil: Date.now() + 300 * DAY,
    network: { as2: { url: peer.url, as2Id: CODE } },
  })
  if (registered.outcome === 'refused') throw new Error(JSON.stringify(registered.reasons))
})

afterAll(async () => {
  if (clients === undefined) return
  await peer.stop()
  await gateway.stop()
  await clients.remove()
  await rm(folder, { recursive: true, force: true, maxRetries: 10 })
  certificates.remove()
})

test('a flow that pyas2lib sends is integrated, and its report is brought back and proved', async (context) => {
  if (clients === undefined) return context.skip()
  const name = recommendedName('FSO1110A', CODE, 1, 'tar.gz')
  const invoice = makeUblInvoice({
    number: 'PY-1',
    issueDate: new Date().toISOString().slice(0, 10),
    supplierSiret: SAMPLE_SUPPLIER_SIRET,
    recipientSiret: SAMPLE_RECIPIENT_SIRET,
    lines: 2,
  })
  const file = join(folder, 'flow')
  await writeFile(file, await archiveBytes([{ name: 'PY-1.xml', content: invoice }]))
  const sent = await peer.send({
    url,
    file,
    name,
    contentType: 'application/octet-stream',
    settings: {
      sign: true,
      digest_alg: 'sha256',
      encrypt: true,
      enc_alg: 'aes_256_cbc',
      mdn_mode: 'SYNC',
      mdn_digest_alg: 'sha256',
    },
  })
  expect(sent).toEqual({ http: 200, status: 'processed', details: null })

  const client = ApiClient.ofRun(gateway.run)
  const number = name.slice(16, 41)
  await expect
    .poll(async () => (await client.flow(number)).returns.map((back) => back.state), {
      timeout: 30_000,
    })
    .toEqual(['DELIVERED'])
  expect(await client.flow(number)).toMatchObject({ state: 'IN_INTEGRE', protocol: 'as2' })
  const [received] = await peer.received()
  expect(received).toMatchObject({
    status: 'processed',
    signed: true,
    encrypted: true,
    name: expect.stringMatching(new RegExp(`^${reportBaseName(name)}`)),
  })
  const report = readCsoReport(await readFile(join(folder, received!.name!)))
  expect(report).toMatchObject({ flowIdentifier: number, status: '90' })
})
