import { parseInboundName, type FlowName } from '../config/flow-name.ts'
import type { CheckName } from '../protocols/listener.ts'
import type { RefusalCode } from './flow.ts'

/** The name of a flow that a connection may send, or why it may not (decisions D1). */
export function readFlowName(
  applicationCode: string,
  fileName: string,
): { readonly name: FlowName } | { readonly fault: RefusalCode } {
  const parsed = parseInboundName(fileName)
  if ('fault' in parsed) return parsed
  if (parsed.name.applicationCode !== applicationCode) return { fault: 'APPLICATION_CODE_OTHER' }
  return parsed
}

/** What listeners ask before a byte is sent; the intake asks the same again. */
export const checkFlowName: CheckName = (connection, fileName) => {
  const read = readFlowName(connection.applicationCode, fileName)
  return 'fault' in read ? read.fault : undefined
}
