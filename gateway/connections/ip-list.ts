import { BlockList, isIP, isIPv4 } from 'node:net'
import type { BilingualText } from '../flow.ts'

/** What keeps an entry from being an address or a network. */
export type IpListFaultCode =
  | 'IP_MALFORMED'
  | 'IP_PREFIX_OUT_OF_RANGE'
  | 'IP_NETWORK_OPEN'
  | 'IP_HOST_BITS'

export interface IpListFault {
  /** Of the entry in the list, from 0. */
  readonly index: number
  readonly code: IpListFaultCode
  readonly message: BilingualText
  readonly remedy: BilingualText
}

/**
 * Where a partner may come from: addresses and networks in CIDR form (RFC 4632, RFC 4291 §2.3),
 * IPv4 and IPv6. An IPv4 address and its IPv4-mapped form are one. An empty list holds any.
 */
export class IpList {
  /** As they are compared: trimmed, mapped addresses as IPv4. */
  readonly entries: readonly string[]
  /** Made at the first question: few of many connections come at a time. */
  #rules: BlockList | undefined

  /** Entries that `parseIpList` has a fault for hold no address. */
  constructor(entries: readonly string[]) {
    this.entries = entries.map((entry) => plainEntry(entry))
  }

  get isAny(): boolean {
    return this.entries.length === 0
  }

  /** @param address as a socket says it; a zone (`%eth0`) does not count */
  includes(address: string): boolean {
    if (this.isAny) return true
    const plain = plainAddress(address)
    const family = isIP(plain)
    if (family === 0) return false
    this.#rules ??= rulesOf(this.entries)
    return this.#rules.check(plain, family === 4 ? 'ipv4' : 'ipv6')
  }
}

/** Reads the list of a form: every fault at once, and what is right of it. */
export function parseIpList(entries: readonly string[]): {
  readonly list: IpList
  readonly faults: readonly IpListFault[]
} {
  const faults: IpListFault[] = []
  const good: string[] = []
  for (const [index, entry] of entries.entries()) {
    const fault = faultOf(plainEntry(entry))
    if (fault === undefined) good.push(entry)
    else faults.push({ index, ...fault })
  }
  return { list: new IpList(good), faults }
}

function faultOf(entry: string): Omit<IpListFault, 'index'> | undefined {
  const { address, bits, isNetwork } = partsOf(entry)
  const family = isIP(address)
  if (family === 0 || address.includes('%')) return { code: 'IP_MALFORMED', ...MALFORMED }
  if (!isNetwork) return undefined
  const most = family === 4 ? 32 : 128
  if (bits === undefined || bits > most) {
    return { code: 'IP_PREFIX_OUT_OF_RANGE', ...outOfRange(family, most) }
  }
  if (bits === 0) return { code: 'IP_NETWORK_OPEN', ...OPEN }
  const first = networkAddress(address, bits)
  if (first === undefined) return undefined
  return { code: 'IP_HOST_BITS', ...hostBits(`${first}/${bits}`) }
}

/** @returns the network's own address when `address` has bits set beyond the prefix */
function networkAddress(address: string, bits: number): string | undefined {
  const bytes = isIPv4(address) ? ipv4Bytes(address) : ipv6Bytes(address)
  const network = bytes.map((byte, index) => {
    const kept = Math.min(8, Math.max(0, bits - index * 8))
    return byte & (0xff << (8 - kept))
  })
  if (network.every((byte, index) => byte === bytes[index])) return undefined
  if (network.length === 4) return network.join('.')
  const groups = Array.from({ length: 8 }, (_, group) =>
    ((network[group * 2]! << 8) | network[group * 2 + 1]!).toString(16),
  )
  // As people write it (RFC 5952).
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
}

const ipv4Bytes = (address: string): number[] => address.split('.').map(Number)

/** @param address valid, whatever its form; the host of a URL has hexadecimal groups only */
function ipv6Bytes(address: string): number[] {
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::')
  const groupsOf = (text: string) => (text === '' ? [] : text.split(':'))
  const before = groupsOf(head)
  const after = tail === undefined ? [] : groupsOf(tail)
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0')
  return [...before, ...zeros, ...after].flatMap((group) => {
    const value = Number.parseInt(group, 16)
    return [value >> 8, value & 0xff]
  })
}

function rulesOf(entries: readonly string[]): BlockList {
  const rules = new BlockList()
  for (const entry of entries) {
    if (faultOf(entry) !== undefined) continue
    const { address, bits } = partsOf(entry)
    const family = isIPv4(address) ? 'ipv4' : 'ipv6'
    if (bits === undefined) rules.addAddress(address, family)
    else rules.addSubnet(address, bits, family)
  }
  return rules
}

/** The address without its zone; `::ffff:192.0.2.1`, however written, is 192.0.2.1. */
export function plainAddress(address: string): string {
  const [plain = ''] = address.trim().split('%')
  if (isIP(plain) !== 6) return plain
  const bytes = ipv6Bytes(plain)
  const isMapped = bytes.slice(0, 12).every((byte, index) => byte === (index < 10 ? 0 : 0xff))
  return isMapped ? bytes.slice(12).join('.') : plain
}

const MAPPED_BITS = 96

function plainEntry(entry: string): string {
  const { address, bits, isNetwork } = partsOf(entry.trim())
  if (isIP(address) !== 6 || address.includes('%')) return entry.trim()
  const plain = plainAddress(address)
  if (plain === address || !isNetwork) return isNetwork ? entry.trim() : plain
  // A network of mapped addresses is one of IPv4; a wider one stays what it was.
  if (bits === undefined || bits < MAPPED_BITS) return entry.trim()
  return `${plain}/${bits - MAPPED_BITS}`
}

function partsOf(entry: string): {
  readonly address: string
  readonly bits: number | undefined
  readonly isNetwork: boolean
} {
  const slash = entry.indexOf('/')
  if (slash === -1) return { address: entry, bits: undefined, isNetwork: false }
  const prefix = entry.slice(slash + 1)
  const bits = /^\d{1,3}$/.test(prefix) ? Number(prefix) : undefined
  return { address: entry.slice(0, slash), bits, isNetwork: true }
}

type FaultText = Pick<IpListFault, 'message' | 'remedy'>

const MALFORMED: FaultText = {
  message: {
    en: 'This is neither an IP address nor a network.',
    fr: 'Ce n’est ni une adresse IP ni un réseau.',
  },
  remedy: {
    en: 'Write an address (192.0.2.7, 2001:db8::7) or a network (192.0.2.0/24, 2001:db8::/48); host names are not taken.',
    fr: 'Saisissez une adresse (192.0.2.7, 2001:db8::7) ou un réseau (192.0.2.0/24, 2001:db8::/48) ; les noms d’hôte ne sont pas admis.',
  },
}

const OPEN: FaultText = {
  message: {
    en: 'This network holds every address.',
    fr: 'Ce réseau contient toutes les adresses.',
  },
  remedy: {
    en: 'Leave the list empty to accept any address.',
    fr: 'Laissez la liste vide pour accepter toutes les adresses.',
  },
}

function outOfRange(family: number, most: number): FaultText {
  return {
    message: {
      en: `The prefix of an IPv${family} network is a number from 1 to ${most}.`,
      fr: `Le préfixe d’un réseau IPv${family} est un nombre de 1 à ${most}.`,
    },
    remedy: {
      en: `Write it after the slash, as in ${family === 4 ? '192.0.2.0/24' : '2001:db8::/48'}.`,
      fr: `Saisissez-le après la barre oblique, comme dans ${family === 4 ? '192.0.2.0/24' : '2001:db8::/48'}.`,
    },
  }
}

function hostBits(network: string): FaultText {
  return {
    message: {
      en: 'The address goes beyond the prefix: it is not the first of its network.',
      fr: 'L’adresse dépasse le préfixe : ce n’est pas la première de son réseau.',
    },
    remedy: {
      en: `For the whole network write ${network}; for one address leave the prefix out.`,
      fr: `Pour tout le réseau, saisissez ${network} ; pour une seule adresse, omettez le préfixe.`,
    },
  }
}
