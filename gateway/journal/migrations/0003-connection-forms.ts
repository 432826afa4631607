import { X509Certificate } from 'node:crypto'
import { sql, type ColumnDefinitionBuilder, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { certificateSha256, spkiSha256 } from '../../../certs/fingerprint.ts'
import { foldText } from '../../connections/folded-text.ts'
import { dayInParis, endOfDayInParis, startOfDayInParis } from '../../paris-days.ts'

/**
 * The tables of connection-tables.ts. What 0001 held is carried over: a connection keeps its
 * state, its code, its dates (whole days now) and its certificate, and goes on working.
 */
export const connectionForms: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    const old = await sql<OldConnection>`select * from connections order by id`.execute(db)
    await db.schema.dropIndex('connections_environment_application_code').execute()
    await db.schema.dropTable('connections').execute()
    await createTables(db)
    const tables = db as Kysely<NewTables>
    let revision = 0
    for (const row of old.rows) {
      revision += 1
      await carryOver(tables, row, revision)
    }
    await tables.insertInto('counters').values({ name: 'connections', value: revision }).execute()
  },
}

async function createTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('connections')
    .addColumn('id', 'text', identity)
    .addColumn('application_code', 'text', required)
    .addColumn('siret', 'text')
    .addColumn('name', 'text', required)
    .addColumn('name_folded', 'text', required)
    .addColumn('protocol', 'text', required)
    .addColumn('environment', 'text', required)
    .addColumn('state', 'text', required)
    .addColumn('form_json', 'text', required)
    .addColumn('running_json', 'text')
    .addColumn('settings_json', 'text', required)
    .addColumn('valid_from', 'bigint')
    .addColumn('valid_until', 'bigint')
    .addColumn('certificate_until', 'bigint')
    .addColumn('due_at', 'bigint')
    .addColumn('motive_json', 'text')
    .addColumn('revision', 'bigint', required)
    .addColumn('created_at', 'bigint', required)
    .addColumn('updated_at', 'bigint', required)
    .execute()
  await sql`create unique index connections_environment_application_code
    on connections (environment, application_code)`.execute(db)
  await sql`create unique index connections_revision on connections (revision)`.execute(db)
  await sql`create index connections_siret on connections (siret, id)`.execute(db)
  // Every criterion of a search, newest first, without the forms: what few others narrow down is
  // read here, at worst all of it (connection-search.ts).
  await sql`create index connections_search on connections
    (id, name_folded, siret, protocol, state, certificate_until)`.execute(db)
  await sql`create index connections_due_at on connections (due_at)
    where due_at is not null`.execute(db)
  // What ends among those in force (automatic-processing.ts).
  await sql`create index connections_valid_until on connections (valid_until)
    where state in ('ACTIVATED', 'SENT_UPDATED')`.execute(db)
  await sql`create index connections_certificate_until on connections (certificate_until)
    where state in ('ACTIVATED', 'SENT_UPDATED')`.execute(db)
  await db.schema
    .createTable('connection_certificates')
    .addColumn('connection_id', 'text', required)
    .addColumn('sha256', 'text', required)
    .addColumn('spki_sha256', 'text', required)
    .addColumn('subject', 'text', required)
    .addColumn('issuer', 'text', required)
    .addColumn('serial', 'text', required)
    .addColumn('not_before', 'bigint', required)
    .addColumn('not_after', 'bigint', required)
    .addColumn('chain_pem', 'text', required)
    .addColumn('added_at', 'bigint', required)
    .addPrimaryKeyConstraint('connection_certificates_key', ['connection_id', 'sha256'])
    .execute()
  await sql`create index connection_certificates_sha256
    on connection_certificates (sha256)`.execute(db)
  await sql`create index connection_certificates_spki_sha256
    on connection_certificates (spki_sha256)`.execute(db)
  await db.schema
    .createTable('connection_codes')
    .addColumn('connection_id', 'text', required)
    .addColumn('interface_code', 'text', required)
    .addColumn('mode', 'text', required)
    .addPrimaryKeyConstraint('connection_codes_key', ['connection_id', 'interface_code'])
    .execute()
  await sql`create index connection_codes_interface_code
    on connection_codes (interface_code, connection_id)`.execute(db)
}

async function carryOver(
  db: Kysely<NewTables>,
  row: OldConnection,
  revision: number,
): Promise<void> {
  const certificate =
    row.certificate_pem === null ? undefined : new X509Certificate(row.certificate_pem)
  const days = { from: dayInParis(row.valid_from), until: dayInParis(row.valid_until - 1) }
  const codes = JSON.parse(row.modes_json) as Record<string, string>
  const form = JSON.stringify({
    validFrom: days.from,
    validUntil: days.until,
    ...(certificate === undefined
      ? {}
      : { certificates: [{ part: partOf(row.protocol), sha256: certificateSha256(certificate) }] }),
    codes,
  })
  const wasActivated = row.state !== 'DRAFT' && row.state !== 'SENT'
  await db
    .insertInto('connections')
    .values({
      id: row.id,
      application_code: row.application_code,
      siret: null,
      name: row.name,
      name_folded: foldText(row.name),
      protocol: row.protocol,
      environment: row.environment,
      state: row.state,
      form_json: form,
      running_json: wasActivated ? form : null,
      settings_json: row.settings_json,
      valid_from: startOfDayInParis(days.from),
      valid_until: endOfDayInParis(days.until),
      certificate_until: certificate?.validToDate.getTime() ?? null,
      // Submitted, by whatever means: the automatic processing decides at once.
      due_at: row.state.startsWith('SENT') ? row.updated_at : null,
      motive_json: null,
      revision,
      created_at: row.created_at,
      updated_at: row.updated_at,
    })
    .execute()
  if (certificate !== undefined) {
    await db
      .insertInto('connection_certificates')
      .values({
        connection_id: row.id,
        sha256: certificateSha256(certificate),
        spki_sha256: spkiSha256(certificate.publicKey),
        subject: certificate.subject,
        issuer: certificate.issuer,
        serial: certificate.serialNumber,
        not_before: certificate.validFromDate.getTime(),
        not_after: certificate.validToDate.getTime(),
        chain_pem: row.certificate_pem!,
        added_at: row.created_at,
      })
      .execute()
  }
  for (const [code, mode] of Object.entries(codes)) {
    if (mode === 'NONE') continue
    await db
      .insertInto('connection_codes')
      .values({ connection_id: row.id, interface_code: code, mode })
      .execute()
  }
}

/** Reference chorus-pro-edi §5.1: of the two that PeSIT has, 0001 could hold the client's. */
const partOf = (protocol: string): string => (protocol === 'as2' ? 'server' : 'client')

const required = (column: ColumnDefinitionBuilder): ColumnDefinitionBuilder => column.notNull()
const identity = (column: ColumnDefinitionBuilder): ColumnDefinitionBuilder =>
  column.primaryKey().notNull()

/** A row of 0001. */
interface OldConnection {
  readonly id: string
  readonly application_code: string
  readonly name: string
  readonly protocol: string
  readonly environment: string
  readonly state: string
  readonly certificate_pem: string | null
  readonly valid_from: number
  readonly valid_until: number
  readonly modes_json: string
  readonly settings_json: string
  readonly created_at: number
  readonly updated_at: number
}

/** As this step leaves them, whatever later steps do. */
interface NewTables {
  connections: Record<string, string | number | null>
  connection_certificates: Record<string, string | number>
  connection_codes: Record<string, string>
  counters: { name: string; value: number }
}
