import type { ParameterKey, ParameterValues } from './parameter-table.ts'
import { parameterRow } from './parameter-table.ts'

/** What an FPDU said, for the evidence of a flow: `CONNECT PI 3 requester`; no secret is among it. */
export function keptParameters(fpdu: string, values: ParameterValues): Record<string, string> {
  const known: Record<string, string> = {}
  for (const key of Object.keys(values) as ParameterKey[]) {
    if (parameterRow(key).isSecret === true) continue
    known[nameOf(fpdu, key)] = textOf(values[key])
  }
  return known
}

/**
 * PI 61 and PI 62 of a return flow: those of the CREATE it answers, swapped (decisions E3; reference
 * §11.2 and §11.3).
 * @param evidence of the flow that is answered
 */
export function routeBack(
  evidence: Readonly<Record<string, string>>,
): Pick<ParameterValues, 'originalSender' | 'finalReceiver'> {
  const originalSender = evidence[nameOf('CREATE', 'finalReceiver')]
  const finalReceiver = evidence[nameOf('CREATE', 'originalSender')]
  return {
    ...(originalSender === undefined ? {} : { originalSender }),
    ...(finalReceiver === undefined ? {} : { finalReceiver }),
  }
}

function nameOf(fpdu: string, key: ParameterKey): string {
  const { code, label } = parameterRow(key)
  return `${fpdu} PI ${code} ${label}`
}

function textOf(value: ParameterValues[ParameterKey]): string {
  if (Buffer.isBuffer(value)) return value.toString('hex')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
