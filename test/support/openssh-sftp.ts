import { runProgram } from './child-program.ts'
import type { ProgramEnd } from './child-program.ts'
import type { Reception } from './start-reception.ts'

/** Options of every OpenSSH program: these keys in their order, our known hosts, no file of the machine's user. */
export function opensshOptions(reception: Reception, ...keyFiles: readonly string[]): string[] {
  const settings = [
    'IdentitiesOnly=yes',
    'BatchMode=yes',
    'StrictHostKeyChecking=yes',
    'GlobalKnownHostsFile=none',
    `UserKnownHostsFile=${reception.knownHostsFile}`,
    `Port=${reception.port}`,
  ]
  const keys = keyFiles.flatMap((file) => ['-i', file])
  return ['-F', 'none', ...keys, ...settings.flatMap((setting) => ['-o', setting])]
}

export const opensshTarget = ({ user, host }: Reception): string => `${user}@${host}`

/** Arguments with which `sftp` does what it is told on its standard input. */
export function sftpBatch(reception: Reception, ...keyFiles: readonly string[]): string[] {
  return [...opensshOptions(reception, ...keyFiles), '-b', '-', opensshTarget(reception)]
}

/** OpenSSH's sftp lists the deposit box, offering these keys in their order. */
export function listDeposits(
  reception: Reception,
  ...keyFiles: readonly string[]
): Promise<ProgramEnd> {
  return runProgram('sftp', sftpBatch(reception, ...keyFiles), { input: 'ls depot\n' })
}
