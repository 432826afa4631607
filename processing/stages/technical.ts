import type { Finding } from '../../gateway/flow.ts'
import { parseInboundName } from '../../config/flow-name.ts'
import { motiveFinding } from '../motives.ts'
import type { JournaledFlow, PipelineSettings } from '../pipeline-context.ts'

/**
 * Stage 1 (reference §8.1): the envelope itself. The name was judged at the door; it is judged
 * again because not every flow comes through one. Antivirus and number of files are looked at
 * while the flow is unpacked, see extraction.
 */
export function checkTechnical(
  flow: JournaledFlow,
  settings: Pick<PipelineSettings, 'limits'>,
): Finding[] {
  const findings: Finding[] = []
  const name = parseInboundName(flow.file_name)
  if ('fault' in name) {
    findings.push(motiveFinding(name.fault === 'EXTENSION_UNKNOWN' ? 'ERR_ENV_007' : 'ERR_ENV_001'))
  }
  if (flow.bytes === 0) findings.push(motiveFinding('ERR_VOL_001'))
  const { maxFlowBytes } = settings.limits
  if (flow.bytes > maxFlowBytes) {
    findings.push(
      motiveFinding('ERR_VOL_002', {
        detail: {
          en: `It has ${flow.bytes} bytes; at most ${maxFlowBytes} are allowed.`,
          fr: `Il compte ${flow.bytes} octets ; le maximum est de ${maxFlowBytes}.`,
        },
      }),
    )
  }
  return findings
}
