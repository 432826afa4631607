import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { NAMESPACES } from '../../processing/formats/xml/xml-names.ts'
import { shared, sharedFolder } from '../../test/support/shared.ts'
import { SchemaModel } from './schema-model.ts'
import { writeSchemaNotation } from './schema-notation.ts'
import { readXsdFiles } from './xsd-file.ts'

/** Schemas that `npm run generate` turns into tables, by the file it writes. */
const TABLES = {
  'processing/tables/ubl-schema.ts': {
    name: 'UBL_SCHEMA',
    title: 'UBL 2.1 Invoice and CreditNote with signatures (OASIS, 4 November 2013)',
    files: ['ubl/maindoc/UBL-Invoice-2.1.xsd', 'ubl/maindoc/UBL-CreditNote-2.1.xsd'],
    roots: ['ubl:Invoice', 'cn:CreditNote'],
  },
  'processing/tables/cii-schema.ts': {
    name: 'CII_SCHEMA',
    title: 'Cross Industry Invoice D16B (UN/CEFACT, 10 October 2016)',
    files: ['cii/uncefact/data/standard/CrossIndustryInvoice_100pD16B.xsd'],
    roots: ['rsm:CrossIndustryInvoice'],
  },
} as const

export const SCHEMA_TABLE_PATHS = Object.keys(TABLES) as (keyof typeof TABLES)[]

/** A table as a module. Where the schemas are not at hand, what is committed is taken as current. */
export function schemaTable(path: keyof typeof TABLES): string {
  const { name, title, files, roots } = TABLES[path]
  if (sharedFolder === undefined) {
    return readFileSync(resolve(import.meta.dirname, '../..', path), 'utf8')
  }
  const folder = shared('data/invoices/xsd')
  const model = new SchemaModel(readXsdFiles(files.map((file) => resolve(folder, file))))
  const prefixes = new Map(Object.entries(NAMESPACES).map(([prefix, uri]) => [uri, prefix]))
  return [
    '// Written by `npm run generate`; origin and licence are in NOTICE.',
    '',
    `/** ${title}, in the notation of formats/structure/schema.ts. */`,
    `export const ${name} = \`${writeSchemaNotation(model, prefixes, roots)}\``,
    '',
  ].join('\n')
}
