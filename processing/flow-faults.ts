import { setTimeout as sleep } from 'node:timers/promises'
import { GatewayError } from '../gateway/errors.ts'
import type { FaultContext, FaultPoint } from '../gateway/faults.ts'
import { blockFlow } from './blocked-flow.ts'
import type { JournaledFlow, PipelineContext } from './pipeline-context.ts'

/**
 * Asks for a fault at a point of the pipeline (decisions B7): a delay is waited for, anything else
 * fails the attempt as a bug of ours would.
 * @throws GatewayError INTERNAL
 * @throws JobDelayed when the flow is blocked for a time
 */
export async function meetFault(
  context: Pick<PipelineContext, 'faults' | 'queue' | 'journal' | 'clock'>,
  point: FaultPoint,
  flow: JournaledFlow,
  signal: AbortSignal,
): Promise<void> {
  const action = context.faults.at(point, faultContextOf(flow))
  if (action === undefined) return
  if (action.kind === 'answer' && action.name === 'seen-twice') {
    await context.queue.enqueue([{ id: `again-${flow.id}`, kind: 'extract', flowId: flow.id }])
    return
  }
  if (action.kind === 'answer' && action.name === 'blocked') {
    return await blockFlow(context, flow, Number(action.value) * 1_000)
  }
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
