import { constants, publicEncrypt, randomBytes, type KeyObject } from 'node:crypto'
import type { Certificate } from '../../certs/certificate.ts'
import type { Signer } from '../../protocols/as2/cms/write-signed.ts'
import { buildMessage, type HeaderList } from '../../protocols/as2/message-writer.ts'
import { collect, octetsOf } from '../../protocols/as2/octets.ts'

/** An encrypted message with one thing wrong in it that nobody may learn. */
export interface DamagedEnvelope {
  readonly headers: HeaderList
  readonly body: Buffer
}

type Base = 'cbc' | 'oaep' | 'gcm'

interface Damage {
  readonly base: Base
  readonly change: (body: Buffer, key: KeyObject) => void
}

/** OCTET STRING of a long length: the encrypted key stands in one. */
const LONG_OCTETS = Buffer.from('0482', 'hex')
const KEY_BYTES = { right: 32, shorter: 16, longer: 48 } as const

/** What may be wrong, by a name: what RFC 3218 and the attacks since speak of. */
const DAMAGES = {
  'key of 16 bytes, good padding': keyOf(KEY_BYTES.shorter),
  'key of 48 bytes, good padding': keyOf(KEY_BYTES.longer),
  'another key of the right length': keyOf(KEY_BYTES.right),
  'PKCS#1 v1.5: no 00 02': { base: 'cbc', change: rawBlock((block) => block.writeUInt8(7, 1)) },
  'PKCS#1 v1.5: no zero behind the padding': {
    base: 'cbc',
    change: rawBlock((block) => {
      for (const [at, byte] of block.entries()) if (byte === 0) block[at] = 1
      block.writeUInt16BE(2, 0)
    }),
  },
  'OAEP: a block of no encoding': { base: 'oaep', change: rawBlock(() => {}) },
  'OAEP: key of 16 bytes': {
    base: 'oaep',
    change: (body, key) =>
      replaceKey(body, publicEncrypt({ key, oaepHash: 'sha256' }, randomBytes(KEY_BYTES.shorter))),
  },
  'padding of the content': { base: 'cbc', change: (body) => flip(body, 1) },
  'tag of the content (GCM)': { base: 'gcm', change: (body) => flip(body, 1) },
} as const satisfies Record<string, Damage>

export type DamageName = keyof typeof DAMAGES
export const DAMAGE_NAMES = Object.keys(DAMAGES) as readonly DamageName[]

function keyOf(bytes: number): Damage {
  return {
    base: 'cbc',
    change: (body, key) => {
      const padding = constants.RSA_PKCS1_PADDING
      replaceKey(body, publicEncrypt({ key, padding }, randomBytes(bytes)))
    },
  }
}

/** A block that decrypts to random bytes, changed, under 2^(n - 8). */
function rawBlock(change: (block: Buffer) => void) {
  return (body: Buffer, key: KeyObject): void => {
    const bytes = key.asymmetricKeyDetails!.modulusLength! / 8
    const block = randomBytes(bytes)
    block[0] = 0
    change(block)
    replaceKey(body, publicEncrypt({ key, padding: constants.RSA_NO_PADDING }, block))
  }
}

function replaceKey(body: Buffer, encrypted: Buffer): void {
  const head = Buffer.concat([
    LONG_OCTETS,
    Buffer.of(encrypted.length >> 8, encrypted.length & 255),
  ])
  const at = body.indexOf(head)
  if (at === -1) throw new Error('The message has no encrypted key of this length')
  encrypted.copy(body, at + head.length)
}

function flip(body: Buffer, fromEnd: number): void {
  body[body.length - fromEnd]! ^= 0x55
}

/** Makes messages of one content, signed by the partner, each damaged anew. */
export async function damagedEnvelopes(
  signer: Signer,
  gateway: Certificate,
  payload: { readonly content: Buffer; readonly fileName: string },
): Promise<(name: DamageName) => DamagedEnvelope> {
  const make = async (cipher: 'aes256-cbc' | 'aes256-gcm', oaep?: 'sha256') => {
    const built = buildMessage({
      payload: {
        octets: octetsOf(payload.content),
        bytes: payload.content.length,
        contentType: 'application/gzip',
        fileName: payload.fileName,
      },
      sign: signer,
      encrypt: {
        cipher,
        recipients: [{ certificate: gateway, ...(oaep === undefined ? {} : { oaep }) }],
      },
      micHashes: [],
    })
    const body = await collect(built.octets, payload.content.length * 2 + 100_000)
    return { headers: built.headers, body }
  }
  const bases: Readonly<Record<Base, DamagedEnvelope>> = {
    cbc: await make('aes256-cbc'),
    oaep: await make('aes256-cbc', 'sha256'),
    gcm: await make('aes256-gcm'),
  }
  return (name) => {
    const { base, change }: Damage = DAMAGES[name]
    const { headers, body } = bases[base]
    const copy = Buffer.from(body)
    change(copy, gateway.publicKey!)
    return { headers, body: copy }
  }
}
