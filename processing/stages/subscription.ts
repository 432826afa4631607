import { findInterfaceCode } from '../../config/interface-codes.ts'
import type { Environment, Finding } from '../../gateway/flow.ts'
import { motiveFinding } from '../motives.ts'
import type { JournaledFlow, PipelineConnection } from '../pipeline-context.ts'

/**
 * Stage 2 (reference §8.1, §8.4; decisions D1, D7): whether this connection may send this code,
 * here and by this protocol. The mode is the one the connection had when the flow arrived.
 */
export function checkSubscription(
  flow: JournaledFlow,
  connection: PipelineConnection | undefined,
  environment: Environment,
): Finding[] {
  const { interface_code: code } = flow
  const row = findInterfaceCode(code)
  if (row === undefined) {
    return [
      motiveFinding('ERR_ENV_002', {
        detail: {
          en: `${code} is not in the catalogue.`,
          fr: `${code} ne figure pas au catalogue.`,
        },
      }),
    ]
  }
  if (row.direction !== 'in') {
    return [
      motiveFinding('ERR_ENV_002', {
        rule: 'ENV-OUTGOING',
        message: {
          en: `${code} (${row.title.en}) is a code of the flows that the platform sends, not of those it receives.`,
          fr: `${code} (${row.title.fr}) est un code des flux que la plateforme émet, pas de ceux qu’elle reçoit.`,
        },
      }),
    ]
  }
  if (!row.environments.includes(environment)) {
    return [
      motiveFinding('ERR_ENV_002', {
        rule: 'ENV-WITHDRAWN',
        message: {
          en: `${code} (${row.title.en}) is withdrawn in this environment.`,
          fr: `${code} (${row.title.fr}) est retiré de cet environnement.`,
        },
      }),
    ]
  }
  if (!row.available) {
    return [
      motiveFinding('ERR_ENV_002', {
        rule: 'ENV-UNAVAILABLE',
        message: {
          en: `${code} (${row.title.en}) is in the catalogue, but this gateway does not process it yet.`,
          fr: `${code} (${row.title.fr}) figure au catalogue, mais cette passerelle ne le traite pas encore.`,
        },
        platformText: 'Irrecevable : code interface non traité.',
        remedy: {
          en: 'Send a code that the catalogue lists as available.',
          fr: 'Envoyez un code que le catalogue indique comme disponible.',
        },
      }),
    ]
  }
  if (connection === undefined) return [motiveFinding('ERR_ENV_003')]
  const findings: Finding[] = []
  if (flow.mode === 'NONE') findings.push(motiveFinding('ERR_ENV_004'))
  if (connection.protocol !== flow.protocol) findings.push(motiveFinding('ERR_ENV_005'))
  return findings
}
