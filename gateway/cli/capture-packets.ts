/** One frame of a capture, as the interface of this link type saw it. */
export interface CapturedPacket {
  readonly linkType: number
  readonly frame: Buffer
}

const PCAP_HEADER_BYTES = 24
const PCAP_RECORD_BYTES = 16
/** Magic numbers of pcap, of micro- and nanoseconds, as read in its own order. */
const PCAP_MAGIC = new Set([0xa1b2c3d4, 0xa1b23c4d])

/** pcapng (IETF draft-ietf-opsawg-pcapng): a section header, the same in either order of bytes. */
const SECTION = 0x0a0d0d0a
const SECTION_MAGIC = 0x1a2b3c4d
const INTERFACE = 1
/** Obsolete, still written by old programs; the same places as an enhanced one, but its interface. */
const OLD_PACKET = 2
const SIMPLE_PACKET = 3
const ENHANCED_PACKET = 6
/** Type, length, and the length again at the end. */
const BLOCK_BYTES = 12
const SECTION_BYTES = 28
const MAX_INTERFACES = 1_000

export type CaptureFormat = 'pcap' | 'pcapng'

/** Which capture this is; undefined: none. */
export function captureFormat(bytes: Buffer): CaptureFormat | undefined {
  if (bytes.length < PCAP_HEADER_BYTES) return undefined
  const marks = [bytes.readUInt32LE(0), bytes.readUInt32BE(0)]
  if (marks.some((mark) => PCAP_MAGIC.has(mark))) return 'pcap'
  return marks[0] === SECTION && sectionOrder(bytes, 0) !== undefined ? 'pcapng' : undefined
}

/** Its frames in their order, as far as it can be read; a file that was cut ends early. */
export function capturedPackets(bytes: Buffer, format: CaptureFormat): Iterable<CapturedPacket> {
  return format === 'pcap' ? pcapPackets(bytes) : pcapngPackets(bytes)
}

function* pcapPackets(bytes: Buffer): Generator<CapturedPacket> {
  const uint32 = reader(bytes, PCAP_MAGIC.has(bytes.readUInt32LE(0)) ? 'little' : 'big').uint32
  const linkType = uint32(20)
  let at = PCAP_HEADER_BYTES
  while (at + PCAP_RECORD_BYTES <= bytes.length) {
    const length = uint32(at + 8)
    at += PCAP_RECORD_BYTES
    yield { linkType, frame: bytes.subarray(at, at + length) }
    at += length
  }
}

function* pcapngPackets(bytes: Buffer): Generator<CapturedPacket> {
  let order: Order = 'little'
  let linkTypes: number[] = []
  let at = 0
  while (at + BLOCK_BYTES <= bytes.length) {
    if (bytes.readUInt32LE(at) === SECTION) {
      const found = sectionOrder(bytes, at)
      if (found === undefined) return
      order = found
      linkTypes = []
    }
    const { uint16, uint32 } = reader(bytes, order)
    const length = uint32(at + 4)
    const end = at + length
    if (length < BLOCK_BYTES || length % 4 !== 0 || end > bytes.length) return
    const block = uint32(at)
    if (block === INTERFACE && length >= 20 && linkTypes.length < MAX_INTERFACES) {
      linkTypes.push(uint16(at + 8))
    } else if ((block === ENHANCED_PACKET || block === OLD_PACKET) && length >= 32) {
      const number = block === OLD_PACKET ? uint16(at + 8) : uint32(at + 8)
      const linkType = linkTypes[number]
      const data = at + 28
      const until = Math.min(data + uint32(at + 20), end - 4)
      if (linkType !== undefined) yield { linkType, frame: bytes.subarray(data, until) }
    } else if (block === SIMPLE_PACKET && length >= 16) {
      const [linkType] = linkTypes
      const data = at + 12
      const until = Math.min(data + uint32(at + 8), end - 4)
      if (linkType !== undefined) yield { linkType, frame: bytes.subarray(data, until) }
    }
    at = end
  }
}

type Order = 'little' | 'big'

function sectionOrder(bytes: Buffer, at: number): Order | undefined {
  if (at + SECTION_BYTES > bytes.length) return undefined
  if (bytes.readUInt32LE(at + 8) === SECTION_MAGIC) return 'little'
  return bytes.readUInt32BE(at + 8) === SECTION_MAGIC ? 'big' : undefined
}

function reader(
  bytes: Buffer,
  order: Order,
): { readonly uint16: (at: number) => number; readonly uint32: (at: number) => number } {
  return order === 'little'
    ? { uint16: (at) => bytes.readUInt16LE(at), uint32: (at) => bytes.readUInt32LE(at) }
    : { uint16: (at) => bytes.readUInt16BE(at), uint32: (at) => bytes.readUInt32BE(at) }
}
