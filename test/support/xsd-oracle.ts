import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import {
  XmlBufferInputProvider,
  XmlDocument,
  xmlRegisterInputProvider,
  XmlValidateError,
  XsdValidator,
} from 'libxml2-wasm'
import { shared } from './shared.ts'

/** What the official schemas say of a document. */
export type XsdVerdict =
  | { readonly outcome: 'valid' }
  /** Line of the first error; of the end of the start tag, as libxml2 counts. */
  | { readonly outcome: 'invalid'; readonly line: number; readonly messages: readonly string[] }
  | { readonly outcome: 'ill-formed' }

export type XsdSyntax = 'ubl-invoice' | 'ubl-creditnote' | 'cii'

const MAIN_FILES: Readonly<Record<XsdSyntax, string>> = {
  'ubl-invoice': 'ubl/maindoc/UBL-Invoice-2.1.xsd',
  'ubl-creditnote': 'ubl/maindoc/UBL-CreditNote-2.1.xsd',
  cii: 'cii/uncefact/data/standard/CrossIndustryInvoice_100pD16B.xsd',
}

const validators = new Map<XsdSyntax, XsdValidator>()
let hasFiles = false

/** Judges a document by libxml2 with the official schemas. @throws without the shared data */
export function validateByXsd(bytes: Uint8Array, syntax: XsdSyntax): XsdVerdict {
  const validator = validatorOf(syntax)
  let document: XmlDocument
  try {
    document = XmlDocument.fromBuffer(bytes)
  } catch {
    return { outcome: 'ill-formed' }
  }
  try {
    validator.validate(document)
    return { outcome: 'valid' }
  } catch (error) {
    if (!(error instanceof XmlValidateError)) throw error
    const messages = error.details.map(({ message }) => message)
    return { outcome: 'invalid', line: error.details[0]?.line ?? 0, messages }
  } finally {
    document.dispose()
  }
}

function validatorOf(syntax: XsdSyntax): XsdValidator {
  const known = validators.get(syntax)
  if (known !== undefined) return known
  const folder = shared('data/invoices/xsd')
  if (!hasFiles) {
    const files: Record<string, Uint8Array> = {}
    for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      if (file.endsWith('.xsd')) files[resolve(folder, file)] = readFileSync(resolve(folder, file))
    }
    xmlRegisterInputProvider(new XmlBufferInputProvider(files))
    hasFiles = true
  }
  const url = resolve(folder, MAIN_FILES[syntax])
  const schema = XmlDocument.fromBuffer(readFileSync(url), { url })
  try {
    const validator = XsdValidator.fromDoc(schema)
    validators.set(syntax, validator)
    return validator
  } finally {
    schema.dispose()
  }
}
