import { isIPv6 } from 'node:net'

/** One subscriber has at least so much of IPv6 (RFC 6177): counting single ones counts nothing. */
const SUBSCRIBER_GROUPS = 4

/**
 * What is counted together of addresses that fail: an IPv4 address, itself or mapped into IPv6, or
 * the /64 of an IPv6 one (its first four groups), whatever its zone.
 */
export function subscriberNetwork(address: string): string {
  const [plain = ''] = address.split('%')
  if (!isIPv6(plain)) return plain
  // A URL writes every address in one way (RFC 5952).
  const written = new URL(`http://[${plain}]`).hostname.slice(1, -1)
  if (written.startsWith('::ffff:')) return written
  const [head = '', tail = ''] = written.split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === '' ? [] : tail.split(':')
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0')
  const groups = before.length === 8 ? before : [...before, ...zeros, ...after]
  return groups.slice(0, SUBSCRIBER_GROUPS).join(':')
}
