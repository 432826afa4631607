import { IpList } from '../connections/ip-list.ts'

/** Settings that say which addresses partners are called at. */
export interface DeliveryAddresses {
  /** `delivery.privateAddresses` */
  readonly privateAddresses: 'allow' | 'refuse'
  /** `delivery.allowedNetworks` */
  readonly allowedNetworks: readonly string[]
  /** `probe.refusedNetworks`: link-local, multicast, metadata services of clouds. */
  readonly refusedNetworks: readonly string[]
}

/** Loopback, private (RFC 1918, RFC 6598, RFC 4193) and site-local networks. */
const PRIVATE = new IpList([
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '::1',
  'fc00::/7',
  'fec0::/10',
])
/** "This host": some systems connect it to the loopback (RFC 1122 §3.2.1.3, RFC 4291 §2.5.2). */
const UNSPECIFIED = new IpList(['0.0.0.0/8', '::'])

/**
 * The rule by which a partner's address is called or not: whoever fills in forms must not make the
 * gateway reach what only its own machine and network can.
 */
export function deliveryAddressRule(settings: DeliveryAddresses): (address: string) => boolean {
  const allowed = new IpList(settings.allowedNetworks)
  const refused = new IpList(settings.refusedNetworks)
  return (address) => {
    if (!allowed.isAny && allowed.includes(address)) return true
    if (UNSPECIFIED.includes(address)) return false
    if (!refused.isAny && refused.includes(address)) return false
    return settings.privateAddresses === 'allow' || !PRIVATE.includes(address)
  }
}
