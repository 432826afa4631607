import { findInterfaceCode } from './interface-codes.ts'

/**
 * The grammar of flow names: `<interface code>_<application code>_<flow identifier>[.<extension>]`
 * (reference chorus-pro-edi §4.1, §4.2).
 */
export interface FlowName {
  readonly interfaceCode: string
  readonly applicationCode: string
  /** 25 characters: code of whoever issues the flow, then 19 digits or capital letters. */
  readonly flowIdentifier: string
  readonly extension: 'tar.gz' | 'xml'
  /** The identifier's sequence starts with the digits of the interface code, as recommended. */
  readonly followsRecommendation: boolean
}

export type FlowNameFault =
  | 'NAME_MALFORMED'
  | 'EXTENSION_UNKNOWN'
  | 'DIRECTION_WRONG'
  | 'IDENTIFIER_OTHER'

const SHAPE = /^([A-Z]{3}\d{4}[A-Z])_([A-Z0-9]{6})_([A-Z0-9]{6})([0-9A-Z]{19})(\.[^/]*)?$/

/**
 * Reads the name of a flow that a partner sends. A recipient's report on a flow of ours has that
 * flow's name with the first letter `C`, hence our identifier; only codes that the catalogue has as
 * inbound are so (decisions D10).
 * @returns the parts, or which rule the name breaks
 */
export function parseInboundName(
  name: string,
): { readonly name: FlowName } | { readonly fault: FlowNameFault } {
  const match = SHAPE.exec(name)
  if (match === null) return { fault: 'NAME_MALFORMED' }
  const [, interfaceCode, applicationCode, issuer, sequence, suffix] = match as unknown as [
    string,
    string,
    string,
    string,
    string,
    string | undefined,
  ]
  if (suffix !== '.tar.gz' && suffix !== '.xml') return { fault: 'EXTENSION_UNKNOWN' }
  const isReport = isReportCode(interfaceCode)
  if (isReport && findInterfaceCode(interfaceCode)?.direction !== 'in') {
    return { fault: 'DIRECTION_WRONG' }
  }
  if (!isReport && !interfaceCode.startsWith('F')) return { fault: 'NAME_MALFORMED' }
  if (issuer !== (isReport ? PLATFORM_CODE : applicationCode)) return { fault: 'IDENTIFIER_OTHER' }
  return {
    name: {
      interfaceCode,
      applicationCode,
      flowIdentifier: issuer + sequence,
      extension: suffix === '.xml' ? 'xml' : 'tar.gz',
      followsRecommendation: sequence.startsWith(interfaceCode.slice(3, 7)),
    },
  }
}

/** Base name of the report on a flow: first letter `C`, the rest unchanged (reference §4.2). */
export function reportBaseName(flowFileName: string): string {
  return `C${flowFileName.slice(1).replace(/\.(tar\.gz|xml)$/, '')}`
}

/**
 * A code, or a name that begins with one, of a report on a flow: ours on one received, or a
 * recipient’s on one that we sent.
 */
export function isReportCode(interfaceCode: string): boolean {
  return interfaceCode.startsWith('C')
}

/** Names that the flow may have on which a report of this name is: the inverse of `reportBaseName`. */
export function reportedNames(reportFileName: string): readonly string[] {
  const base = `F${reportFileName.slice(1).replace(/\.(tar\.gz|xml)$/, '')}`
  return [`${base}.tar.gz`, `${base}.xml`]
}

/** What follows it in the identifier of a flow is the epoch that set the identifier free (gateway/uniqueness-epochs.ts). */
export const EPOCH_MARK = '~'

/** The identifier as the partner sent it. */
export function sentIdentifier(identifier: string): string {
  const end = identifier.indexOf(EPOCH_MARK)
  return end === -1 ? identifier : identifier.slice(0, end)
}

/** The platform's own code: it issues the flows that nobody sent (reference §9.2). */
export const PLATFORM_CODE = 'CPP001'

/** Base name of a flow that the gateway issues: number `sequence` of its code (reference §4.2). */
export function issuedName(interfaceCode: string, receiver: string, sequence: number): string {
  const counter = String(sequence).padStart(15, '0')
  return `${interfaceCode}_${receiver}_${PLATFORM_CODE}${interfaceCode.slice(3, 7)}${counter}`
}

/** A partner's own name for its flow number `sequence` under an interface code. */
export function recommendedName(
  interfaceCode: string,
  applicationCode: string,
  sequence: number,
  extension: 'tar.gz' | 'xml',
): string {
  const counter = String(sequence).padStart(15, '0')
  return `${interfaceCode}_${applicationCode}_${applicationCode}${interfaceCode.slice(3, 7)}${counter}.${extension}`
}
