import { schemaOf } from '../../processing/formats/structure/schemas.ts'
import { StructureCheck } from '../../processing/formats/structure/structure-check.ts'
import type { StructureIssue } from '../../processing/formats/structure/structure-issue.ts'
import type { XmlListener } from '../../processing/formats/xml/xml-listener.ts'
import { XmlReader } from '../../processing/formats/xml/xml-reader.ts'
import { nameId } from '../../processing/formats/xml/xml-names.ts'

const READER = new XmlReader()

/** What the structure check finds in a document; undefined = it is not well-formed. */
export function checkStructure(
  bytes: Uint8Array,
  rootName: 'ubl:Invoice' | 'cn:CreditNote' | 'rsm:CrossIndustryInvoice' | 'CPPFactureMixte',
): readonly StructureIssue[] | undefined {
  const schema = schemaOf(nameId(rootName))
  if (schema === undefined) throw new Error(`No schema begins with ${rootName}.`)
  const check: StructureCheck & XmlListener = new StructureCheck(schema, READER.document)
  const { fault } = READER.read(bytes, check)
  return fault === undefined ? check.issues : undefined
}
