import { XmlReader } from '../xml/xml-reader.ts'
import type { XmlName } from '../xml/xml-names.ts'

/** What the XMP packet of a Factur-X file says (reference invoices §7); undefined = not said. */
export interface FacturXMetadata {
  readonly documentType: string | undefined
  readonly fileName: string | undefined
  readonly level: string | undefined
  readonly version: string | undefined
  readonly pdfaPart: string | undefined
  readonly pdfaConformance: string | undefined
}

/** The namespace of today, and those of ZUGFeRD 2.0 and 1. */
const FACTURX_NAMESPACE =
  /^urn:(factur-x:pdfa:CrossIndustryDocument:invoice:1p0#|zugferd:pdfa:CrossIndustryDocument:invoice:2p0#|ferd:pdfa:CrossIndustryDocument:invoice:1p0#)$/
const PDFA_NAMESPACE = 'http://www.aiim.org/pdfa/ns/id/'

/** Undefined when the packet is no XML. Properties may be elements, or attributes of their description. */
export function readMetadata(packet: Buffer): FacturXMetadata | undefined {
  const reader = new XmlReader()
  const { fault } = reader.read(withoutPadding(packet))
  if (fault !== undefined) return undefined
  const { document } = reader
  const facturX = new Map<string, string>()
  const pdfa = new Map<string, string>()
  const note = ({ uri, local }: XmlName, value: () => string): void => {
    const into = FACTURX_NAMESPACE.test(uri) ? facturX : uri === PDFA_NAMESPACE ? pdfa : undefined
    if (into !== undefined && !into.has(local)) into.set(local, value().trim())
  }
  for (let node = 0; node < document.size; node += 1) {
    note(document.nameOf(node), () => document.text(node))
    const end = document.endAttribute(node)
    for (let at = document.firstAttribute(node); at < end; at += 1) {
      note(document.xmlName(document.attributeName(at)), () => document.attributeValue(at))
    }
  }
  return {
    documentType: facturX.get('DocumentType'),
    fileName: facturX.get('DocumentFileName'),
    level: facturX.get('ConformanceLevel'),
    version: facturX.get('Version'),
    pdfaPart: pdfa.get('part'),
    pdfaConformance: pdfa.get('conformance'),
  }
}

/** Writers pad packets with NULs now and then, which no XML may hold. */
function withoutPadding(packet: Buffer): Buffer {
  let end = packet.length
  while (end > 0 && packet[end - 1] === 0) end -= 1
  return packet.subarray(0, end)
}
