import type {
  CERTIFICATE_FILE_FAULTS,
  CertificateFileFault,
  PartnerCertificate,
} from '../../certs/partner-certificate.ts'
import { findInterfaceCode } from '../../config/interface-codes.ts'
import type { BilingualText, ConnectionId, Environment, ProcessingMode } from '../flow.ts'
import type { ProtocolName } from '../flow.ts'
import type { ConnectionDirectory } from './directory.ts'
import { parseOverrides, type ConnectionOverrides } from './connection-overrides.ts'
import { REGISTRATION_FAULTS, type RegistrationFault } from './registration-faults.ts'

/** What is asked for: a connection, activated at once. */
export interface RegistrationOrder {
  readonly applicationCode: string
  readonly name: string
  readonly protocol: ProtocolName
  readonly certificatePem: string
  readonly modes: Readonly<Record<string, ProcessingMode>>
  /** Milliseconds UTC, business time. */
  readonly validFrom: number
  readonly validUntil: number
  readonly overrides?: ConnectionOverrides
}

/** One thing to say about an order, refused or warned of. */
export interface RegistrationReason {
  readonly code: RegistrationFault | CertificateFileFault
  readonly message: BilingualText
  readonly remedy: BilingualText
  /** The connection in the way, for the operator. */
  readonly connectionId?: ConnectionId
}

export interface RegistrationFindings {
  readonly reasons: readonly RegistrationReason[]
  readonly warnings: readonly RegistrationReason[]
}

const APPLICATION_CODE = /^[A-Z0-9]{6}$/
const MAX_NAME_CHARACTERS = 200
/** Decisions C4. */
const MIN_RSA_BITS = 2_048
const ADVISED_RSA_BITS = 3_072

/** Looks at an order whose certificate could be read: everything at once, not the first fault. */
export function checkRegistration(
  order: RegistrationOrder,
  certificate: PartnerCertificate,
  environment: Environment,
  directory: ConnectionDirectory,
  now: number,
): RegistrationFindings {
  const found: { readonly reason: RegistrationReason; readonly isWarning: boolean }[] = []
  const refuse = (code: RegistrationFault, connectionId?: ConnectionId) =>
    found.push({
      reason: registrationReason(code, REGISTRATION_FAULTS, connectionId),
      isWarning: false,
    })
  const warn = (code: RegistrationFault) =>
    found.push({ reason: registrationReason(code, REGISTRATION_FAULTS), isWarning: true })

  if (!APPLICATION_CODE.test(order.applicationCode)) refuse('APPLICATION_CODE_MALFORMED')
  const namesake = directory.findByApplicationCode(order.applicationCode)
  if (namesake !== undefined) refuse('APPLICATION_CODE_TAKEN', namesake.id)
  const nameCharacters = order.name.trim().length
  if (nameCharacters === 0 || nameCharacters > MAX_NAME_CHARACTERS)
    refuse('CONNECTION_NAME_MISSING')
  if (!(order.validFrom < order.validUntil)) refuse('VALIDITY_EMPTY')
  for (const [code, mode] of Object.entries(order.modes)) {
    const row = findInterfaceCode(code)
    if (row === undefined || !row.environments.includes(environment))
      refuse('INTERFACE_CODE_UNKNOWN')
    else if (!row.modes.includes(mode)) refuse('INTERFACE_CODE_MODE')
  }
  if (parseOverrides(order.overrides ?? {}) === undefined) refuse('OVERRIDES_INVALID')

  const [holder] = directory.findByKey(certificate.spkiSha256)
  if (holder !== undefined) refuse('KEY_TAKEN', holder.id)
  if (order.protocol === 'sftp' && certificate.sshBlob === undefined) refuse('KEY_UNUSABLE')
  else if (certificate.keyType !== 'rsa') {
    // The bench and modern clients want them; the real one does not (reference §6, sftp §2).
    if (order.protocol === 'sftp') (environment === 'production' ? refuse : warn)('KEY_NOT_RSA')
  } else if (certificate.rsaBits < MIN_RSA_BITS) refuse('KEY_WEAK')
  else if (certificate.rsaBits < ADVISED_RSA_BITS) warn('KEY_SHORT')
  if (certificate.notAfter < now) refuse('CERTIFICATE_EXPIRED')
  if (certificate.notBefore > now) warn('CERTIFICATE_NOT_YET_VALID')

  return {
    reasons: found.filter((one) => !one.isWarning).map((one) => one.reason),
    warnings: found.filter((one) => one.isWarning).map((one) => one.reason),
  }
}

/** The row of a code, as a reason. */
export function registrationReason<Code extends RegistrationFault | CertificateFileFault>(
  code: Code,
  rows: Readonly<Record<Code, (typeof CERTIFICATE_FILE_FAULTS)[CertificateFileFault]>>,
  connectionId?: ConnectionId,
): RegistrationReason {
  return { code, ...rows[code], ...(connectionId === undefined ? {} : { connectionId }) }
}
