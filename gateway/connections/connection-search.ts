import { sql, type Expression, type ExpressionBuilder, type SqlBool } from 'kysely'
import type { ConnectionId, Environment } from '../flow.ts'
import type { Journal, Readable } from '../journal/journal.ts'
import type { JournalSchema } from '../journal/schema.ts'
import { isOneOf } from '../journal/text-list.ts'
import type { ConnectionCriteria, ConnectionPage, ConnectionSummary } from './connection-forms.ts'
import { foldText } from './folded-text.ts'
import type { ConnectionForm } from './form.ts'

/** From so many structures on, looking each one up costs more than going through all. */
const MANY_SIRETS = 1_000

/**
 * Searches connections, newest first, a page at a time. A structure and an application code have
 * an index of their own; all else is read in the narrow index `connections_search`, from the
 * newest on until the page is full, which for 100,000 connections takes 30 ms at worst
 * (`npm run bench -- connections`).
 */
export async function searchConnections(
  journal: Journal,
  environment: Environment,
  criteria: ConnectionCriteria,
): Promise<ConnectionPage> {
  const { limit, sirets } = criteria
  if (sirets?.length === 0) return { connections: [], next: null }
  const rows = await journal.read(pageOf(journal, environment, criteria))
  const connections = rows.slice(0, limit).map((row) => summaryOf(row))
  const next = rows.length > limit ? connections.at(-1)!.id : null
  return { connections, next }
}

interface SummaryRow {
  readonly id: ConnectionId
  readonly application_code: string
  readonly siret: string | null
  readonly name: string
  readonly protocol: ConnectionSummary['protocol']
  readonly environment: Environment
  readonly state: ConnectionSummary['state']
  readonly form_json: string
  readonly certificate_until: number | null
  readonly updated_at: number
}

/** One row more than the page has says that there is a next one. */
function pageOf(
  journal: Journal,
  environment: Environment,
  criteria: ConnectionCriteria,
): Readable<SummaryRow> {
  const ids = journal.db
    .selectFrom('connections')
    .select('id')
    .where((where) => where.and(conditions(journal, environment, criteria, where)))
    .orderBy('id', 'desc')
    .limit(criteria.limit + 1)
  // The forms are read of this page only.
  return journal.db
    .selectFrom('connections')
    .select(['id', 'application_code', 'siret', 'name', 'protocol', 'environment', 'state'])
    .select(['certificate_until', 'updated_at'])
    .select(({ fn }) => fn.coalesce('running_json', 'form_json').as('form_json'))
    .where('id', 'in', ids)
    .orderBy('id', 'desc')
}

function conditions(
  journal: Journal,
  environment: Environment,
  criteria: ConnectionCriteria,
  where: ExpressionBuilder<JournalSchema, 'connections'>,
): Expression<SqlBool>[] {
  const all: Expression<SqlBool>[] = []
  const { sirets, siret, partner, applicationCode, protocol, states, interfaceCode } = criteria
  const { certificateExpiresBefore, before } = criteria
  if (before !== undefined) all.push(where('id', '<', before as ConnectionId))
  if (applicationCode !== undefined) {
    all.push(where('environment', '=', environment))
    all.push(where('application_code', '=', applicationCode.trim().toUpperCase()))
  }
  if (siret !== undefined) all.push(where('siret', '=', siret))
  if (sirets !== undefined) {
    const isMany = sirets.length >= MANY_SIRETS
    // In a function, no index is looked for.
    const own = isMany ? where.fn.coalesce('siret', sql.lit('')) : where.ref('siret')
    all.push(isOneOf(journal, own, sirets))
  }
  if (partner !== undefined) {
    const pattern = `%${foldText(partner).replaceAll(/[\\%_]/g, String.raw`\$&`)}%`
    all.push(sql<SqlBool>`${where.ref('name_folded')} like ${pattern} escape ${sql.lit('\\')}`)
  }
  if (protocol !== undefined) all.push(where('protocol', '=', protocol))
  if (states !== undefined) all.push(where('state', 'in', states))
  if (certificateExpiresBefore !== undefined) {
    all.push(where('certificate_until', '<', certificateExpiresBefore))
  }
  if (interfaceCode !== undefined) {
    const holding = where
      .selectFrom('connection_codes')
      .select('connection_id')
      .whereRef('connection_id', '=', 'connections.id')
      .where('interface_code', '=', interfaceCode)
    all.push(where.exists(holding))
  }
  return all
}

function summaryOf(row: SummaryRow): ConnectionSummary {
  const form = JSON.parse(row.form_json) as ConnectionForm
  const { certificate_until } = row
  return {
    id: row.id,
    applicationCode: row.application_code,
    siret: row.siret,
    name: row.name,
    protocol: row.protocol,
    environment: row.environment,
    state: row.state,
    codes: form.codes ?? {},
    validFrom: form.validFrom ?? null,
    validUntil: form.validUntil ?? null,
    certificateUntil: certificate_until === null ? null : new Date(certificate_until).toISOString(),
    updatedAt: new Date(row.updated_at).toISOString(),
  }
}
