import { isIP } from 'node:net'
import { certificateParts } from '../../certs/requirements.ts'
import { findInterfaceCode } from '../../config/interface-codes.ts'
import type { Environment, ProtocolName } from '../flow.ts'
import { endOfDayInParis } from '../paris-days.ts'
import { FORM_FAULTS, type FormFaultCode } from './form-faults.ts'
import { requiredConfirmations } from './form-notices.ts'
import type { ConnectionForm, FormFault } from './form.ts'
import { parseIpList } from './ip-list.ts'

export interface FormFacts {
  readonly protocol: ProtocolName
  readonly environment: Environment
  /** Business time, milliseconds UTC. */
  readonly now: number
  readonly isStructureActive: boolean
  /** Fingerprints of the certificates that were given to the connection. */
  readonly given: ReadonlySet<string>
}

type Check = (form: ConnectionForm, facts: FormFacts) => readonly FormFault[]

/** Everything that can be said without opening a certificate: every fault, in the form's order. */
export function checkForm(form: ConnectionForm, facts: FormFacts): readonly FormFault[] {
  return CHECKS.flatMap((check) => check(form, facts))
}

export function formFault(field: string, code: FormFaultCode): FormFault {
  return { field, code, ...FORM_FAULTS[code] }
}

const CHECKS: readonly Check[] = [
  (_form, facts) => (facts.isStructureActive ? [] : [formFault('', 'STRUCTURE_CLOSED')]),
  checkDates,
  checkCertificateList,
  checkContact,
  checkAddresses,
  checkAs2,
  checkPesit,
  checkCodes,
  checkConfirmations,
]

function checkDates({ validFrom, validUntil }: ConnectionForm, { now }: FormFacts) {
  if (validUntil === undefined) return []
  if (validFrom !== undefined && validUntil < validFrom)
    return [formFault('validUntil', 'VALIDITY_EMPTY')]
  return endOfDayInParis(validUntil) <= now ? [formFault('validUntil', 'VALIDITY_ENDED')] : []
}

function checkCertificateList(form: ConnectionForm, { protocol, given }: FormFacts) {
  const certificates = form.certificates ?? []
  const wanted = certificateParts(protocol)
  const faults: FormFault[] = []
  for (const part of wanted) {
    const ofPart = certificates.filter((one) => one.part === part)
    if (ofPart.length === 0) faults.push(formFault(`certificates.${part}`, 'CERTIFICATE_MISSING'))
    if (ofPart.length > 2) faults.push(formFault(`certificates.${part}`, 'CERTIFICATE_TOO_MANY'))
  }
  for (const [index, { part, sha256 }] of certificates.entries()) {
    const field = `certificates.${index}`
    if (!wanted.includes(part)) faults.push(formFault(field, 'CERTIFICATE_OUT_OF_PLACE'))
    if (!given.has(sha256)) faults.push(formFault(field, 'CERTIFICATE_UNKNOWN'))
  }
  return faults
}

/** One `@`, no space, no character that has a meaning in a header (RFC 5322 §3.4.1, its plain form). */
const EMAIL =
  /^[\w.!#$%&'*+/=?^`{|}~-]{1,64}@(?:[\dA-Za-z](?:[\dA-Za-z-]{0,61}[\dA-Za-z])?\.)+[A-Za-z]{2,63}$/
const TELEPHONE = /^\+?[\d ().\-/]{6,40}$/
const MIN_TELEPHONE_DIGITS = 6

function checkContact({ contact }: ConnectionForm) {
  const faults: FormFault[] = []
  const email = contact?.email?.trim() ?? ''
  const telephone = contact?.telephone?.trim() ?? ''
  const digits = telephone.replaceAll(/\D/g, '').length
  if ((contact?.name?.trim() ?? '') === '')
    faults.push(formFault('contact.name', 'CONTACT_NAME_MISSING'))
  if (email === '') faults.push(formFault('contact.email', 'CONTACT_EMAIL_MISSING'))
  else if (!EMAIL.test(email)) faults.push(formFault('contact.email', 'CONTACT_EMAIL_MALFORMED'))
  if (telephone === '') faults.push(formFault('contact.telephone', 'CONTACT_TELEPHONE_MISSING'))
  else if (!TELEPHONE.test(telephone) || digits < MIN_TELEPHONE_DIGITS)
    faults.push(formFault('contact.telephone', 'CONTACT_TELEPHONE_MALFORMED'))
  return faults
}

function checkAddresses({ network }: ConnectionForm): readonly FormFault[] {
  const { faults } = parseIpList(network?.ipAddresses ?? [])
  return faults.map(({ index, ...fault }) => ({
    field: `network.ipAddresses.${index}`,
    ...fault,
  }))
}

/** RFC 4130 §6.2: printable ASCII, here without the two that would need quoting. */
const AS2_ID = /^[\u0020-\u0021\u0023-\u005b\u005d-\u007e]{1,128}$/

function checkAs2({ network }: ConnectionForm, { protocol }: FormFacts) {
  const as2 = network?.as2
  if (protocol !== 'as2')
    return as2 === undefined ? [] : [formFault('network.as2', 'NETWORK_OUT_OF_PLACE')]
  const faults: FormFault[] = []
  if ((as2?.url ?? '') === '') faults.push(formFault('network.as2.url', 'AS2_URL_MISSING'))
  else if (!isPlainUrl(as2!.url!)) faults.push(formFault('network.as2.url', 'AS2_URL_MALFORMED'))
  if ((as2?.as2Id?.trim() ?? '') === '')
    faults.push(formFault('network.as2.as2Id', 'AS2_ID_MISSING'))
  else if (!AS2_ID.test(as2!.as2Id!))
    faults.push(formFault('network.as2.as2Id', 'AS2_ID_MALFORMED'))
  return faults
}

function isPlainUrl(text: string): boolean {
  const url = URL.parse(text)
  if (url === null) return false
  const isWeb = url.protocol === 'https:' || url.protocol === 'http:'
  return isWeb && url.hostname !== '' && url.username === '' && url.password === ''
}

const HOST_NAME =
  /^(?=.{1,253}$)[\dA-Za-z](?:[\dA-Za-z-]{0,61}[\dA-Za-z])?(?:\.[\dA-Za-z](?:[\dA-Za-z-]{0,61}[\dA-Za-z])?)*\.?$/
const PESIT_ID = /^[\u0021-\u007e]{1,24}$/

function checkPesit({ network }: ConnectionForm, { protocol }: FormFacts) {
  const pesit = network?.pesit
  if (protocol !== 'pesit')
    return pesit === undefined ? [] : [formFault('network.pesit', 'NETWORK_OUT_OF_PLACE')]
  const faults: FormFault[] = []
  const host = pesit?.host?.trim() ?? ''
  if (host === '') faults.push(formFault('network.pesit.host', 'PESIT_HOST_MISSING'))
  else if (isIP(host) === 0 && !HOST_NAME.test(host))
    faults.push(formFault('network.pesit.host', 'PESIT_HOST_MALFORMED'))
  if (pesit?.port === undefined) faults.push(formFault('network.pesit.port', 'PESIT_PORT_MISSING'))
  for (const [name, missing] of PESIT_IDS) {
    const id = pesit?.[name] ?? ''
    if (id === '') faults.push(formFault(`network.pesit.${name}`, missing))
    else if (!PESIT_ID.test(id))
      faults.push(formFault(`network.pesit.${name}`, 'PESIT_ID_MALFORMED'))
  }
  return faults
}

const PESIT_IDS = [
  ['requesterId', 'PESIT_REQUESTER_MISSING'],
  ['serverId', 'PESIT_SERVER_MISSING'],
] as const

function checkCodes(form: ConnectionForm, { environment }: FormFacts) {
  const subscribed = Object.entries(form.codes ?? {}).filter(([, mode]) => mode !== 'NONE')
  if (subscribed.length === 0) return [formFault('codes', 'CODES_MISSING')]
  const faults: FormFault[] = []
  for (const [code, mode] of subscribed) {
    const row = findInterfaceCode(code)
    if (row === undefined) faults.push(formFault(`codes.${code}`, 'CODE_UNKNOWN'))
    else if (!row.environments.includes(environment))
      faults.push(formFault(`codes.${code}`, 'CODE_HIDDEN'))
    else if (!row.modes.includes(mode)) faults.push(formFault(`codes.${code}`, 'CODE_MODE'))
  }
  return faults
}

function checkConfirmations({ confirmations }: ConnectionForm, { environment }: FormFacts) {
  return requiredConfirmations(environment)
    .filter((name) => confirmations?.[name] !== true)
    .map((name) => formFault(`confirmations.${name}`, 'CONFIRMATION_MISSING'))
}
