import { createReadStream, createWriteStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { recommendedName } from '../../config/flow-name.ts'
import { buildMessage, type HeaderList } from '../../protocols/as2/message-writer.ts'
import { collect, octetsOf, type Octets } from '../../protocols/as2/octets.ts'
import type { As2TestPartner } from '../../test/support/as2-partner.ts'
import type { BenchContext } from '../bench-context.ts'
import { smallArchive, stampArchive, writeLargeArchive } from '../flow-archive.ts'
import type { PreparedPost } from './posting-client.ts'
import { PARTNER_CODE } from './rig.ts'

const SMALL_BYTES = 20 * 1024
const MEBIBYTE = 1024 * 1024

/** A payload on disk, unlike any other once stamped. */
export interface LargePayload {
  readonly path: string
  readonly mebibytes: number
}

export async function makePayload(path: string, mebibytes: number): Promise<LargePayload> {
  await writeLargeArchive(path, mebibytes * MEBIBYTE)
  return { path, mebibytes }
}

/** Signed and encrypted, in a file of its own; a signed receipt is asked for. */
export async function makeLargeMessage(
  bench: BenchContext,
  partner: As2TestPartner,
  payload: LargePayload,
  path: string,
): Promise<PreparedPost> {
  const number = bench.nextNumber()
  await stampArchive(payload.path, number)
  const { size } = await stat(payload.path)
  const octets = createReadStream(payload.path, { highWaterMark: MEBIBYTE })
  const built = builtMessage(partner, number, octets as AsyncIterable<Buffer>, size)
  await pipeline(built.octets, createWriteStream(path))
  return { head: requestHead(partner, number, built.headers, (await stat(path)).size), path }
}

/** As many different small ones, in memory. */
export async function makeSmallMessages(
  bench: BenchContext,
  partner: As2TestPartner,
  count: number,
): Promise<readonly PreparedPost[]> {
  const posts: PreparedPost[] = []
  for (let made = 0; made < count; made += 1) {
    const number = bench.nextNumber()
    const content = smallArchive(SMALL_BYTES)
    const built = builtMessage(partner, number, octetsOf(content), content.length)
    const body = await collect(built.octets, MEBIBYTE)
    posts.push({ head: requestHead(partner, number, built.headers, body.length), body })
  }
  return posts
}

function builtMessage(partner: As2TestPartner, number: number, octets: Octets, bytes: number) {
  return buildMessage({
    payload: {
      octets,
      bytes,
      contentType: 'application/gzip',
      fileName: recommendedName('FSO1110A', PARTNER_CODE, number, 'tar.gz'),
    },
    sign: partner.signer,
    encrypt: { cipher: 'aes256-cbc', recipients: [{ certificate: partner.gateway }] },
    micHashes: [],
  })
}

function requestHead(
  partner: As2TestPartner,
  number: number,
  headers: HeaderList,
  bytes: number,
): string {
  const fields = [
    ['Host', '127.0.0.1'],
    ['AS2-From', partner.applicationCode],
    ['AS2-To', 'CPP001'],
    ['AS2-Version', '1.2'],
    ['Message-ID', `<${number}@bench.example>`],
    ['Disposition-Notification-To', 'partner'],
    [
      'Disposition-Notification-Options',
      'signed-receipt-protocol=required,pkcs7-signature; signed-receipt-micalg=required,sha-256',
    ],
    ...headers,
    ['Content-Length', String(bytes)],
  ]
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`)
  return `POST /as2 HTTP/1.1\r\n${lines.join('')}\r\n`
}
