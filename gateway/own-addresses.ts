import type { Config } from '../config/schema.ts'

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
