import { runProgram } from './child-program.ts'
import type { ProgramEnd } from './child-program.ts'
import type { Reception } from './start-reception.ts'

/** OpenSSH's sftp lists the deposit box, offering these keys in their order. */
export function listDeposits(
  reception: Reception,
  ...keyFiles: readonly string[]
): Promise<ProgramEnd> {
  const settings = [
    'IdentitiesOnly=yes',
    'BatchMode=yes',
    'StrictHostKeyChecking=yes',
    'GlobalKnownHostsFile=none',
    `UserKnownHostsFile=${reception.knownHostsFile}`,
    `Port=${reception.port}`,
  ].flatMap((setting) => ['-o', setting])
  const keys = keyFiles.flatMap((file) => ['-i', file])
  const target = `${reception.user}@${reception.host}`
  return runProgram('sftp', ['-F', 'none', ...keys, ...settings, '-b', '-', target], {
    input: 'ls depot\n',
  })
}
