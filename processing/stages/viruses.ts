import type { Finding } from '../../gateway/flow.ts'
import { scanContent } from '../antivirus.ts'
import { motiveFinding } from '../motives.ts'
import type { JournaledFlow, PipelineContext } from '../pipeline-context.ts'

/**
 * Has the configured clamd look at the flow as it came; clamd unpacks archives itself. Without
 * one, only the EICAR test file is recognised, while the flow is unpacked.
 * @throws GatewayError ANTIVIRUS_UNAVAILABLE: the flow waits
 */
export async function checkForViruses(
  { settings, payloads }: Pick<PipelineContext, 'settings' | 'payloads'>,
  flow: JournaledFlow,
  signal: AbortSignal,
): Promise<Finding[]> {
  if (settings.antivirus.clamd === '' || flow.bytes === 0) return []
  const { sha256, bytes } = flow
  const scan = await scanContent(settings.antivirus, payloads.read({ sha256, bytes }), signal)
  if (scan.isClean) return []
  return [
    motiveFinding('ERR_AV_001', {
      detail: {
        en: `The antivirus found ${scan.found}.`,
        fr: `L’antivirus a trouvé ${scan.found}.`,
      },
    }),
  ]
}
