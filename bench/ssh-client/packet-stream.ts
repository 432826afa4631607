import { createCipheriv, createDecipheriv, createSecretKey, randomFillSync } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { Socket } from 'node:net'
import { MESSAGE } from './messages.ts'

/** Keys of one direction; the cipher's name as Node knows it. */
export interface DirectionKeys {
  readonly cipher: 'aes-128-gcm' | 'aes-256-gcm'
  readonly key: Buffer
  /** 12 bytes: 4 fixed, 8 that count (RFC 5647 §7.1). */
  readonly iv: Buffer
}

const LENGTH_BYTES = 4
const TAG_BYTES = 16
/** Before there are keys packets are multiples of 8, with AES of 16 without the length. */
const PLAIN_BLOCK = 8
const AES_BLOCK = 16
const MIN_PADDING = 4
/** OpenSSH's PACKET_MAX_SIZE. */
const MAX_PACKET_BYTES = 256 * 1024

/** SSH's binary packets on a socket (RFC 4253 §6, RFC 5647): plain at first, then AES-GCM. */
export class PacketStream {
  readonly #socket: Socket
  readonly #onPacket: (payload: Buffer) => void
  #pending: Buffer = Buffer.alloc(0)
  #sending: Direction | undefined
  #receiving: Direction | undefined
  #nextReceiving: Direction | undefined

  /** @param onPacket called for each packet */
  constructor(socket: Socket, onPacket: (payload: Buffer) => void) {
    this.#socket = socket
    this.#onPacket = onPacket
  }

  sendWith(keys: DirectionKeys): void {
    this.#sending = new Direction(keys)
  }

  /** From the packet after the next one on: the next one is NEWKEYS, still in plain text. */
  receiveWithAfterNext(keys: DirectionKeys): void {
    this.#nextReceiving = new Direction(keys)
  }

  send(payload: Uint8Array): void {
    const direction = this.#sending
    const block = direction === undefined ? PLAIN_BLOCK : AES_BLOCK
    const counted = direction === undefined ? LENGTH_BYTES : 0
    let padding = block - ((counted + 1 + payload.length) % block)
    if (padding < MIN_PADDING) padding += block
    const packet = Buffer.allocUnsafe(LENGTH_BYTES + 1 + payload.length + padding)
    packet.writeUInt32BE(1 + payload.length + padding)
    packet[LENGTH_BYTES] = padding
    packet.set(payload, LENGTH_BYTES + 1)
    randomFillSync(packet, packet.length - padding, padding)
    this.#socket.write(direction === undefined ? packet : direction.encrypt(packet))
  }

  /** Takes what the socket brought. @throws Error when a packet is no packet */
  receive(bytes: Buffer): void {
    this.#pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes])
    while (this.#pending.length >= LENGTH_BYTES) {
      const length = this.#pending.readUInt32BE(0)
      if (length > MAX_PACKET_BYTES) throw new Error(`A packet of ${length} bytes`)
      const direction = this.#receiving
      const end = LENGTH_BYTES + length + (direction === undefined ? 0 : TAG_BYTES)
      if (this.#pending.length < end) return
      const packet = this.#pending.subarray(0, end)
      this.#pending = this.#pending.subarray(end)
      const body =
        direction === undefined ? packet.subarray(LENGTH_BYTES) : direction.decrypt(packet)
      const payload = body.subarray(1, body.length - body[0]!)
      if (this.#nextReceiving !== undefined && payload[0] === MESSAGE.newKeys) {
        this.#receiving = this.#nextReceiving
        this.#nextReceiving = undefined
      }
      this.#onPacket(payload)
    }
  }
}

class Direction {
  readonly #cipher: DirectionKeys['cipher']
  readonly #key: KeyObject
  readonly #iv: Buffer

  constructor(keys: DirectionKeys) {
    this.#cipher = keys.cipher
    this.#key = createSecretKey(keys.key)
    this.#iv = Buffer.from(keys.iv)
  }

  encrypt(packet: Buffer): Buffer {
    const cipher = createCipheriv(this.#cipher, this.#key, this.#iv)
    cipher.setAAD(packet.subarray(0, LENGTH_BYTES))
    const body = cipher.update(packet.subarray(LENGTH_BYTES))
    cipher.final()
    this.#next()
    return Buffer.concat([packet.subarray(0, LENGTH_BYTES), body, cipher.getAuthTag()])
  }

  decrypt(packet: Buffer): Buffer {
    const end = packet.length - TAG_BYTES
    const decipher = createDecipheriv(this.#cipher, this.#key, this.#iv)
    decipher.setAAD(packet.subarray(0, LENGTH_BYTES))
    decipher.setAuthTag(packet.subarray(end))
    const body = decipher.update(packet.subarray(LENGTH_BYTES, end))
    decipher.final()
    this.#next()
    return body
  }

  #next(): void {
    this.#iv.writeBigUInt64BE(BigInt.asUintN(64, this.#iv.readBigUInt64BE(4) + 1n), 4)
  }
}
