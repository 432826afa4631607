import { setTimeout as sleep } from 'node:timers/promises'
import { GatewayError } from '../gateway/errors.ts'
import type { FaultContext, FaultPoint } from '../gateway/faults.ts'
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
  const action = faults.at(point, faultContextOf(flow))
  if (action === undefined) return
  if (action.kind !== 'delay') {
    throw new GatewayError('INTERNAL', `Fault on demand at ${point}: ${action.kind}`)
  }
  await sleep(action.milliseconds, undefined, { signal })
}

/** What a fault in the pipeline is scoped by. */
export const faultContextOf = (flow: JournaledFlow): FaultContext => ({
  protocol: flow.protocol,
  connectionId: flow.connection_id,
  interfaceCode: flow.interface_code,
  bytes: flow.bytes,
  flowId: flow.id,
})
