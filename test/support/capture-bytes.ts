type Order = 'little' | 'big'

/** An Ethernet frame with a segment of TCP, from 127.0.0.1:40000 to 127.0.0.2:5000. */
export function tcpFrame(sequence: number, content: Uint8Array | string): Buffer {
  const data = typeof content === 'string' ? Buffer.from(content) : content
  const tcp = Buffer.alloc(20)
  tcp.writeUInt16BE(40_000, 0)
  tcp.writeUInt16BE(5_000, 2)
  tcp.writeUInt32BE(sequence >>> 0, 4)
  tcp.writeUInt8(0x50, 12)
  const ip = Buffer.from('4500000000000000400600007f0000017f000002', 'hex')
  ip.writeUInt16BE(40 + data.length, 2)
  const ethernet = Buffer.from('0000000000000000000000000800', 'hex')
  return Buffer.concat([ethernet, ip, tcp, data, Buffer.alloc(6)])
}

/** 32-bit words. */
export function captureWords(order: Order, ...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4)
  values.forEach((value, at) =>
    order === 'little' ? bytes.writeUInt32LE(value, at * 4) : bytes.writeUInt32BE(value, at * 4),
  )
  return bytes
}

/** A capture file of the old kind. */
export function pcap(order: Order, frames: readonly Buffer[]): Buffer {
  const records = frames.map((one) =>
    Buffer.concat([captureWords(order, 0, 0, one.length, one.length), one]),
  )
  return Buffer.concat([captureWords(order, 0xa1b2c3d4, 0x0004_0002, 0, 0, 65_535, 1), ...records])
}

/** One block of a pcapng. */
export function captureBlock(order: Order, type: number, body: Buffer): Buffer {
  const padded = Buffer.concat([body, Buffer.alloc((4 - (body.length % 4)) % 4)])
  const length = padded.length + 12
  return Buffer.concat([captureWords(order, type, length), padded, captureWords(order, length)])
}

/** What a section begins with. */
export const captureSection = (order: Order): Buffer =>
  captureBlock(order, 0x0a0d0d0a, captureWords(order, 0x1a2b3c4d, 1, 0xffffffff, 0xffffffff))

export function captureInterface(order: Order, linkType: number): Buffer {
  const body = captureWords(order, 0, 65_535)
  if (order === 'little') body.writeUInt16LE(linkType, 0)
  else body.writeUInt16BE(linkType, 0)
  return captureBlock(order, 1, body)
}

export function enhancedPacket(order: Order, number: number, one: Buffer): Buffer {
  return captureBlock(
    order,
    6,
    Buffer.concat([captureWords(order, number, 0, 0, one.length, one.length), one]),
  )
}

/** A capture file of the new kind, with an interface and a block to be passed over. */
export function pcapng(order: Order, frames: readonly Buffer[]): Buffer {
  return Buffer.concat([
    captureSection(order),
    // Of another kind, and a block nobody knows.
    captureInterface(order, 147),
    captureInterface(order, 1),
    captureBlock(order, 0x0bad, Buffer.from('custom')),
    ...frames.map((one) => enhancedPacket(order, 1, one)),
  ])
}
