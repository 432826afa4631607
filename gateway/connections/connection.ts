import type { Selectable } from 'kysely'
import type { PartnerConnection } from '../../protocols/listener.ts'
import type { ConnectionId, Environment, ProcessingMode, ProtocolName } from '../flow.ts'
import type { ConnectionCertificatesTable, ConnectionsTable } from '../journal/connection-tables.ts'
import { parseOverrides, type ConnectionOverrides } from './connection-overrides.ts'
import { CONNECTION_STATES, type ConnectionState } from './connection-states.ts'
import type { ConnectionForm } from './form.ts'

/** A certificate a connection is known by. Times are milliseconds UTC, both included. */
export interface ConnectionCertificate {
  readonly part: 'client' | 'server'
  /** The end-entity certificate first. */
  readonly pem: string
  /** 64 lower-case hexadecimal characters each. */
  readonly sha256: string
  readonly spkiSha256: string
  /** Of the certificate, or the start of a renewal when that is later. */
  readonly notBefore: number
  readonly notAfter: number
}

export type ConnectionRow = Selectable<ConnectionsTable>
export type CertificateRow = Selectable<ConnectionCertificatesTable>

/** A partner's declared link (*raccordement*), as the journal held it when it was read. */
export class Connection implements PartnerConnection {
  readonly id: ConnectionId
  readonly applicationCode: string
  readonly name: string
  readonly protocol: ProtocolName
  readonly environment: Environment
  readonly state: ConnectionState
  /** Those in force, else those of the form; the first of a part, then its renewal. */
  readonly certificates: readonly ConnectionCertificate[]
  /** Milliseconds UTC, business time: open from `validFrom` until before `validUntil`. */
  readonly validFrom: number
  readonly validUntil: number
  /** By interface code; one that is not there is "No connection". */
  readonly modes: Readonly<Record<string, ProcessingMode>>
  readonly overrides: ConnectionOverrides
  readonly createdAt: number
  /** Grows with every change of any connection. */
  readonly revision: number

  constructor(row: ConnectionRow, certificates: readonly CertificateRow[]) {
    const form = JSON.parse(row.running_json ?? row.form_json) as ConnectionForm
    this.id = row.id
    this.applicationCode = row.application_code
    this.name = row.name
    this.protocol = row.protocol
    this.environment = row.environment
    this.state = row.state
    this.certificates = certificatesOf(form, certificates)
    this.validFrom = row.valid_from ?? Number.NEGATIVE_INFINITY
    this.validUntil = row.valid_until ?? Number.POSITIVE_INFINITY
    this.modes = form.codes ?? {}
    this.overrides = parseOverrides(JSON.parse(row.settings_json)) ?? {}
    this.createdAt = row.created_at
    this.revision = row.revision
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
    const [first] = this.certificates
    if (first === undefined) return 'the connection has no certificate'
    const isUsable = this.certificates.some((one) => one.notBefore <= now && now <= one.notAfter)
    if (isUsable) return undefined
    if (now < first.notBefore) return `the certificate is valid from ${day(first.notBefore)}`
    return `the certificate expired on ${day(first.notAfter)}`
  }
}

function certificatesOf(
  form: ConnectionForm,
  rows: readonly CertificateRow[],
): readonly ConnectionCertificate[] {
  return (form.certificates ?? []).flatMap(({ part, sha256, startsAt }) => {
    const row = rows.find((one) => one.sha256 === sha256)
    if (row === undefined) return []
    return [
      {
        part,
        pem: row.chain_pem,
        sha256,
        spkiSha256: row.spki_sha256,
        notBefore: Math.max(row.not_before, startsAt === undefined ? 0 : Date.parse(startsAt)),
        notAfter: row.not_after,
      },
    ]
  })
}

const day = (milliseconds: number): string => new Date(milliseconds).toISOString().slice(0, 10)
