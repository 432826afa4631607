import { createPrivateKey, X509Certificate } from 'node:crypto'
import { request } from 'node:http'
import { readCertificate, type Certificate } from '../../certs/certificate.ts'
import { makeKeyPair } from '../../certs/key-pair.ts'
import { makeSigningRequest } from '../../certs/signing-request.ts'
import { configSchema } from '../../config/schema.ts'
import { startGateway } from '../../gateway/main.ts'
import type { Signer } from '../../protocols/as2/cms/write-signed.ts'
import { buildMessage, type HeaderList } from '../../protocols/as2/message-writer.ts'
import { collect, octetsOf } from '../../protocols/as2/octets.ts'

/** A partner of a gateway that runs as a process of its own. */
export interface As2TestPartner {
  readonly applicationCode: string
  readonly signer: Signer
  readonly gateway: Certificate
}

/** A message made once, to be posted as often as it takes. */
export interface MadeMessage {
  readonly name: string
  readonly headers: HeaderList
  readonly body: Buffer
}

export interface PostReply {
  readonly status: number
  readonly body: Buffer
}

const DAY = 86_400_000

/** Registers a partner in a data folder, with a gateway that runs for as long as that takes. */
export async function registerAs2Partner(
  data: string,
  applicationCode = 'BET002',
): Promise<As2TestPartner> {
  const gateway = await startGateway(
    configSchema.parse({
      data,
      sftp: { port: 0 },
      as2: { port: 0, https: false },
      pesit: { port: 0 },
      api: { port: 0 },
      log: { level: 'silent' },
    }),
  )
  try {
    const { privateKey } = await makeKeyPair({ type: 'rsa', bits: 2_048 })
    const requestPem = makeSigningRequest('as2.partner.example', privateKey)
    const issued = await gateway.identity.signRequest({ requestPem, purpose: 'as2', days: 30 })
    if (issued === undefined) throw new Error('the test authority refused our request')
    const registration = await gateway.forms.register({
      applicationCode,
      name: 'Partner',
      protocol: 'as2',
      certificatePem: [issued.certificatePem, ...issued.chainPem].join(''),
      modes: { FSO1110A: 'PARTIAL' },
      validFrom: Date.now() - DAY,
      validUntil: Date.now() + 30 * DAY,
      network: { as2: { url: 'http://127.0.0.1:9/as2', as2Id: applicationCode } },
    })
    if (registration.outcome === 'refused') throw new Error(JSON.stringify(registration.reasons))
    const [own] = await gateway.identity.certificates('as2')
    return {
      applicationCode,
      gateway: readCertificate(new X509Certificate(own!.certificatePem).raw),
      signer: {
        certificate: readCertificate(new X509Certificate(issued.certificatePem).raw),
        privateKey: createPrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' })),
        hash: 'sha256',
        signingTime: Date.now(),
      },
    }
  } finally {
    await gateway.stop()
  }
}

/** Signed and encrypted, with a signed receipt asked for. */
export async function makeMessage(
  partner: As2TestPartner,
  name: string,
  content: Buffer,
  messageId: string,
): Promise<MadeMessage> {
  const built = buildMessage({
    payload: {
      octets: octetsOf(content),
      bytes: content.length,
      contentType: 'application/gzip',
      fileName: name,
    },
    sign: partner.signer,
    encrypt: { cipher: 'aes256-cbc', recipients: [{ certificate: partner.gateway }] },
    micHashes: [],
  })
  const body = await collect(built.octets, content.length * 2 + 100_000)
  return {
    name,
    headers: [
      ['AS2-From', partner.applicationCode],
      ['AS2-To', 'CPP001'],
      ['AS2-Version', '1.2'],
      ['Message-ID', messageId],
      ['Disposition-Notification-To', 'partner'],
      [
        'Disposition-Notification-Options',
        'signed-receipt-protocol=required,pkcs7-signature; signed-receipt-micalg=required,sha-256',
      ],
      ...built.headers,
    ],
    body,
  }
}

/** @returns undefined when the line breaks before the whole answer is here */
export function postMessage(
  { headers, body }: MadeMessage,
  port: number,
): Promise<PostReply | undefined> {
  return new Promise((resolve) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port,
        path: '/as2',
        method: 'POST',
        agent: false,
        headers: { ...Object.fromEntries(headers), 'Content-Length': body.length },
      },
      (response) => {
        const pieces: Buffer[] = []
        response.on('data', (piece: Buffer) => pieces.push(piece))
        response.on('error', () => resolve(undefined))
        response.on('close', () => {
          const whole = { status: response.statusCode ?? 0, body: Buffer.concat(pieces) }
          resolve(response.complete ? whole : undefined)
        })
      },
    )
    sent.on('error', () => resolve(undefined))
    sent.end(body)
  })
}
