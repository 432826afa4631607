import { BlockList, isIP } from 'node:net'
import type { RequestOrigin } from './sign-in.ts'

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4')
LOOPBACK.addAddress('::1', 'ipv6')

/** Names under which a browser reaches a loopback listener, as they stand in a Host header. */
const LOCAL_HOSTS: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])

/**
 * A request of a page of our own, on this machine: the socket is loopback on both ends, `Host` names
 * this listener by a loopback name (a name rebound to 127.0.0.1 by a foreign DNS does not), and
 * `Origin` is the same place (another page in the same browser is not).
 */
export function isLocalRequest(request: RequestOrigin): boolean {
  if (!isLoopback(request.localAddress) || !isLoopback(request.peer)) return false
  const { host, origin, localPort } = request
  if (host === undefined || origin === undefined) return false
  const match = /^(.+?)(?::(\d{1,5}))?$/.exec(host.toLowerCase())
  const isOurs = LOCAL_HOSTS.has(match?.[1] ?? '') && Number(match?.[2] ?? 80) === localPort
  return isOurs && (origin === `http://${host}` || origin === `https://${host}`)
}

function isLoopback(address: string): boolean {
  const plain = address.replace(/^::ffff:(?=\d+\.)/, '')
  const family = isIP(plain)
  return family !== 0 && LOOPBACK.check(plain, family === 6 ? 'ipv6' : 'ipv4')
}
