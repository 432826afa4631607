import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { AesGcmOpener, AesGcmSealer, type AesGcmKeys } from './aes-gcm.ts'

/** One packet as RFC 5647 §7 has it, written here a second time without our objects. */
function sealPlainly(keys: AesGcmKeys, counter: number, payload: Buffer, padding: number): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(1 + payload.length + padding)
  const cipher = createCipheriv(keys.cipher, keys.key, ivAt(keys.iv, counter))
  cipher.setAAD(length)
  const plain = Buffer.concat([Buffer.of(padding), payload, Buffer.alloc(padding, 0xaa)])
  const body = Buffer.concat([cipher.update(plain), cipher.final()])
  return Buffer.concat([length, body, cipher.getAuthTag()])
}

function openPlainly(keys: AesGcmKeys, counter: number, packet: Buffer): Buffer {
  const length = packet.readUInt32BE(0)
  const decipher = createDecipheriv(keys.cipher, keys.key, ivAt(keys.iv, counter))
  decipher.setAAD(packet.subarray(0, 4))
  decipher.setAuthTag(packet.subarray(4 + length, 20 + length))
  const plain = Buffer.concat([decipher.update(packet.subarray(4, 4 + length)), decipher.final()])
  return plain.subarray(1, length - plain[0]!)
}

function ivAt(iv: Buffer, counter: number): Buffer {
  const result = Buffer.from(iv)
  result.writeBigUInt64BE((iv.readBigUInt64BE(4) + BigInt(counter)) & (2n ** 64n - 1n), 4)
  return result
}

function keysFor(cipher: AesGcmKeys['cipher']): AesGcmKeys {
  return { cipher, key: randomBytes(cipher === 'aes-128-gcm' ? 16 : 32), iv: randomBytes(12) }
}

function paddingFor(payloadBytes: number): number {
  const padding = 16 - ((1 + payloadBytes) % 16)
  return padding < 4 ? padding + 16 : padding
}

const SIZES = [0, 1, 10, 11, 12, 15, 16, 17, 2_000, 2_060, 32_768, 33_900, 34_500]

describe.each(['aes-128-gcm', 'aes-256-gcm'] as const)('%s', (cipher) => {
  test('what is sealed opens with plain node:crypto, packet by packet, at every size', () => {
    const keys = keysFor(cipher)
    const written: Buffer[] = []
    const sealer = new AesGcmSealer(keys, (bytes) => written.push(Buffer.from(bytes)))
    for (const [counter, size] of SIZES.entries()) {
      const payload = randomBytes(size)
      const packet = sealer.packetFor(size)
      packet.set(payload, 5)
      written.length = 0
      expect(sealer.seal(packet)).toBe(true)
      const wire = Buffer.concat(written)
      expect(wire.readUInt32BE(0) % 16).toBe(0)
      expect(openPlainly(keys, counter, wire)).toEqual(payload)
    }
  })

  test('what plain node:crypto sealed opens whole, cut anywhere, and glued together', () => {
    const keys = keysFor(cipher)
    const payloads = SIZES.filter((size) => size < 3_000).map((size) => randomBytes(size))
    const wire = Buffer.concat(
      payloads.map((payload, counter) =>
        sealPlainly(keys, counter, payload, paddingFor(payload.length)),
      ),
    )
    for (const step of [1, 2, 3, 7, 19, 20, 21, 1_000, wire.length]) {
      const opened: Buffer[] = []
      const opener = new AesGcmOpener(keys, (payload) => {
        opened.push(payload)
        return undefined
      })
      for (let at = 0; at < wire.length; at += step) {
        const chunk = wire.subarray(at, at + step)
        expect(opener.open(chunk, 0, chunk.length)).toBeUndefined()
      }
      expect(opened).toEqual(payloads)
    }
  })
})

test('opened payloads are not reused by later packets', () => {
  const keys = keysFor('aes-128-gcm')
  const opened: Buffer[] = []
  const opener = new AesGcmOpener(keys, (payload) => {
    opened.push(payload)
    return undefined
  })
  for (const counter of [0, 1]) {
    const wire = sealPlainly(keys, counter, Buffer.alloc(27, counter + 1), 4)
    opener.open(wire.subarray(0, 9), 0, 9)
    opener.open(wire, 9, wire.length)
  }
  expect(opened).toEqual([Buffer.alloc(27, 1), Buffer.alloc(27, 2)])
})

test('a changed bit anywhere in a packet is refused', () => {
  const keys = keysFor('aes-256-gcm')
  const wire = sealPlainly(keys, 0, Buffer.alloc(27, 9), 4)
  for (let at = 0; at < wire.length; at += 1) {
    const changed = Buffer.from(wire)
    changed[at]! ^= 1
    let isOpened = false
    const opener = new AesGcmOpener(keys, () => {
      isOpened = true
      return undefined
    })
    try {
      opener.open(changed, 0, changed.length)
    } catch {
      // most bits: the tag, or a length out of bounds
    }
    expect(isOpened).toBe(false)
  }
})

test('the same packet twice is refused, since the counter has moved', () => {
  const keys = keysFor('aes-128-gcm')
  const wire = sealPlainly(keys, 0, Buffer.alloc(27), 4)
  const opener = new AesGcmOpener(keys, () => undefined)
  opener.open(wire, 0, wire.length)
  expect(() => opener.open(wire, 0, wire.length)).toThrow(/authenticate/)
})

test.each([
  ['0 bytes', 0],
  ['no multiple of 16', 33],
  ['above the limit', 35_008],
  ['2 GiB', 0x80000000],
])('a packet length of %s is refused before anything is kept', (_, length) => {
  const wire = Buffer.alloc(4)
  wire.writeUInt32BE(length)
  const opener = new AesGcmOpener(keysFor('aes-128-gcm'), () => undefined)
  expect(() => opener.open(wire, 0, 4)).toThrow(/SSH packet/)
})

test.each([3, 32, 255])('padding of %i in 32 bytes is refused', (padding) => {
  const keys = keysFor('aes-128-gcm')
  const length = Buffer.alloc(4)
  length.writeUInt32BE(32)
  const cipher = createCipheriv(keys.cipher, keys.key, keys.iv)
  cipher.setAAD(length)
  const body = Buffer.concat([
    cipher.update(Buffer.concat([Buffer.of(padding), Buffer.alloc(31)])),
    cipher.final(),
  ])
  const wire = Buffer.concat([length, body, cipher.getAuthTag()])
  const opener = new AesGcmOpener(keys, () => undefined)
  expect(() => opener.open(wire, 0, wire.length)).toThrow(/padding/)
})

test('opening stops where the handler says so, and at once when it freed the object', () => {
  const keys = keysFor('aes-128-gcm')
  const packets = [0, 1].map((counter) => sealPlainly(keys, counter, Buffer.alloc(27), 4))
  const wire = Buffer.concat(packets)
  const stopping = new AesGcmOpener(keys, () => false)
  expect(stopping.open(wire, 0, wire.length)).toBe(packets[0]!.length)
  let count = 0
  const freed: AesGcmOpener = new AesGcmOpener(keys, () => {
    count += 1
    freed.free()
    return undefined
  })
  expect(freed.open(wire, 0, wire.length)).toBe(wire.length)
  expect(count).toBe(1)
})

test('a freed sealer writes nothing', () => {
  const written: Uint8Array[] = []
  const sealer = new AesGcmSealer(keysFor('aes-128-gcm'), (bytes) => written.push(bytes))
  sealer.free()
  expect(sealer.seal(sealer.packetFor(1))).toBe(false)
  expect(written).toEqual([])
})

test('the counter carries over all of its eight bytes', () => {
  const keys = { ...keysFor('aes-128-gcm'), iv: Buffer.from('01020304ffffffffffffffff', 'hex') }
  const opened: Buffer[] = []
  const opener = new AesGcmOpener(keys, (payload) => {
    opened.push(payload)
    return undefined
  })
  const sealer = new AesGcmSealer(keys, (bytes) => {
    const chunk = Buffer.from(bytes)
    opener.open(chunk, 0, chunk.length)
  })
  for (const text of ['first', 'second', 'third']) {
    const packet = sealer.packetFor(text.length)
    packet.write(text, 5)
    sealer.seal(packet)
  }
  expect(opened.map(String)).toEqual(['first', 'second', 'third'])
  const wire = sealPlainly(keys, 3, Buffer.from('fourth'), paddingFor(6))
  opener.open(wire, 0, wire.length)
  expect(String(opened[3])).toBe('fourth')
})
