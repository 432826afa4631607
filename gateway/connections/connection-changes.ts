import type { Updateable } from 'kysely'
import type { BilingualText, ConnectionId } from '../flow.ts'
import type { ConnectionsTable } from '../journal/connection-tables.ts'
import type { Journal, WriteStatement } from '../journal/journal.ts'
import { endOfDayInParis, startOfDayInParis } from '../paris-days.ts'
import type { Block } from './connection-forms.ts'
import type { CertificateRecord, ConnectionRecord } from './connection-record.ts'
import type { ConnectionState } from './connection-states.ts'
import { foldText } from './folded-text.ts'
import type { ConnectionForm } from './form.ts'
import { bumpRevision, currentRevision } from './revision.ts'

/** What becomes of a connection; what is not there stays. */
export interface ConnectionChange {
  readonly state?: ConnectionState
  readonly form?: ConnectionForm
  readonly running?: ConnectionForm
  readonly settings?: object
  readonly dueAt?: number | null
  readonly motive?: BilingualText | null
  readonly blocked?: Block | null
  /** Given now, and kept from now on. */
  readonly newCertificates?: readonly CertificateRecord[]
}

/** A new connection, as a draft. */
export interface NewRow {
  readonly id: ConnectionId
  readonly applicationCode: string
  readonly siret: string | null
  readonly name: string
  readonly protocol: ConnectionsTable['protocol']
  readonly environment: ConnectionsTable['environment']
  readonly form: ConnectionForm
  readonly settings: object
  readonly certificates: readonly CertificateRecord[]
}

/** @param now milliseconds UTC, business time */
export function insertStatements(
  journal: Pick<Journal, 'db'>,
  connection: NewRow,
  now: number,
): readonly WriteStatement[] {
  const { id, form, certificates } = connection
  return [
    bumpRevision(journal),
    {
      query: journal.db.insertInto('connections').values({
        id,
        application_code: connection.applicationCode,
        siret: connection.siret,
        name: connection.name,
        name_folded: foldText(connection.name),
        protocol: connection.protocol,
        environment: connection.environment,
        state: 'DRAFT',
        form_json: JSON.stringify(form),
        running_json: null,
        settings_json: JSON.stringify(connection.settings),
        ...searchColumns(form, certificates),
        due_at: null,
        motive_json: null,
        revision: currentRevision(journal),
        created_at: now,
        updated_at: now,
      }),
      expectRows: 1,
      announce: 'connections',
    },
    ...certificateStatements(journal, certificates),
    ...codeStatements(journal, id, form),
  ]
}

/** Guarded by the revision that was read: a connection changed meanwhile is left alone. */
export function changeStatements(
  journal: Pick<Journal, 'db'>,
  record: ConnectionRecord,
  change: ConnectionChange,
  now: number,
): readonly WriteStatement[] {
  const { id, revision } = record.row
  const newCertificates = change.newCertificates ?? []
  const certificates = [...record.certificates, ...newCertificates]
  const before = record.running ?? record.form
  const shown = change.running ?? record.running ?? change.form ?? record.form
  const set: Updateable<ConnectionsTable> = {
    ...searchColumns(shown, certificates),
    updated_at: now,
  }
  if (change.state !== undefined) set.state = change.state
  if (change.form !== undefined) set.form_json = JSON.stringify(change.form)
  if (change.running !== undefined) set.running_json = JSON.stringify(change.running)
  if (change.settings !== undefined) set.settings_json = JSON.stringify(change.settings)
  if (change.dueAt !== undefined) set.due_at = change.dueAt
  if (change.motive !== undefined)
    set.motive_json = change.motive === null ? null : JSON.stringify(change.motive)
  if (change.blocked !== undefined)
    set.blocked_json = change.blocked === null ? null : JSON.stringify(change.blocked)
  const haveCodesChanged = JSON.stringify(before.codes) !== JSON.stringify(shown.codes)
  return [
    bumpRevision(journal),
    {
      query: journal.db
        .updateTable('connections')
        .set({ ...set, revision: currentRevision(journal) })
        .where('id', '=', id)
        .where('revision', '=', revision),
      expectRows: 1,
      announce: 'connections',
    },
    ...certificateStatements(journal, newCertificates),
    ...(haveCodesChanged
      ? [
          { query: journal.db.deleteFrom('connection_codes').where('connection_id', '=', id) },
          ...codeStatements(journal, id, shown),
        ]
      : []),
  ]
}

/**
 * When the first part of a connection is left without certificate: per part the latest end of
 * those it has, and of these the earliest. Milliseconds UTC; null without any certificate.
 */
export function certificatesUntil(
  form: ConnectionForm,
  certificates: readonly CertificateRecord[],
): number | null {
  const ends = new Map<string, number>()
  for (const { part, sha256 } of form.certificates ?? []) {
    const end = certificates.find((one) => one.sha256 === sha256)?.not_after
    if (end !== undefined) ends.set(part, Math.max(ends.get(part) ?? 0, end))
  }
  return ends.size === 0 ? null : Math.min(...ends.values())
}

function searchColumns(form: ConnectionForm, certificates: readonly CertificateRecord[]) {
  return {
    valid_from: form.validFrom === undefined ? null : startOfDayInParis(form.validFrom),
    valid_until: form.validUntil === undefined ? null : endOfDayInParis(form.validUntil),
    certificate_until: certificatesUntil(form, certificates),
  }
}

function certificateStatements(
  journal: Pick<Journal, 'db'>,
  certificates: readonly CertificateRecord[],
): readonly WriteStatement[] {
  return certificates.map((row) => ({
    // The same one given again: what is known of it stays.
    query: journal.db
      .insertInto('connection_certificates')
      .values(row)
      .onConflict((conflict) => conflict.doNothing()),
  }))
}

function codeStatements(
  journal: Pick<Journal, 'db'>,
  id: ConnectionId,
  form: ConnectionForm,
): readonly WriteStatement[] {
  return Object.entries(form.codes ?? {})
    .filter(([, mode]) => mode !== 'NONE')
    .map(([code, mode]) => ({
      query: journal.db
        .insertInto('connection_codes')
        .values({ connection_id: id, interface_code: code, mode }),
    }))
}
