import { isIPv4, isIPv6 } from 'node:net'

/**
 * The header that a load balancer puts before a connection to say whose it is: PROXY protocol
 * versions 1 and 2 (haproxy, doc/proxy-protocol.txt). A codec: bytes in, value out.
 */

const V2_SIGNATURE = Buffer.from('0d0a0d0a000d0a515549540a', 'hex')
const V2_HEADER_BYTES = 16
/** §2.1: the longest version 1 line, with CR LF. */
const V1_MAX_BYTES = 107
/** Addresses of a Unix socket and many TLVs; more is no balancer. */
const V2_MAX_BYTES = 4_096

export type ProxyHeader =
  /** More bytes are needed. */
  | { readonly state: 'incomplete' }
  | { readonly state: 'malformed' }
  /** `source` is absent for the balancer's own checks (UNKNOWN, LOCAL): the socket's address holds. */
  | {
      readonly state: 'complete'
      readonly bytes: number
      readonly source?: { readonly host: string; readonly port: number }
    }

/** Reads the header at the start of a connection; what follows it is left untouched. */
export function parseProxyHeader(bytes: Buffer): ProxyHeader {
  const known = Math.min(bytes.length, V2_SIGNATURE.length)
  if (bytes.subarray(0, known).equals(V2_SIGNATURE.subarray(0, known))) return parseV2(bytes)
  return parseV1(bytes)
}

function parseV1(bytes: Buffer): ProxyHeader {
  const line = bytes.subarray(0, V1_MAX_BYTES).toString('latin1')
  const end = line.indexOf('\r\n')
  if (end === -1) {
    const mayBecome = 'PROXY '.startsWith(line.slice(0, 6)) && bytes.length < V1_MAX_BYTES
    return { state: mayBecome ? 'incomplete' : 'malformed' }
  }
  const words = line.slice(0, end).split(' ')
  const [proxy, family, host, , port] = words
  if (proxy !== 'PROXY') return { state: 'malformed' }
  if (family === 'UNKNOWN') return { state: 'complete', bytes: end + 2 }
  const number = Number(port)
  const isAddress = family === 'TCP4' ? isIPv4(host ?? '') : family === 'TCP6' && isIPv6(host ?? '')
  if (!isAddress || words.length !== 6) return { state: 'malformed' }
  if (!/^\d{1,5}$/.test(port ?? '') || number > 65_535) return { state: 'malformed' }
  return { state: 'complete', bytes: end + 2, source: { host: host!, port: number } }
}

function parseV2(bytes: Buffer): ProxyHeader {
  if (bytes.length < V2_HEADER_BYTES) return { state: 'incomplete' }
  const command = bytes[12]!
  const family = bytes[13]!
  const length = bytes.readUInt16BE(14)
  const total = V2_HEADER_BYTES + length
  if (command >> 4 !== 2 || (command & 15) > 1 || total > V2_MAX_BYTES) {
    return { state: 'malformed' }
  }
  if (bytes.length < total) return { state: 'incomplete' }
  const isLocal = (command & 15) === 0
  if (isLocal || (family !== 0x11 && family !== 0x21)) return { state: 'complete', bytes: total }
  const addressBytes = family === 0x11 ? 4 : 16
  if (length < 2 * addressBytes + 4) return { state: 'malformed' }
  const address = bytes.subarray(V2_HEADER_BYTES, V2_HEADER_BYTES + addressBytes)
  const port = bytes.readUInt16BE(V2_HEADER_BYTES + 2 * addressBytes)
  return { state: 'complete', bytes: total, source: { host: textOf(address), port } }
}

function textOf(address: Buffer): string {
  if (address.length === 4) return [...address].join('.')
  const groups = Array.from({ length: 8 }, (_, index) => address.readUInt16BE(index * 2))
  return groups.map((group) => group.toString(16)).join(':')
}
