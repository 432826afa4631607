import type { Config } from '../config/schema.ts'
import type { GatewayFacts } from './gateway-document.ts'

/** What the gateway's certificates are to hold for, besides its own machine. */
export function ownNames(config: Config): readonly string[] {
  const everywhere = new Set(['', '0.0.0.0', '::'])
  return [config.publicHost, config.host, config.api.host].filter((name) => !everywhere.has(name))
}

export const sftpAddress = (config: Config): string => addressFor(config, config.sftp.host)
export const as2Address = (config: Config): string => addressFor(config, config.as2.host)
export const pesitAddress = (config: Config): string => addressFor(config, config.pesit.host)

/** Its own address, else all of them once a public name is given, else the general one. */
function addressFor({ publicHost, host }: Config, own: string): string {
  if (own !== '') return own
  return publicHost !== '' && host === '127.0.0.1' ? '0.0.0.0' : host
}

/**
 * What forms and kits say of where partners connect: this process's own listeners, or what the
 * settings say of those that stand elsewhere, behind a balancer or in another process.
 */
export function announcedListeners(
  config: Config,
  own: GatewayFacts['listeners'],
): GatewayFacts['listeners'] {
  return (['sftp', 'as2', 'pesit'] as const).reduceRight(
    (listeners, protocol) => announced(config, protocol, listeners),
    own,
  )
}

function announced(
  config: Config,
  protocol: 'sftp' | 'as2' | 'pesit',
  own: GatewayFacts['listeners'],
): GatewayFacts['listeners'] {
  const { publicHost } = config
  const settings = config[protocol]
  // The first of a protocol is the one that partners are told.
  const here = own.find((listener) => listener.protocol === protocol)
  if (!settings.enabled || (here === undefined && publicHost === '')) return own
  const port = settings.publicPort === 0 ? (here?.port ?? settings.port) : settings.publicPort
  const url = here?.url ?? (protocol === 'as2' ? httpUrl(config) : undefined)
  const host = here?.host ?? publicHost
  const told = { protocol, host, port, ...(url === undefined ? {} : { url }) }
  const others = own.filter((listener) => listener !== here)
  return [told, ...(protocol === 'as2' ? others.map((one) => overHttps(config, one)) : others)]
}

/** AS2 over https by the port that partners reach it by. */
function overHttps(
  { as2 }: Config,
  listener: GatewayFacts['listeners'][number],
): GatewayFacts['listeners'][number] {
  const isIt = listener.protocol === 'as2' && listener.url?.scheme === 'https'
  return isIt && as2.publicHttpsPort !== 0 ? { ...listener, port: as2.publicHttpsPort } : listener
}

/** Of the AS2 listener that stands elsewhere. */
const httpUrl = ({ as2 }: Config) => ({ scheme: 'http', path: as2.path }) as const
