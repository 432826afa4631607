import type { Config } from '../../config/schema.ts'

/** The `sftp` command that a partner types, ready to paste. */
export function sftpCommand(
  partner: {
    readonly host: string
    readonly port: number
    readonly applicationCode: string
    readonly knownHostsFile: string
  },
  keyFile: string,
  algorithms: Config['sftp']['algorithms'],
): string {
  return [
    'sftp',
    ...(algorithms === 'platform' ? ['-c aes256-cbc'] : []),
    `-P ${partner.port}`,
    `-i ${keyFile}`,
    `-o UserKnownHostsFile=${partner.knownHostsFile}`,
    `${partner.applicationCode}@${partner.host}`,
  ].join(' ')
}
