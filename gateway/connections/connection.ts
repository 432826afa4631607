import type { Selectable } from 'kysely'
import type { As2Link, PartnerConnection, PesitPartner } from '../../protocols/listener.ts'
import type { ConnectionId, Environment, ProcessingMode, ProtocolName } from '../flow.ts'
import type { ConnectionCertificatesTable, ConnectionsTable } from '../journal/connection-tables.ts'
import { dayInParis } from '../paris-days.ts'
import { as2Policy } from './as2-overrides.ts'
import type { Block } from './connection-forms.ts'
import { parseOverrides, type ConnectionOverrides } from './connection-overrides.ts'
import { CONNECTION_STATES, type ConnectionState } from './connection-states.ts'
import type { ConnectionForm } from './form.ts'
import { IpList } from './ip-list.ts'

/** A certificate a connection is known by. Times are milliseconds UTC, both included. */
export interface ConnectionCertificate {
  readonly part: 'client' | 'server'
  /** 64 lower-case hexadecimal characters each. */
  readonly sha256: string
  readonly spkiSha256: string
  /** Of the certificate, or the start of a renewal when that is later. */
  readonly notBefore: number
  readonly notAfter: number
}

/** What is read of a connection: its form is the one in force, else the one being filled in. */
export type ConnectionRow = Pick<
  Selectable<ConnectionsTable>,
  | 'id'
  | 'application_code'
  | 'name'
  | 'protocol'
  | 'environment'
  | 'state'
  | 'form_json'
  | 'settings_json'
  | 'blocked_json'
  | 'valid_from'
  | 'valid_until'
  | 'revision'
>
export type CertificateRow = Pick<
  Selectable<ConnectionCertificatesTable>,
  'connection_id' | 'sha256' | 'spki_sha256' | 'not_before' | 'not_after'
>

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
  /** Of an AS2 connection. */
  readonly as2?: As2Link
  readonly pesit?: PesitPartner
  /** Where the partner may come from. */
  readonly addresses: IpList
  /** Why nobody may use it now, whatever its state: an operator's reason. */
  readonly blocked: string | undefined
  /** Grows with every change of any connection. */
  readonly revision: number

  constructor(row: ConnectionRow, certificates: readonly CertificateRow[]) {
    const form = JSON.parse(row.form_json) as ConnectionForm
    const addresses = form.network?.ipAddresses ?? []
    this.id = row.id
    this.applicationCode = row.application_code
    this.name = row.name
    this.protocol = sharedText(row.protocol)
    this.environment = sharedText(row.environment)
    this.state = sharedText(row.state)
    this.certificates = certificatesOf(form, certificates)
    this.validFrom = row.valid_from ?? Number.NEGATIVE_INFINITY
    this.validUntil = row.valid_until ?? Number.POSITIVE_INFINITY
    this.modes = shared(form.codes ?? {})
    this.overrides = shared(parseOverrides(JSON.parse(row.settings_json)) ?? {})
    if (row.protocol === 'as2') this.as2 = as2LinkOf(form, row.application_code, this.overrides)
    if (this.protocol === 'pesit') this.pesit = pesitPartnerOf(this, form)
    this.addresses = addresses.length === 0 ? ANY_ADDRESS : new IpList(addresses)
    this.blocked =
      row.blocked_json === null ? undefined : (JSON.parse(row.blocked_json) as Block).reason
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
    if (this.blocked !== undefined) return `the connection is blocked: ${this.blocked}`
    if (now < this.validFrom) return `the connection starts on ${dayInParis(this.validFrom)}`
    if (now >= this.validUntil) {
      return `the connection ended with ${dayInParis(this.validUntil - 1)}`
    }
    if (this.certificates.length === 0) return 'the connection has no certificate'
    if (this.certificatesAt(now).length > 0) return undefined
    const starts = this.certificates.map((one) => one.notBefore).filter((start) => now < start)
    if (starts.length > 0) return `the certificate is valid from ${dayInParis(Math.min(...starts))}`
    const end = Math.max(...this.certificates.map((one) => one.notAfter))
    return `the certificate expired on ${dayInParis(end)}`
  }

  /**
   * Those accepted at `now`: of a renewal both, until the older one ends.
   * @param now milliseconds UTC, business time
   */
  certificatesAt(now: number): readonly ConnectionCertificate[] {
    return this.certificates.filter((one) => one.notBefore <= now && now <= one.notAfter)
  }
}

function pesitPartnerOf(connection: Connection, form: ConnectionForm): PesitPartner {
  const { requesterId = connection.applicationCode, ...others } = form.network?.pesit ?? {}
  return { requesterId, ...others, overrides: connection.overrides.pesit ?? {} }
}

const ANY_ADDRESS = new IpList([])

/** A partner that names itself nowhere goes by its application code. [simulated] */
function as2LinkOf(
  { network }: ConnectionForm,
  applicationCode: string,
  { as2 }: ConnectionOverrides,
): As2Link {
  const policy = shared(as2Policy(as2))
  const partnerId = network?.as2?.as2Id ?? applicationCode
  return { partnerId, ownId: policy.ownId, url: network?.as2?.url ?? '', policy }
}

/** What comes out of the journal anew with each row, kept once: a few words. */
const words = new Map<string, string>()

function sharedText<Text extends string>(text: Text): Text {
  const known = words.get(text) as Text | undefined
  if (known !== undefined) return known
  words.set(text, text)
  return text
}

/** Objects that many connections have alike, kept once. */
const kept = new Map<string, object>()
const MAX_KEPT = 10_000

function shared<Value extends object>(value: Value): Value {
  const text = JSON.stringify(value)
  const known = kept.get(text) as Value | undefined
  if (known !== undefined) return known
  if (kept.size >= MAX_KEPT) kept.clear()
  kept.set(text, value)
  return value
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
        sha256,
        spkiSha256: row.spki_sha256,
        notBefore: Math.max(row.not_before, startsAt === undefined ? 0 : Date.parse(startsAt)),
        notAfter: row.not_after,
      },
    ]
  })
}
