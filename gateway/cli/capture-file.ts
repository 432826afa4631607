import { capturedPackets, captureFormat } from './capture-packets.ts'

/** One direction of one TCP connection out of a capture, in the order of the stream. */
export interface CapturedStream {
  /** `192.0.2.1:40000 → 192.0.2.2:5000` */
  readonly label: string
  readonly bytes: Buffer
  /** Bytes that the capture missed: reading ends there. */
  readonly hasGap: boolean
}

/** More connections than this are none that one wants to read. */
const MAX_STREAMS = 1_000
const TCP = 6

/** Bytes before the IP header, by link type: loopback, Ethernet, raw IP (two numbers), Linux cooked (two). */
const LINK_BYTES: Readonly<Record<number, number>> = {
  0: 4,
  1: 14,
  12: 0,
  101: 0,
  113: 16,
  276: 20,
}
const ETHERNET = 1
const VLAN_TYPE = 0x8100
const VLAN_BYTES = 4

interface Segment {
  readonly sequence: number
  readonly data: Buffer
}

/**
 * The TCP streams of a capture (pcap or pcapng), each direction for itself, retransmissions taken
 * once. Bounded by the file and by 1,000 streams; packets that cannot be read are passed over.
 * @param bytes a whole file
 * @returns undefined when it is no capture
 */
export function readCapture(bytes: Buffer): readonly CapturedStream[] | undefined {
  const format = captureFormat(bytes)
  if (format === undefined) return undefined
  const streams = new Map<string, Segment[]>()
  for (const { linkType, frame } of capturedPackets(bytes, format)) {
    const found = segmentOf(frame, linkType)
    if (found === undefined) continue
    const segments = streams.get(found.label)
    if (segments !== undefined) segments.push(found.segment)
    else if (streams.size < MAX_STREAMS) streams.set(found.label, [found.segment])
  }
  return [...streams].map(([label, segments]) => ({ label, ...joined(segments) }))
}

function segmentOf(
  frame: Buffer,
  linkType: number,
): { readonly label: string; readonly segment: Segment } | undefined {
  const packet = ipPacket(frame, linkType)
  if (packet === undefined || packet.length < 20) return undefined
  const { addresses, tcp } = ipPayload(packet)
  if (tcp === undefined || tcp.length < 20) return undefined
  const data = tcp.subarray((tcp.readUInt8(12) >> 4) * 4)
  if (data.length === 0) return undefined
  const [from, to] = addresses
  const label = `${from}:${tcp.readUInt16BE(0)} → ${to}:${tcp.readUInt16BE(2)}`
  return { label, segment: { sequence: tcp.readUInt32BE(4), data } }
}

function ipPacket(frame: Buffer, linkType: number): Buffer | undefined {
  const linkBytes = LINK_BYTES[linkType]
  if (linkBytes === undefined || frame.length < linkBytes) return undefined
  const hasVlan = linkType === ETHERNET && frame.readUInt16BE(12) === VLAN_TYPE
  return frame.subarray(linkBytes + (hasVlan ? VLAN_BYTES : 0))
}

function ipPayload(packet: Buffer): {
  readonly addresses: readonly [string, string]
  readonly tcp: Buffer | undefined
} {
  const version = packet.readUInt8(0) >> 4
  if (version === 4) {
    const headBytes = (packet.readUInt8(0) & 0x0f) * 4
    const tcp = packet.readUInt8(9) === TCP ? packet : undefined
    return {
      addresses: [dotted(packet.subarray(12, 16)), dotted(packet.subarray(16, 20))],
      tcp: tcp?.subarray(headBytes, packet.readUInt16BE(2)),
    }
  }
  const isTcp = version === 6 && packet.length >= 40 && packet.readUInt8(6) === TCP
  return {
    addresses: [colons(packet.subarray(8, 24)), colons(packet.subarray(24, 40))],
    tcp: isTcp ? packet.subarray(40, 40 + packet.readUInt16BE(4)) : undefined,
  }
}

function dotted(bytes: Buffer): string {
  return [...bytes].join('.')
}

function colons(bytes: Buffer): string {
  return `[${
    bytes
      .toString('hex')
      .match(/.{1,4}/g)
      ?.join(':') ?? ''
  }]`
}

/** In the order of their sequence numbers, which may wrap once round 2^32. */
function joined(segments: readonly Segment[]): Omit<CapturedStream, 'label'> {
  const start = segments[0]?.sequence ?? 0
  const distance = ({ sequence }: Segment): number => (sequence - start) | 0
  const ordered = [...segments].sort((a, b) => distance(a) - distance(b))
  const parts: Buffer[] = []
  let end = ordered[0] === undefined ? 0 : distance(ordered[0])
  for (const segment of ordered) {
    const overlap = end - distance(segment)
    if (overlap < 0) return { bytes: Buffer.concat(parts), hasGap: true }
    if (overlap >= segment.data.length) continue
    parts.push(segment.data.subarray(overlap))
    end = distance(segment) + segment.data.length
  }
  return { bytes: Buffer.concat(parts), hasGap: false }
}
