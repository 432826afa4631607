import { IpList } from '../ip-list.ts'

/** Which addresses the gateway may be made to call. */
export interface CallableAddresses {
  readonly loopback: 'allow' | 'refuse'
  /** CIDR blocks. */
  readonly refusedNetworks: readonly string[]
}

/** RFC 1122 §3.2.1.3, RFC 4291 §2.5.3. */
const LOOPBACK = new IpList(['127.0.0.0/8', '::1'])

/**
 * The rule by which an address is called or not: whoever fills in forms must not make the gateway
 * reach what only its own machine and network can.
 */
export function callableRule({
  loopback,
  refusedNetworks,
}: CallableAddresses): (address: string) => boolean {
  const refused = new IpList(refusedNetworks)
  return (address) => {
    if (LOOPBACK.includes(address)) return loopback === 'allow'
    return refused.isAny || !refused.includes(address)
  }
}
