import type { Config } from '../config/schema.ts'
import type { GatewayFacts } from './gateway-document.ts'

/** What the gateway's certificates are to hold for, besides its own machine. */
export function ownNames(config: Config): readonly string[] {
  const everywhere = new Set(['', '0.0.0.0', '::'])
  return [config.publicHost, config.host, config.api.host].filter((name) => !everywhere.has(name))
}

export const sftpAddress = (config: Config): string => listenAddress(config, config.sftp.host)
export const pesitAddress = (config: Config): string => listenAddress(config, config.pesit.host)

/** Its own address, else all of them once a public name is given, else the general one. */
function listenAddress(config: Config, own: string): string {
  if (own !== '') return own
  return config.publicHost !== '' && config.host === '127.0.0.1' ? '0.0.0.0' : config.host
}

/**
 * What forms and kits say of where partners connect: this process's own listeners, or what the
 * settings say of those that stand elsewhere, behind a balancer or in another process.
 */
export function announcedListeners(
  config: Config,
  own: GatewayFacts['listeners'],
): GatewayFacts['listeners'] {
  return (['sftp', 'pesit'] as const).reduce(
    (listeners, protocol) => announced(config, protocol, listeners),
    own,
  )
}

function announced(
  config: Config,
  protocol: 'sftp' | 'pesit',
  listeners: GatewayFacts['listeners'],
): GatewayFacts['listeners'] {
  const { publicHost } = config
  const { enabled, port: wanted, publicPort } = config[protocol]
  const here = listeners.find((listener) => listener.protocol === protocol)
  if (!enabled || (here === undefined && publicHost === '')) return listeners
  const port = publicPort === 0 ? (here?.port ?? wanted) : publicPort
  const one = { protocol, host: here?.host ?? publicHost, port }
  return [one, ...listeners.filter((listener) => listener !== here)]
}
