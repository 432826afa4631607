import { setTimeout as sleep } from 'node:timers/promises'
import { GatewayError } from '../gateway/errors.ts'
import type { FaultPoint } from '../gateway/faults.ts'
import type { JournaledFlow, PipelineContext } from './pipeline-context.ts'

/**
 * Asks for a fault at a point of the pipeline (decisions B7): a delay is waited for, anything else
 * fails the attempt as a bug of ours would.
 * @throws GatewayError INTERNAL
 */
export async function meetFault(
  { faults }: Pick<PipelineContext, 'faults'>,
  point: FaultPoint,
  flow: JournaledFlow,
  signal: AbortSignal,
): Promise<void> {
  const action = faults.at(point, {
    protocol: flow.protocol,
    connectionId: flow.connection_id,
    interfaceCode: flow.interface_code,
    bytes: flow.bytes,
    flowId: flow.id,
  })
  if (action === undefined) return
  if (action.kind !== 'delay') {
    throw new GatewayError('INTERNAL', `Fault on demand at ${point}: ${action.kind}`)
  }
  await sleep(action.milliseconds, undefined, { signal })
}
