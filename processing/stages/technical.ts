import type { Finding } from '../../gateway/flow.ts'
import { parseInboundName, type FlowName } from '../../config/flow-name.ts'
import { motiveFinding } from '../motives.ts'
import type { JournaledFlow, PipelineSettings } from '../pipeline-context.ts'

/**
 * Stage 1 (reference §8.1): the envelope itself. The name was judged at the door; it is judged
 * again because not every flow comes through one. The number of files and the EICAR test file are
 * looked at while the flow is unpacked, see extraction.
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
  if ('name' in name && !name.name.followsRecommendation) findings.push(sequenceFinding(name.name))
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

/** Accepted, and said once: the sequence may be anything (reference §4.1, decisions D10). */
function sequenceFinding({ interfaceCode }: FlowName): Finding {
  const digits = interfaceCode.slice(3, 7)
  return {
    rule: 'ENV-SEQUENCE',
    severity: 'information',
    nature: 'ERR_ENV',
    code: 'ERR_ENV_001',
    terms: [],
    message: {
      en: `The identifier is accepted; a sequence is recommended to start with ${digits}, the digits of the interface code.`,
      fr: `L’identifiant est accepté ; il est recommandé que la séquence commence par ${digits}, les chiffres du code interface.`,
    },
    remedy: {
      en: `Number the flows ${digits} followed by a 15-digit counter.`,
      fr: `Numérotez les flux ${digits} suivi d’un compteur de 15 chiffres.`,
    },
    platformText: '',
  }
}
