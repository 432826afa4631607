import { createCipheriv, randomBytes, type CipherGCM, type Cipheriv } from 'node:crypto'
import { derElement, derOid, inSetOrder } from '../../../certs/write-der.ts'
import { buffersPassed } from '../../young-buffers.ts'
import type { Octets } from '../octets.ts'
import { cipherRow, type CipherName, type CipherRow } from './algorithms.ts'
import { framed, framedBytes, type FramedContent } from './framed-content.ts'
import { OID } from './object-identifiers.ts'
import { BYTE } from './tags.ts'
import { writeRecipient, type Recipient } from './write-recipient.ts'

/** RFC 5084 §3.2: all of the tag. */
const TAG_BYTES = 16

export interface EnvelopeOrder {
  readonly octets: Octets
  /** Of the octets, when known: the message is then DER and its length known too. */
  readonly bytes: number | undefined
  readonly cipher: CipherName
  readonly recipients: readonly Recipient[]
}

/** Octets on their way out. */
export interface Written {
  readonly octets: Octets
  readonly bytes: number | undefined
}

/** Encrypts as EnvelopedData (CBC) or AuthEnvelopedData (GCM). */
export function writeEnveloped({ octets, bytes, cipher, recipients }: EnvelopeOrder): Written {
  const row = cipherRow(cipher)
  if (!row.canSend) throw new TypeError(`${cipher} is read and never sent.`)
  const key = randomBytes(row.keyBytes)
  const encryption = new Encryption(row, key, octets)
  const isGcm = row.mode === 'gcm'
  const infos = recipients.map((recipient) => writeRecipient(recipient, key))
  const hasAgreement = infos.some((info) => info[0] === BYTE.explicit1)
  const version = isGcm || !hasAgreement ? 0 : 2
  const after = { bytes: TAG_BYTES + 2, make: () => encryption.tagElement() }
  const message: FramedContent = {
    frames: [
      {
        tag: BYTE.sequence,
        before: [derOid(isGcm ? OID.authEnvelopedData : OID.envelopedData)],
      },
      { tag: BYTE.explicit0, before: [] },
      {
        tag: BYTE.sequence,
        before: [
          derElement(BYTE.integer, Buffer.of(version)),
          derElement(BYTE.set, ...inSetOrder(infos)),
        ],
        ...(isGcm ? { after } : {}),
      },
      { tag: BYTE.sequence, before: [derOid(OID.data), encryption.algorithm] },
    ],
    tag: BYTE.context0,
    octets: encryption.octets(),
    bytes: bytes === undefined ? undefined : encryptedBytes(row, bytes),
  }
  return { octets: framed(message), bytes: framedBytes(message) }
}

function encryptedBytes({ mode, blockBytes }: CipherRow, bytes: number): number {
  return mode === 'gcm' ? bytes : (Math.floor(bytes / blockBytes) + 1) * blockBytes
}

class Encryption {
  readonly #gcm: CipherGCM | undefined
  readonly #cipher: Cipheriv
  readonly #octets: Octets
  /** The AlgorithmIdentifier with its IV. */
  readonly algorithm: Buffer

  constructor(row: CipherRow, key: Buffer, octets: Octets) {
    const iv = randomBytes(row.ivBytes)
    this.#gcm =
      row.mode === 'gcm'
        ? createCipheriv(row.node as 'aes-256-gcm', key, iv, { authTagLength: TAG_BYTES })
        : undefined
    this.#cipher = this.#gcm ?? createCipheriv(row.node, key, iv)
    this.#octets = octets
    const ivElement = derElement(BYTE.octetString, iv)
    const length = derElement(BYTE.integer, Buffer.of(TAG_BYTES))
    this.algorithm = derElement(
      BYTE.sequence,
      derOid(row.oid),
      row.mode === 'gcm' ? derElement(BYTE.sequence, ivElement, length) : ivElement,
    )
  }

  async *octets(): AsyncGenerator<Buffer> {
    for await (const piece of this.#octets) {
      const encrypted = this.#cipher.update(piece)
      buffersPassed(encrypted.length)
      if (encrypted.length > 0) yield encrypted
    }
    const last = this.#cipher.final()
    if (last.length > 0) yield last
  }

  tagElement(): Buffer {
    return derElement(BYTE.octetString, this.#gcm?.getAuthTag() ?? Buffer.alloc(0))
  }
}
