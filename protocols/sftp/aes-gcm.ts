import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  randomFillSync,
  type CipherGCMTypes,
  type KeyObject,
} from 'node:crypto'

/**
 * The packets of `aes128-gcm@openssh.com` and `aes256-gcm@openssh.com` (RFC 5647; the packet
 * length is the additional data, in clear). One object per direction and set of keys. ssh2's own
 * pair imports the raw key for each packet and decrypts in pieces; this pair does neither.
 */

const LENGTH_BYTES = 4
const TAG_BYTES = 16
const BLOCK_BYTES = 16
/** RFC 4253 §6. */
const MIN_PADDING_BYTES = 4
/** Longest packet taken, its length field and tag included: ssh2's own limit for every cipher. */
const MAX_PACKET_BYTES = 35_000
/** Holds a full channel packet (32 KiB) and its headers; longer packets get their own buffer. */
const SCRATCH_BYTES = 34_000
/** Below this a copy is cheaper than two more writes. */
const ONE_PIECE_BYTES = 2_048
const PADDING_POOL_BYTES = 16_384

export interface AesGcmKeys {
  readonly cipher: CipherGCMTypes
  readonly key: Buffer
  /** 12 bytes; the last eight are counted up with each packet. */
  readonly iv: Buffer
}

/** Encrypts what goes out. */
export class AesGcmSealer {
  readonly #cipher: CipherGCMTypes
  readonly #key: KeyObject
  readonly #iv: Buffer
  readonly #write: (bytes: Uint8Array) => void
  readonly #scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES)
  #isFree = false

  constructor(keys: AesGcmKeys, write: (bytes: Uint8Array) => void) {
    this.#cipher = keys.cipher
    this.#key = createSecretKey(keys.key)
    this.#iv = Buffer.from(keys.iv)
    this.#write = write
  }

  /**
   * A packet for a payload of this length, which goes in at offset 5. The buffer is used again by
   * the next call: fill it and hand it to `seal` in the same turn.
   */
  packetFor(payloadBytes: number): Buffer {
    const unpadded = 1 + payloadBytes
    let padding = BLOCK_BYTES - (unpadded % BLOCK_BYTES)
    if (padding < MIN_PADDING_BYTES) padding += BLOCK_BYTES
    const length = unpadded + padding
    const packet =
      LENGTH_BYTES + length <= SCRATCH_BYTES
        ? this.#scratch.subarray(0, LENGTH_BYTES + length)
        : Buffer.allocUnsafe(LENGTH_BYTES + length)
    packet.writeUInt32BE(length, 0)
    packet[4] = padding
    fillWithRandom(packet, LENGTH_BYTES + unpadded, padding)
    return packet
  }

  /** Encrypts a packet made by `packetFor` and writes it. False once freed: nothing is written. */
  seal(packet: Buffer): boolean {
    if (this.#isFree) return false
    const cipher = createCipheriv(this.#cipher, this.#key, this.#iv)
    const length = packet.subarray(0, LENGTH_BYTES)
    cipher.setAAD(length)
    const body = cipher.update(packet.subarray(LENGTH_BYTES))
    cipher.final()
    const tag = cipher.getAuthTag()
    countUp(this.#iv)
    if (body.length <= ONE_PIECE_BYTES) {
      const whole = Buffer.allocUnsafe(LENGTH_BYTES + body.length + TAG_BYTES)
      whole.set(length, 0)
      whole.set(body, LENGTH_BYTES)
      whole.set(tag, LENGTH_BYTES + body.length)
      this.#write(whole)
    } else {
      this.#write(Buffer.from(length))
      this.#write(body)
      this.#write(tag)
    }
    return true
  }

  free(): void {
    this.#isFree = true
  }
}

/** What a payload handler may answer: undefined = go on, false = stop here, a number = stop there. */
export type PayloadHandler = (payload: Buffer) => number | boolean | undefined

/** Decrypts what comes in, one call per packet; packets may be split anywhere. */
export class AesGcmOpener {
  onPayload: PayloadHandler
  readonly #cipher: CipherGCMTypes
  readonly #key: KeyObject
  readonly #iv: Buffer
  /** Joins a packet that two or more reads brought; used again, since opening copies out of it. */
  readonly #joined = Buffer.allocUnsafeSlow(MAX_PACKET_BYTES)
  /** Bytes in `#joined`; 0 = no packet is under way. */
  #have = 0
  #isFree = false

  constructor(keys: AesGcmKeys, onPayload: PayloadHandler) {
    this.#cipher = keys.cipher
    this.#key = createSecretKey(keys.key)
    this.#iv = Buffer.from(keys.iv)
    this.onPayload = onPayload
  }

  /**
   * Opens the packets in `data` from `position` to `end`.
   * @returns undefined when all was taken; the position to go on from when the handler answered
   * something (the keys have changed); past the end when this object was freed by the handler
   * @throws Error on a length out of bounds or a tag that does not match
   */
  open(data: Buffer, position: number, end: number): number | undefined {
    let at = position
    while (at < end) {
      let packet = data
      let start = at
      if (this.#have > 0 || end - at < LENGTH_BYTES) {
        at = this.#join(data, at, LENGTH_BYTES, end)
        if (this.#have < LENGTH_BYTES) return undefined
        packet = this.#joined
        start = 0
      }
      const length = packet.readUInt32BE(start)
      const total = LENGTH_BYTES + length + TAG_BYTES
      if (total > MAX_PACKET_BYTES || length < BLOCK_BYTES || length % BLOCK_BYTES !== 0) {
        throw new Error(`SSH packet of ${length} bytes`)
      }
      if (packet === this.#joined || end - at < total) {
        at = this.#join(data, at, total, end)
        if (this.#have < total) return undefined
        packet = this.#joined
        start = 0
        this.#have = 0
      } else {
        at += total
      }
      const answer = this.onPayload(this.#decrypt(packet, start, length))
      if (answer !== undefined) return typeof answer === 'number' ? answer : at
      if (this.#isFree) return end
    }
    return undefined
  }

  free(): void {
    this.#isFree = true
  }

  /** Copies until `#joined` holds `want` bytes or the data ends; returns the position after. */
  #join(data: Buffer, at: number, want: number, end: number): number {
    const bytes = Math.min(want - this.#have, end - at)
    if (bytes <= 0) return at
    data.copy(this.#joined, this.#have, at, at + bytes)
    this.#have += bytes
    return at + bytes
  }

  #decrypt(packet: Buffer, start: number, length: number): Buffer {
    const bodyStart = start + LENGTH_BYTES
    const bodyEnd = bodyStart + length
    const decipher = createDecipheriv(this.#cipher, this.#key, this.#iv)
    decipher.setAAD(packet.subarray(start, bodyStart))
    decipher.setAuthTag(packet.subarray(bodyEnd, bodyEnd + TAG_BYTES))
    const plain = decipher.update(packet.subarray(bodyStart, bodyEnd))
    decipher.final()
    countUp(this.#iv)
    const padding = plain[0]!
    if (padding < MIN_PADDING_BYTES || padding > length - 1) {
      throw new Error(`SSH packet of ${length} bytes with ${padding} bytes of padding`)
    }
    return plain.subarray(1, length - padding)
  }
}

/** The invocation counter: the last eight of twelve bytes (RFC 5647 §7.1). */
function countUp(iv: Buffer): void {
  for (let index = 11; index >= 4; index -= 1) {
    const next = (iv[index]! + 1) & 0xff
    iv[index] = next
    if (next !== 0) return
  }
}

const pool = Buffer.allocUnsafeSlow(PADDING_POOL_BYTES)
let poolAt = PADDING_POOL_BYTES

/** Padding is random (RFC 4253 §6); drawn from the system in large pieces, each byte used once. */
function fillWithRandom(target: Buffer, start: number, bytes: number): void {
  if (poolAt + bytes > PADDING_POOL_BYTES) {
    randomFillSync(pool)
    poolAt = 0
  }
  pool.copy(target, start, poolAt, poolAt + bytes)
  poolAt += bytes
}
