import type { Generated } from 'kysely'
import type { ConnectionId, Environment, ProcessingMode, ProtocolName } from '../flow.ts'

/** A partner's declared link (*raccordement*). Times are integer ms UTC. */
export interface ConnectionsTable {
  id: ConnectionId
  /** `AAA999`, unique in its environment, given when the connection is made. */
  application_code: string
  /** The structure the connection is made for; null for one registered from the command line. */
  siret: string | null
  /** Name of the partner, for lists. */
  name: string
  /** `foldText(name)` (gateway/connections/folded-text.ts), for searches. */
  name_folded: string
  protocol: ProtocolName
  environment: Environment
  /** Form states, reference §7.3. */
  state: 'DRAFT' | 'SENT' | 'SENT_UPDATED' | 'ACTIVATED' | 'DEACTIVATED'
  /** The form as last saved or submitted (gateway/connections/form.ts). */
  form_json: string
  /** The form in force; null until the first activation. */
  running_json: string | null
  /** Per-connection settings that override `limits.*`, `report.*`…: an operator's. */
  settings_json: string
  /** Dates in force, else of the form: for lists and for the work of the day. */
  valid_from: number | null
  valid_until: number | null
  /** The earliest end of the certificates in force, else of the form. */
  certificate_until: number | null
  /** Sent, Sent Updated: when the automatic processing acts. */
  due_at: number | null
  /** Why the last submission was refused: `{en, fr, checks?}`. */
  motive_json: string | null
  /** While it is blocked, whatever its state: `{by, at, reason}`. */
  blocked_json: Generated<string | null>
  /** Grows with every change of any connection: what readers follow, and the ETag. Unique. */
  revision: number
  created_at: number
  updated_at: number
}

/** Certificates a connection has ever been given; which are in force, its forms say. */
export interface ConnectionCertificatesTable {
  connection_id: ConnectionId
  /** Of the end-entity certificate, DER: 64 lower-case hexadecimal characters. Unique with connection_id. */
  sha256: string
  spki_sha256: string
  subject: string
  issuer: string
  serial: string
  not_before: number
  not_after: number
  /** PEM, the end-entity certificate first. */
  chain_pem: string
  added_at: number
}

/** Interface codes subscribed to, in force else of the form: for searches. Unique together. */
export interface ConnectionCodesTable {
  connection_id: ConnectionId
  interface_code: string
  mode: ProcessingMode
}
