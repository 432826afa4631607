import { GatewayError } from '../../gateway/errors.ts'
import type { ConnectionId, Environment, ProtocolName } from '../../gateway/flow.ts'
import type { Journal } from '../../gateway/journal/journal.ts'
import type { RunFacts, ScenarioDocument } from '../../gateway/qualification/qualification.ts'
import type { ScenarioActions } from './scene.ts'

/** How a connection is when a run begins, and whether a scenario can be run on it. */

export const illegal = (message: string): GatewayError =>
  new GatewayError('RUN_MOVE_ILLEGAL', message)

export type ConnectionFacts = RunFacts & {
  readonly connection: {
    readonly applicationCode: string
    readonly protocol: string
    readonly state: string
    readonly asyncMdn: string
  }
}

/** @throws GatewayError RUN_MOVE_ILLEGAL saying what the connection lacks */
export function requireFit(
  scenario: ScenarioDocument,
  { connection, codes }: ConnectionFacts,
  unknownRecipients: string,
): void {
  const { applicationCode, protocol, state } = connection
  if (!scenario.protocols.some((one) => one === protocol)) {
    throw illegal(
      `${scenario.id} is of ${scenario.protocols.join(', ')}; ${applicationCode} is on ${protocol}.`,
    )
  }
  if (state !== 'ACTIVATED') throw illegal(`${applicationCode} is not activated.`)
  const { mode, code, asyncMdn, unknownRecipients: wanted } = scenario.needs
  if (asyncMdn !== undefined && asyncMdn !== connection.asyncMdn) {
    throw illegal(
      `${scenario.id} needs the setting as2.asyncMdn: ${asyncMdn} of the connection (PUT /api/v1/connections/ID/settings).`,
    )
  }
  if (wanted !== undefined && wanted !== unknownRecipients) {
    throw illegal(
      `${scenario.id} needs the setting directory.unknown: ${wanted} (it is ${unknownRecipients}).`,
    )
  }
  if (code !== undefined && (codes[code] ?? 'NONE') === 'NONE') {
    throw illegal(
      `${scenario.id} needs the interface code ${code}: ${applicationCode} has not subscribed to it.`,
    )
  }
  if (mode === undefined || Object.values(codes).includes(mode)) return
  throw illegal(
    `${scenario.id} needs an interface code in ${mode === 'PARTIAL' ? 'Partial' : 'Complete'} mode: ${applicationCode} has none.`,
  )
}

/** Of a connection that says nothing the platform's own. */
function asyncMdnOf(settingsJson: string): string {
  const settings = JSON.parse(settingsJson) as { readonly as2?: { readonly asyncMdn?: string } }
  return settings.as2?.asyncMdn ?? 'refuse'
}

/** @throws GatewayError CONNECTION_UNKNOWN */
export async function factsOf(
  {
    journal,
    actions,
    version,
    environment,
    gatewayKeys,
  }: {
    readonly journal: Journal
    readonly actions: Pick<ScenarioActions, 'clockOffsetMilliseconds'>
    readonly version: string
    readonly environment: Environment
    /** Those in use, as a partner knows them. */
    readonly gatewayKeys?: (protocol: ProtocolName) => NonNullable<RunFacts['gatewayKeys']>
  },
  id: ConnectionId,
): Promise<ConnectionFacts> {
  const { db } = journal
  const [[connection], codes, certificates] = await Promise.all([
    journal.read(db.selectFrom('connections').selectAll().where('id', '=', id)),
    journal.read(db.selectFrom('connection_codes').selectAll().where('connection_id', '=', id)),
    journal.read(
      db
        .selectFrom('connection_certificates')
        .select(['subject', 'sha256', 'not_after'])
        .where('connection_id', '=', id)
        .orderBy('added_at'),
    ),
  ])
  if (connection === undefined) {
    throw new GatewayError('CONNECTION_UNKNOWN', `There is no connection ${id}.`)
  }
  return {
    connection: {
      applicationCode: connection.application_code,
      protocol: connection.protocol,
      state: connection.state,
      asyncMdn: asyncMdnOf(connection.settings_json),
    },
    environment,
    ...(gatewayKeys === undefined ? {} : { gatewayKeys: gatewayKeys(connection.protocol) }),
    versions: { raccord: version, node: process.versions.node },
    clockOffsetMilliseconds: actions.clockOffsetMilliseconds(),
    codes: Object.fromEntries(codes.map((row) => [row.interface_code, row.mode])),
    partner: connection.name,
    certificates: certificates.map((row) => ({
      subject: row.subject,
      sha256: row.sha256,
      notAfter: new Date(row.not_after).toISOString(),
    })),
  }
}
