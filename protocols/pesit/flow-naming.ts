import { createHash } from 'node:crypto'
import type { PesitPartner } from '../listener.ts'
import type { ParameterValues } from './parameter-table.ts'
import type { NamingStrategy } from './partner-profile.ts'

/** The name that a CREATE gives a flow, or one sentence that says why it gives none. */
export type GivenName = { readonly name: string } | { readonly fault: string }

export interface NamingOrder {
  readonly strategy: NamingStrategy
  readonly applicationCode: string
  readonly partner: PesitPartner
  readonly create: ParameterValues
}

/** Of an identifier, behind the four digits of the interface code. */
const SEQUENCE_CHARACTERS = 15
const INTERFACE_CODE = /^[A-Z]{3}\d{4}[A-Z]$/

/**
 * Where the name of a flow stands (decisions E3). PI 12 must agree with it, so that a partner that
 * names the wrong flow is told before it sends.
 */
export function givenName(order: NamingOrder): GivenName {
  const { strategy, create } = order
  switch (strategy) {
    case 'label':
      return agreeing('PI 37', create.label, create)
    case 'free-text':
      return agreeing('PI 99', create.freeText, create)
    case 'file-name':
      return { name: baseName(create.fileName ?? '') }
    case 'aliases':
      return aliasName(order)
  }
}

function agreeing(
  where: string,
  text: string | undefined,
  { fileName = '' }: ParameterValues,
): GivenName {
  const name = baseName(text ?? '')
  if (name === '') return { fault: `${where} is missing: it carries the name of the flow` }
  const code = name.slice(0, name.indexOf('_'))
  const isSame = fileName === code || baseName(fileName) === name
  if (isSame || !INTERFACE_CODE.test(code)) return { name }
  return { fault: `PI 12 is ${fileName} and ${where} names a flow of ${code}` }
}

/** Products put a path of theirs there: only its last part is a name to us. */
function baseName(text: string): string {
  return text.slice(Math.max(text.lastIndexOf('/'), text.lastIndexOf('\\')) + 1).trim()
}

/**
 * A name of our own making. Its identifier follows from what makes a transfer known (reference
 * §7.4) and the date of the file: sent again after a lost answer, it is the same flow.
 */
function aliasName({ applicationCode, partner, create }: NamingOrder): GivenName {
  const { aliases = {}, aliasExtension = 'tar.gz' } = partner.overrides
  const { fileName = '' } = create
  const code = Object.hasOwn(aliases, fileName) ? aliases[fileName] : undefined
  if (code === undefined) return { fault: `PI 12 is ${fileName}, which is no alias here` }
  const known = [
    partner.requesterId,
    create.fileType,
    fileName,
    create.transferId,
    create.originalSender,
    create.finalReceiver,
    create.createdAt ?? create.label,
  ]
  const digest = createHash('sha256').update(JSON.stringify(known)).digest('hex')
  const sequence = BigInt(`0x${digest}`).toString(36).toUpperCase().slice(0, SEQUENCE_CHARACTERS)
  const identifier =
    applicationCode + code.slice(3, 7) + sequence.padStart(SEQUENCE_CHARACTERS, '0')
  return { name: `${code}_${applicationCode}_${identifier}.${aliasExtension}` }
}

/** The code that a connection's own table gives a logical name (PI 12 of SELECT). */
export function codeOfAlias({ overrides }: PesitPartner, fileName: string): string {
  const { aliases = {} } = overrides
  return Object.hasOwn(aliases, fileName) ? (aliases[fileName] ?? fileName) : fileName
}
