import { XmlReader } from '../xml/xml-reader.ts'
import type { XmlFault } from '../xml/xml-outcome.ts'
import type { Schema } from './schema.ts'
import { StructureCheck } from './structure-check.ts'
import type { StructureIssue } from './structure-issue.ts'

/** What is wrong with a document: not well-formed, or not as its schema has it; empty = nothing. */
export function documentIssues(
  bytes: Uint8Array,
  schema: Schema,
): readonly (XmlFault | StructureIssue)[] {
  const reader = new XmlReader()
  const check = new StructureCheck(schema, reader.document)
  const { fault } = reader.read(bytes, check)
  if (fault !== undefined) return [fault]
  const root = reader.document.name(0)
  return schema.roots.has(root) ? check.issues : [NO_ROOT]
}

const NO_ROOT: StructureIssue = {
  kind: 'UNKNOWN-ELEMENT',
  place: { path: '/', line: 1, column: 1 },
  name: '',
}
