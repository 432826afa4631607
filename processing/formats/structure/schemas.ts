import { CII_SCHEMA } from '../../tables/cii-schema.ts'
import { UBL_SCHEMA } from '../../tables/ubl-schema.ts'
import { CPP_SCHEMA } from '../cpp/cpp-schema.ts'
import type { NameId } from '../xml/xml-names.ts'
import { Schema } from './schema.ts'

/** Names are known from here on; what a type may hold is read when a document first has one. */
const SCHEMAS: readonly Schema[] = [UBL_SCHEMA, CII_SCHEMA, CPP_SCHEMA].map(
  (notation) => new Schema(notation),
)

/** The schema of documents whose root element has this name; undefined = of no format of ours. */
export function schemaOf(root: NameId): Schema | undefined {
  return SCHEMAS.find(({ roots }) => roots.has(root))
}
