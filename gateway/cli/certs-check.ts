import type { CommandContext } from './command-context.ts'
import { Command } from 'commander'
export function certsCheckCommand(_context: CommandContext): Command {
  return new Command('check')
}
