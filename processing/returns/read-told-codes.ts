import { XmlReader } from '../formats/xml/xml-reader.ts'
import { firstDocument } from './read-cso-report.ts'

/**
 * Every `IdStatut` of a life-cycle flow `FEN1200A` as it was fetched, in its order.
 * @throws Error when it is not XML, or an archive that does not hold together
 */
export function readToldCodes(content: Buffer): readonly string[] {
  const reader = new XmlReader()
  const { document } = reader
  const { fault } = reader.read(firstDocument(content))
  if (fault !== undefined) throw new Error(`Not a life-cycle flow. ${fault.detail.en}`)
  const codes: string[] = []
  for (let node = 0; node < document.size; node += 1) {
    if (document.nameOf(node).local === 'IdStatut') codes.push(document.text(node))
  }
  return codes
}
