import { spawn } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { deflateSync } from 'node:zlib'
import {
  GATEWAY_ID,
  GATEWAY_KEY,
  PARTNER_ID,
  PARTNER_KEY,
  type As2Reception,
} from './as2-reception.ts'
import type { OpenSslCertificates, OpenSslOrder } from './openssl-certificates.ts'

/** A partner made of the OpenSSL command line and curl: nothing of ours takes part. */

/** A MIME entity: its header lines and its body. */
export interface Entity {
  readonly headers: readonly string[]
  readonly body: Buffer
}

export interface HttpReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  /** Exit code of curl. */
  readonly code: number
}

export class OpenSslClient {
  readonly peer: OpenSslCertificates
  #next = 0

  constructor(peer: OpenSslCertificates) {
    this.peer = peer
  }

  file(bytes: Uint8Array): string {
    this.#next += 1
    const path = this.peer.path(`file-${this.#next}`)
    writeFileSync(path, bytes)
    return path
  }

  payload(name: string, content: Buffer, encoding: 'binary' | 'base64' = 'binary'): Entity {
    return {
      headers: [
        `Content-Type: application/gzip; name="${name}"`,
        `Content-Disposition: attachment; filename="${name}"`,
        `Content-Transfer-Encoding: ${encoding}`,
      ],
      body: encoding === 'base64' ? base64(content) : content,
    }
  }

  /** multipart/signed around it, the signature by `openssl cms -sign`. */
  sign(
    entity: Entity,
    { by = PARTNER_KEY, flags = [], md = 'sha256', change }: SignOptions = {},
  ): Entity {
    const part = bytesOf(entity)
    const args = ['-sign', '-binary', '-signer', this.peer.certificate(by), '-md', md]
    const signature = this.#cms(part, [...args, '-inkey', this.peer.key(by.key), ...flags])
    const boundary = `=_${randomUUID()}`
    const micalg = md === 'sha1' ? 'sha1' : md.replace('sha', 'sha-')
    return {
      headers: [
        `Content-Type: multipart/signed; protocol="application/pkcs7-signature"; micalg=${micalg}; boundary="${boundary}"`,
      ],
      body: Buffer.concat([
        Buffer.from(`--${boundary}\r\n`),
        change?.(part) ?? part,
        Buffer.from(
          `\r\n--${boundary}\r\nContent-Type: application/pkcs7-signature; name=smime.p7s\r\nContent-Transfer-Encoding: base64\r\n\r\n`,
        ),
        base64(signature),
        Buffer.from(`\r\n--${boundary}--\r\n`),
      ]),
    }
  }

  /** Signed with the content inside. */
  signOpaque(entity: Entity, by: OpenSslOrder = PARTNER_KEY): Entity {
    const args = ['-sign', '-nodetach', '-binary', '-signer', this.peer.certificate(by)]
    const der = this.#cms(bytesOf(entity), [...args, '-inkey', this.peer.key(by.key)])
    return pkcs7('signed-data', 'smime.p7m', der)
  }

  encrypt(entity: Entity, options: EncryptOptions = {}): Entity {
    return this.encryptBytes(bytesOf(entity), options)
  }

  encryptBytes(bytes: Buffer, options: EncryptOptions = {}): Entity {
    const { to = GATEWAY_KEY, cipher = 'aes-256-cbc', flags = [], encoding } = options
    const first = typeof to === 'string' ? to : this.peer.certificate(to)
    const recipients = [first, ...(options.others ?? [])]
    const args = ['-encrypt', '-binary', `-${cipher}`, ...flags]
    const der = this.#cms(bytes, args, recipients, options.recip)
    const type = cipher.endsWith('gcm') ? 'authEnveloped-data' : 'enveloped-data'
    return pkcs7(type, 'smime.p7m', der, encoding)
  }

  /** By hand: the OpenSSL of most systems is built without zlib. */
  compress(entity: Entity): Entity {
    return pkcs7('compressed-data', 'smime.p7z', compressedData(deflateSync(bytesOf(entity))))
  }

  #cms(
    input: Buffer,
    args: readonly string[],
    last: readonly string[] = [],
    recip: readonly string[] = [],
  ): Buffer {
    const from = this.file(input)
    const to = `${from}.out`
    this.peer.openssl('cms', ...args, '-outform', 'DER', '-in', from, '-out', to, ...recip, ...last)
    const out = readFileSync(to)
    rmSync(to)
    rmSync(from)
    return out
  }

  /** Posts by curl. */
  async post(
    reception: Pick<As2Reception, 'url'>,
    entity: Entity,
    options: PostOptions = {},
  ): Promise<HttpReply> {
    const { receipt = 'signed', messageId = `<${randomUUID()}@partner>` } = options
    const headers = [
      `AS2-From: ${options.from ?? PARTNER_ID}`,
      `AS2-To: ${options.to ?? GATEWAY_ID}`,
      `Message-ID: ${messageId}`,
      'AS2-Version: 1.2',
      'MIME-Version: 1.0',
      'Expect:',
      ...entity.headers,
      ...(receipt === 'none' ? [] : ['Disposition-Notification-To: edi@partner.example']),
      ...(receipt === 'signed'
        ? [
            'Disposition-Notification-Options: signed-receipt-protocol=required,pkcs7-signature; signed-receipt-micalg=required,sha-256',
          ]
        : []),
      ...(options.headers ?? []),
    ]
    const body = this.file(entity.body)
    const head = `${body}.head`
    const out = `${body}.reply`
    const args = [
      '-sS',
      '-k',
      '--max-time',
      '240',
      '-D',
      head,
      '-o',
      out,
      '--data-binary',
      `@${body}`,
    ]
    const code = await ended('curl', [
      ...args,
      ...headers.flatMap((line) => ['-H', line]),
      ...(options.curl ?? []),
      reception.url,
    ])
    const reply = readReply(code, head, out)
    for (const path of [body, head, out]) rmSync(path, { force: true })
    return reply
  }

  /**
   * What an MDN says, its signature verified by OpenSSL against the gateway's certificate: an
   * order, or the path of one.
   */
  readMdn(reply: HttpReply, by: OpenSslOrder | string = GATEWAY_KEY): MdnFields {
    const type = reply.headers['content-type'] ?? ''
    const isSigned = type.startsWith('multipart/signed')
    const text = reply.body.toString('latin1')
    if (isSigned) {
      const boundary = /boundary="([^"]+)"/.exec(type)![1]!
      const [, part = '', signature = ''] = text.split(`--${boundary}\r\n`)
      // The line end in front of a boundary is the boundary's.
      const content = this.file(Buffer.from(part.slice(0, -2), 'latin1'))
      const base64 = signature.split('\r\n\r\n')[1]!.split('--')[0]!
      const path = this.file(Buffer.from(base64, 'base64'))
      const args = ['-verify', '-binary', '-inform', 'DER', '-in', path, '-content', content]
      const signer = typeof by === 'string' ? by : this.peer.certificate(by)
      const certificate = ['-certfile', signer, '-nointern', '-noverify']
      this.peer.openssl('cms', ...args, ...certificate, '-out', `${path}.v`)
    }
    const field = (name: string): string | undefined =>
      new RegExp(`^${name}: (.*)\r$`, 'im').exec(text)?.[1]
    return {
      isSigned,
      disposition: field('Disposition')?.replace(/^.*; /, ''),
      mic: field('Received-Content-MIC'),
      originalMessageId: field('Original-Message-ID'),
      recipient: field('Final-Recipient'),
    }
  }
}

export interface SignOptions {
  readonly by?: OpenSslOrder
  readonly flags?: readonly string[]
  readonly md?: string
  /** What becomes of the part after it was signed. */
  readonly change?: (part: Buffer) => Buffer
}

export interface EncryptOptions {
  /** An order, or the path of a certificate. */
  readonly to?: OpenSslOrder | string
  readonly others?: readonly string[]
  readonly cipher?: string
  readonly flags?: readonly string[]
  readonly recip?: readonly string[]
  readonly encoding?: 'binary' | 'base64'
}

export interface PostOptions {
  readonly from?: string
  readonly to?: string
  readonly messageId?: string
  readonly receipt?: 'signed' | 'unsigned' | 'none'
  readonly headers?: readonly string[]
  readonly curl?: readonly string[]
}

export interface MdnFields {
  readonly isSigned: boolean
  readonly disposition: string | undefined
  readonly mic: string | undefined
  readonly originalMessageId: string | undefined
  readonly recipient: string | undefined
}

/** Header lines, blank line, body. */
export function bytesOf({ headers, body }: Entity): Buffer {
  return Buffer.concat([Buffer.from(`${headers.join('\r\n')}\r\n\r\n`, 'latin1'), body])
}

export const micOver = (bytes: Buffer, hash = 'sha256', name = 'sha-256'): string =>
  `${createHash(hash).update(bytes).digest('base64')}, ${name}`

/** CompressedData (RFC 3274) in BER: lengths of four bytes. */
export function compressedData(zlib: Buffer): Buffer {
  const zlibOid = '060b2a864886f70d0109100308'
  const dataOid = '06092a864886f70d010701'
  const compressedOid = '060b2a864886f70d0109100109'
  const content = der(0x30, hex(dataOid), der(0xa0, der(0x04, zlib)))
  const compressed = der(0x30, hex('020100'), der(0x30, hex(zlibOid)), content)
  return der(0x30, hex(compressedOid), der(0xa0, compressed))
}

const hex = (text: string): Buffer => Buffer.from(text, 'hex')

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const length = Buffer.alloc(5)
  length[0] = 0x84
  length.writeUInt32BE(content.length, 1)
  return Buffer.concat([Buffer.of(tag), length, content])
}

function pkcs7(
  type: string,
  name: string,
  der: Buffer,
  encoding: 'binary' | 'base64' = 'binary',
): Entity {
  return {
    headers: [
      `Content-Type: application/pkcs7-mime; smime-type=${type}; name=${name}`,
      `Content-Transfer-Encoding: ${encoding}`,
    ],
    body: encoding === 'base64' ? base64(der) : der,
  }
}

function base64(bytes: Buffer): Buffer {
  const lines = bytes.toString('base64').match(/.{1,76}/g) ?? []
  return Buffer.from(`${lines.join('\r\n')}\r\n`)
}

function ended(program: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'ignore' })
    child.once('error', reject)
    child.once('close', (code) => resolve(code ?? -1))
  })
}

function readReply(code: number, headPath: string, bodyPath: string): HttpReply {
  const text = readOr(headPath).toString('latin1')
  // The last block: a 100 may stand before it.
  const [status = '', ...lines] = (text.trimEnd().split('\r\n\r\n').at(-1) ?? '').split('\r\n')
  const headers = lines.map((line) => {
    const at = line.indexOf(':')
    return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()]
  })
  return {
    status: Number(status.split(' ')[1] ?? 0),
    headers: Object.fromEntries(headers) as Record<string, string>,
    body: readOr(bodyPath),
    code,
  }
}

function readOr(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch {
    return Buffer.alloc(0)
  }
}
