/**
 * Names of elements and attributes as small numbers, so that rules compare integers. Senders choose
 * their own prefixes; ours (those of the reference, invoices §1) stand for the namespaces.
 */
export const NAMESPACES = {
  ubl: 'urn:oasis:names:specification:ubl:schema:xsd:Invoice-2',
  cn: 'urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2',
  cac: 'urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2',
  cbc: 'urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2',
  ext: 'urn:oasis:names:specification:ubl:schema:xsd:CommonExtensionComponents-2',
  rsm: 'urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100',
  ram: 'urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100',
  udt: 'urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100',
  qdt: 'urn:un:unece:uncefact:data:standard:QualifiedDataType:100',
  // Signatures, which stand in extensions of UBL.
  sig: 'urn:oasis:names:specification:ubl:schema:xsd:CommonSignatureComponents-2',
  sac: 'urn:oasis:names:specification:ubl:schema:xsd:SignatureAggregateComponents-2',
  sbc: 'urn:oasis:names:specification:ubl:schema:xsd:SignatureBasicComponents-2',
  ds: 'http://www.w3.org/2000/09/xmldsig#',
  xades: 'http://uri.etsi.org/01903/v1.3.2#',
  xades141: 'http://uri.etsi.org/01903/v1.4.1#',
  xsi: 'http://www.w3.org/2001/XMLSchema-instance',
  xml: 'http://www.w3.org/XML/1998/namespace',
} as const satisfies Record<string, string>

/** From 0, in the order they were first asked for; the same number everywhere in one thread. */
export type NameId = number

/** A name without prefix (an attribute, or an element of CPPFactureMixte) has no namespace. */
export interface XmlName {
  /** With our prefix: `cac:Party`; an unknown namespace shows the sender's own prefix. */
  readonly prefixed: string
  readonly uri: string
  readonly local: string
}

const NAMES: XmlName[] = []
const IDS = new Map<string, NameId>()
const key = (uri: string, local: string): string => `${uri} ${local}`

/** The number of a name that tables or rules mention: only call it while modules load. */
export function nameId(prefixed: string): NameId {
  const [first = '', second] = prefixed.split(':')
  const local = second ?? first
  const uri = second === undefined ? '' : (NAMESPACES as Record<string, string>)[first]
  if (uri === undefined) throw new TypeError(`prefix of ${prefixed} is none of ours`)
  const known = IDS.get(key(uri, local))
  if (known !== undefined) return known
  NAMES.push({ prefixed, uri, local })
  IDS.set(key(uri, local), NAMES.length - 1)
  return NAMES.length - 1
}

/** The number of a name that was met in a document; undefined when no table mentions it. */
export function findNameId(uri: string, local: string): NameId | undefined {
  return IDS.get(key(uri, local))
}

export function knownName(id: NameId): XmlName | undefined {
  return NAMES[id]
}

/** Our prefix for a namespace; undefined when it is none of ours. */
export function prefixOf(uri: string): string | undefined {
  return PREFIXES.get(uri)
}

const PREFIXES: ReadonlyMap<string, string> = new Map(
  Object.entries(NAMESPACES).map(([prefix, uri]) => [uri, prefix]),
)
