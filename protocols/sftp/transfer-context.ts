import { setTimeout as sleep } from 'node:timers/promises'
import { GatewayError } from '../../gateway/errors.ts'
import type { FaultContext, FaultPoint } from '../../gateway/faults.ts'
import type { RefusalCode } from '../../gateway/flow.ts'
import { REFUSALS } from '../../gateway/refusals.ts'
import type { Config } from '../../config/schema.ts'
import type { Logger } from '../../gateway/logger.ts'
import type { ListenerServices } from '../listener.ts'
import { errorReply, refusalReply } from './errors.ts'
import { failed } from './replies.ts'
import type { Reply } from './replies.ts'
import type { SftpClient } from './ssh-channel.ts'

/** What everything in one SFTP session shares. */
export interface TransferContext {
  readonly client: SftpClient
  readonly services: ListenerServices
  readonly settings: Config['sftp']
  readonly log: Logger
}

/** Records a refusal at the door and makes the reply that tells it. */
export function refuse(
  context: TransferContext,
  code: RefusalCode,
  reason: string,
  offered: string,
): Reply {
  const { client, services, log } = context
  const refusalId = services.sessions.refused({
    protocol: 'sftp',
    peer: client.peer,
    sessionId: client.session.id,
    connectionId: client.connection.id,
    code,
    reason,
    offered,
  })
  log.warn({ refusalId, code, offered }, 'deposit refused')
  return tellRefusal(context, code, offered)
}

/** The reply that tells a refusal, and the same beside the data for clients that hide its text. */
export function tellRefusal(context: TransferContext, code: RefusalCode, offered: string): Reply {
  if (context.settings.explainRefusals) {
    const { message, remedy } = REFUSALS[code]
    context.client.channel.explain(`${offered}: ${message.en} ${remedy.en}\r\n`)
  }
  return refusalReply(code)
}

/**
 * Passes a fault point (decisions B7).
 * @returns what to answer instead of going on, or undefined
 */
export async function passFault(
  { client, services }: TransferContext,
  point: FaultPoint,
  facts: Pick<FaultContext, 'bytes' | 'dialogue' | 'asker' | 'interfaceCode'> = {},
): Promise<Reply | undefined> {
  const action = services.faults.at(point, {
    protocol: 'sftp',
    connectionId: client.connection.id,
    sessionId: client.session.id,
    ...facts,
  })
  if (action === undefined) return undefined
  switch (action.kind) {
    case 'delay':
      await sleep(action.milliseconds)
      return undefined
    case 'cut':
      client.channel.destroy(`fault at ${point}`)
      return failed('FAILURE', 'The connection was cut.')
    case 'refuse':
      return failed('FAILURE', action.message)
    case 'fail':
      return errorReply(new GatewayError(action.code, `A fault on demand at ${point}.`))
    case 'answer':
      return action.name === 'permission-denied'
        ? failed('PERMISSION_DENIED', 'Permission denied.')
        : undefined
    case 'crash':
      process.kill(process.pid, 'SIGKILL')
      return undefined
    case 'hang':
    case 'slow':
      return undefined
  }
}
