import { findInterfaceCode } from '../config/interface-codes.ts'
import type { CheckPolicy } from './check-invoices.ts'
import type { JournaledFlow, PipelineSettings } from './pipeline-context.ts'

/** How the invoices of a flow are judged: the rule sets of its code and the settings. */
export function policyOf(
  flow: Pick<JournaledFlow, 'interface_code'>,
  settings: PipelineSettings,
): CheckPolicy {
  const code = findInterfaceCode(flow.interface_code)!
  const { utf8Only, requirePdf, strictFacturX } = settings.invoices
  return {
    ruleSets: code.ruleSets,
    format: code.format as CheckPolicy['format'],
    settings: {
      environment: settings.environment,
      utf8Only,
      family: code.family as CheckPolicy['settings']['family'],
      requirePdf,
      strictFacturX,
      unknownRecipient: settings.directory.unknown,
    },
  }
}
