import type { Selectable } from 'kysely'
import type { PartnerConnection } from '../../protocols/listener.ts'
import type { ConnectionId, Environment, ProcessingMode, ProtocolName } from '../flow.ts'
import type { ConnectionsTable } from '../journal/schema.ts'
import { parseOverrides, type ConnectionOverrides } from './connection-overrides.ts'
import { CONNECTION_STATES, type ConnectionState } from './connection-states.ts'

/** The certificate a connection is known by. Times are milliseconds UTC, both included. */
export interface ConnectionCertificate {
  readonly pem: string
  /** 64 lower-case hexadecimal characters. */
  readonly spkiSha256: string
  readonly notBefore: number
  readonly notAfter: number
}

export type ConnectionRow = Selectable<ConnectionsTable>

/** A partner's declared link (*raccordement*), as the journal held it when it was read. */
export class Connection implements PartnerConnection {
  readonly id: ConnectionId
  readonly applicationCode: string
  readonly name: string
  readonly protocol: ProtocolName
  readonly environment: Environment
  readonly state: ConnectionState
  readonly certificate: ConnectionCertificate | undefined
  /** Milliseconds UTC, business time: open from `validFrom` until before `validUntil`. */
  readonly validFrom: number
  readonly validUntil: number
  /** By interface code; one that is not there is "No connection". */
  readonly modes: Readonly<Record<string, ProcessingMode>>
  readonly overrides: ConnectionOverrides
  readonly createdAt: number
  readonly updatedAt: number

  constructor(row: ConnectionRow) {
    this.id = row.id
    this.applicationCode = row.application_code
    this.name = row.name
    this.protocol = row.protocol
    this.environment = row.environment
    this.state = row.state
    this.certificate = certificateOf(row)
    this.validFrom = row.valid_from
    this.validUntil = row.valid_until
    this.modes = JSON.parse(row.modes_json) as Record<string, ProcessingMode>
    this.overrides = parseOverrides(JSON.parse(row.settings_json)) ?? {}
    this.createdAt = row.created_at
    this.updatedAt = row.updated_at
  }

  /** `NONE` for a code the connection has not subscribed to. */
  modeOf(interfaceCode: string): ProcessingMode {
    return Object.hasOwn(this.modes, interfaceCode) ? this.modes[interfaceCode]! : 'NONE'
  }

  /**
   * Why no session may start at `now`, in one sentence for the operator; undefined when it may.
   * @param now milliseconds UTC, business time
   */
  closedBecause(now: number): string | undefined {
    const label = CONNECTION_STATES[this.state].label.en
    if (!CONNECTION_STATES[this.state].isOpen) return `the connection is ${label}`
    if (now < this.validFrom) return `the connection starts on ${day(this.validFrom)}`
    if (now >= this.validUntil) return `the connection ended on ${day(this.validUntil)}`
    if (this.certificate === undefined) return 'the connection has no certificate'
    const { notBefore, notAfter } = this.certificate
    if (now < notBefore) return `the certificate is valid from ${day(notBefore)}`
    if (now > notAfter) return `the certificate expired on ${day(notAfter)}`
    return undefined
  }
}

function certificateOf(row: ConnectionRow): ConnectionCertificate | undefined {
  const { certificate_pem, spki_sha256, certificate_from, certificate_until } = row
  if (certificate_pem === null || spki_sha256 === null) return undefined
  return {
    pem: certificate_pem,
    spkiSha256: spki_sha256,
    notBefore: certificate_from ?? 0,
    notAfter: certificate_until ?? 0,
  }
}

const day = (milliseconds: number): string => new Date(milliseconds).toISOString().slice(0, 10)
