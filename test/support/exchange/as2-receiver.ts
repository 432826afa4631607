import { createServer, type IncomingMessage } from 'node:http'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { micOver, type OpenSslClient } from '../as2-openssl-client.ts'
import type { OpenSslOrder } from '../openssl-certificates.ts'

/** What a partner's server was sent. */
export interface As2Delivered {
  readonly name: string
  readonly content: Buffer
}

export interface As2ReceiverOptions {
  readonly client: OpenSslClient
  readonly as2Id: string
  readonly own: OpenSslOrder
  /** Path of the gateway's certificate, PEM. */
  readonly gatewayCertificate: string
}

/**
 * The server of a partner on AS2, made of the OpenSSL command line: it decrypts, verifies, and
 * answers each message with a signed receipt. Nothing of ours takes part.
 */
export class As2Receiver {
  readonly url: string
  readonly delivered: As2Delivered[] = []
  /** Receipts that were posted to it. */
  readonly receipts: string[] = []
  readonly #server: ReturnType<typeof createServer>

  private constructor(server: ReturnType<typeof createServer>) {
    this.#server = server
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/as2`
  }

  static async start(options: As2ReceiverOptions): Promise<As2Receiver> {
    const server = createServer()
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    const receiver = new As2Receiver(server)
    server.on('request', (request, response) => {
      void bodyOf(request).then((body) => {
        if (body.includes('message/disposition-notification')) {
          receiver.receipts.push(body.toString('latin1'))
          response.writeHead(200)
          response.end()
          return
        }
        const { delivered, receipt } = take(options, request.headers, body)
        receiver.delivered.push(delivered)
        const [type = ''] = receipt.headers
        response.writeHead(200, {
          'AS2-From': options.as2Id,
          'AS2-To': String(request.headers['as2-from']),
          'AS2-Version': '1.2',
          'Message-ID': `<receipt-${receiver.delivered.length}@${options.as2Id}>`,
          'Content-Type': type.slice(type.indexOf(':') + 2),
        })
        response.end(receipt.body)
      })
    })
    return receiver
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => {
      this.#server.close(resolve)
    })
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  return Buffer.concat(await request.toArray())
}

function take(
  { client, as2Id, own, gatewayCertificate }: As2ReceiverOptions,
  headers: IncomingMessage['headers'],
  body: Buffer,
) {
  const { peer } = client
  const der = ['-inform', 'DER', '-binary']
  const [plain, checked] = [peer.path('plain'), peer.path('checked')]
  const mine = ['-recip', peer.certificate(own), '-inkey', peer.key(own.key)]
  peer.openssl('cms', '-decrypt', ...der, ...mine, '-in', client.file(body), '-out', plain)
  const signed = readFileSync(plain)
  const boundary = /boundary="?([^";\r]+)/.exec(signed.toString('latin1'))?.[1] ?? ''
  const [, part = Buffer.alloc(0), signature = Buffer.alloc(0)] = split(signed, `--${boundary}`)
  const signatureText = signature.subarray(signature.indexOf('\r\n\r\n') + 4)
  const isBase64 = /base64/i.test(signature.toString('latin1'))
  const signatureDer = isBase64 ? Buffer.from(signatureText.toString(), 'base64') : signatureText
  const against = ['-certfile', gatewayCertificate, '-nointern', '-noverify', '-out', checked]
  const input = ['-in', client.file(signatureDer), '-content', client.file(part)]
  peer.openssl('cms', '-verify', ...der, ...input, ...against)
  const end = part.indexOf('\r\n\r\n')
  const head = part.subarray(0, end).toString()
  const content = part.subarray(end + 4)
  return {
    delivered: {
      name: /filename="?([^";\r]+)/.exec(head)?.[1] ?? '',
      content: /base64/i.test(head) ? Buffer.from(content.toString(), 'base64') : content,
    },
    receipt: client.sign(report(as2Id, String(headers['message-id']), micOver(part)), { by: own }),
  }
}

/** Between the marks: a line end before and behind each is the mark's. */
function split(bytes: Buffer, mark: string): Buffer[] {
  const pieces: Buffer[] = []
  let from = 0
  for (;;) {
    const at = bytes.indexOf(mark, from)
    if (at < 0) return pieces
    pieces.push(bytes.subarray(from, Math.max(from, at - 2)))
    from = at + mark.length + 2
  }
}

/** A message disposition notification (RFC 4130 §7). */
function report(as2Id: string, messageId: string, mic: string) {
  const lines = [
    '--report',
    'Content-Type: text/plain',
    '',
    'Received.',
    '--report',
    'Content-Type: message/disposition-notification',
    '',
    `Final-Recipient: rfc822; ${as2Id}`,
    `Original-Message-ID: ${messageId}`,
    'Disposition: automatic-action/MDN-sent-automatically; processed',
    `Received-Content-MIC: ${mic}`,
    '',
    '--report--',
    '',
  ]
  return {
    headers: [
      'Content-Type: multipart/report; report-type=disposition-notification; boundary="report"',
    ],
    body: Buffer.from(lines.join('\r\n')),
  }
}
