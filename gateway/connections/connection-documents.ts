import type { BilingualText } from '../flow.ts'
import { certificatesUntil } from './connection-changes.ts'
import type { Block, CertificateDocument, ConnectionDocument } from './connection-forms.ts'
import type { CertificateRecord, ConnectionRecord } from './connection-record.ts'
import { CONNECTION_MOVES, CONNECTION_STATES } from './connection-states.ts'
import { noticesOf } from './form-notices.ts'
import { withoutPesitSecrets } from './pesit-overrides.ts'

const DAY_MILLISECONDS = 86_400_000

/**
 * The public document of a connection.
 * @param now milliseconds UTC, business time
 */
export function connectionDocument(record: ConnectionRecord, now: number): ConnectionDocument {
  const { row, form, running, structure } = record
  const until = certificatesUntil(form, record.certificates)
  return {
    id: row.id,
    applicationCode: row.application_code,
    structure: structure === null ? null : { siret: structure.siret, name: structure.name },
    name: row.name,
    protocol: row.protocol,
    environment: row.environment,
    state: row.state,
    stateLabel: CONNECTION_STATES[row.state].label,
    blocked: row.blocked_json === null ? null : (JSON.parse(row.blocked_json) as Block),
    moves: CONNECTION_MOVES.filter((move) => move.from === row.state).map((move) => move.event),
    form,
    running,
    certificates: certificateDocuments(record),
    settings: withoutPesitSecrets(JSON.parse(row.settings_json) as Record<string, unknown>),
    dueAt: row.due_at === null ? null : iso(row.due_at),
    motive: row.motive_json === null ? null : (JSON.parse(row.motive_json) as BilingualText),
    notices: noticesOf(form, {
      environment: row.environment,
      protocol: row.protocol,
      state: row.state,
      modifiers: record.modifiers,
      certificateDays: until === null ? undefined : (until - now) / DAY_MILLISECONDS,
    }),
    revision: row.revision,
    createdAt: iso(row.created_at),
    updatedAt: iso(row.updated_at),
  }
}

/** Those of the form, then those in force that it has no more. */
function certificateDocuments({
  form,
  running,
  certificates,
}: ConnectionRecord): readonly CertificateDocument[] {
  const inForm = form.certificates ?? []
  const inForce = running?.certificates ?? []
  const isInForm = new Set(inForm.map((one) => `${one.part} ${one.sha256}`))
  const leaving = inForce.filter((one) => !isInForm.has(`${one.part} ${one.sha256}`))
  return [...inForm, ...leaving].flatMap(({ part, sha256, startsAt }) => {
    const record = certificates.find((one) => one.sha256 === sha256)
    if (record === undefined) return []
    const isRunning = inForce.some((one) => one.part === part && one.sha256 === sha256)
    return [{ part, ...certificateFacts(record), startsAt: startsAt ?? null, isRunning }]
  })
}

function certificateFacts(record: CertificateRecord) {
  return {
    sha256: record.sha256,
    spkiSha256: record.spki_sha256,
    subject: record.subject,
    issuer: record.issuer,
    serial: record.serial,
    notBefore: iso(record.not_before),
    notAfter: iso(record.not_after),
  }
}

const iso = (milliseconds: number): string => new Date(milliseconds).toISOString()
