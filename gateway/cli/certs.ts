import { Command } from 'commander'
import { certsCheckCommand } from './certs-check.ts'
import { certsDefectsCommand, certsMakeCommand } from './certs-make.ts'
import type { CommandContext } from './command-context.ts'

/** `raccord certs`: certificates to try with, and what the form would say of one. */
export function certsCommand(context: CommandContext): Command {
  return new Command('certs')
    .description('Make certificates to try with; check one as the connection form does.')
    .addCommand(certsMakeCommand(context))
    .addCommand(certsCheckCommand(context))
    .addCommand(certsDefectsCommand(context))
}
