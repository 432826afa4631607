import type { Config } from '../config/schema.ts'
import type { GatewayFacts } from './gateway-document.ts'

/** What the gateway's certificates are to hold for, besides its own machine. */
export function ownNames(config: Config): readonly string[] {
  const everywhere = new Set(['', '0.0.0.0', '::'])
  return [config.publicHost, config.host, config.api.host].filter((name) => !everywhere.has(name))
}

/** Its own address, else all of them once a public name is given, else the general one. */
export function sftpAddress(config: Config): string {
  if (config.sftp.host !== '') return config.sftp.host
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
  const { sftp, publicHost } = config
  const sftpHere = own.find(({ protocol }) => protocol === 'sftp')
  if (!sftp.enabled || (sftpHere === undefined && publicHost === '')) return own
  const port = sftp.publicPort === 0 ? (sftpHere?.port ?? sftp.port) : sftp.publicPort
  const announced = { protocol: 'sftp', host: sftpHere?.host ?? publicHost, port } as const
  return [announced, ...own.filter((listener) => listener !== sftpHere)]
}
