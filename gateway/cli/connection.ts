import { Command } from 'commander'
import type { CommandContext } from './command-context.ts'
import { addConnectionChanges, addConnectionMoves } from './connection-change.ts'
import { connectionCreateCommand } from './connection-create.ts'
import { addConnectionReading } from './connection-list.ts'
import { addConnectionKit, addConnectionTransfer } from './connection-transfer.ts'

/** `raccord connection`: the connection form, from the command line. */
export function connectionCommand(context: CommandContext): Command {
  const connection = new Command('connection')
    .description('Make, change and look at connections (raccordements).')
    .addCommand(connectionCreateCommand(context))
  addConnectionReading(connection, context)
  addConnectionChanges(connection, context)
  addConnectionMoves(connection, context)
  addConnectionTransfer(connection, context)
  addConnectionKit(connection, context)
  return connection
}
