import { findInterfaceCode } from '../../config/interface-codes.ts'
import type { PipelineObserver } from '../../processing/pipeline-context.ts'
import type { Clock } from '../clock.ts'
import type { Intake } from '../flow.ts'
import type { Metrics } from './metrics.ts'

/** The same intake, with what it took counted. */
export function measureIntake(intake: Intake, metrics: Metrics): Intake {
  return async (flow) => {
    const result = await intake(flow)
    if (result.outcome !== 'refused') {
      metrics.count('raccord_flows_total', {
        protocol: flow.protocol,
        code: knownCode(flow.fileName.slice(0, CODE_CHARACTERS).toUpperCase()),
        outcome: result.outcome === 'taken' ? 'received' : 'sent_again',
      })
    }
    return result
  }
}

/** Counts what the pipeline has committed. */
export function flowMeasures(metrics: Metrics, clock: Clock): PipelineObserver {
  return {
    stagesRan(events) {
      for (const { stage, milliseconds } of events) {
        metrics.observe('raccord_flow_seconds', { stage }, milliseconds / 1_000)
      }
    },
    flowDecided(flow, { state, integrated, refused }) {
      const { protocol, interface_code, received_at } = flow
      metrics.count('raccord_flows_total', {
        protocol,
        code: knownCode(interface_code),
        outcome: state,
      })
      metrics.count('raccord_invoices_total', { outcome: 'integrated' }, integrated)
      metrics.count('raccord_invoices_total', { outcome: 'refused' }, refused)
      metrics.count('raccord_reports_total', { result: 'offered' })
      const seconds = Math.max(0, clock.now() - received_at) / 1_000
      metrics.observe('raccord_flow_seconds', { stage: 'total' }, seconds)
    },
  }
}

/** `FSO1110A`. */
const CODE_CHARACTERS = 8

const knownCode = (code: string): string => (findInterfaceCode(code) === undefined ? 'other' : code)
