import { GatewayError } from '../../gateway/errors.ts'
import type { BilingualText, ConnectionId, Environment, ProtocolName } from '../../gateway/flow.ts'
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
    readonly isBlocked: boolean
    readonly asyncMdn: string
    readonly siret: string | null
  }
}

/** @throws GatewayError RUN_MOVE_ILLEGAL saying what the connection lacks */
export function requireFit(
  scenario: ScenarioDocument,
  facts: ConnectionFacts,
  unknownRecipients: string,
): void {
  const lack = lackOf(scenario, facts, unknownRecipients)
  if (lack !== undefined) throw illegal(lack.en)
}

/** What the connection lacks for a scenario; undefined: nothing. */
export function lackOf(
  { id, protocols, needs }: ScenarioDocument,
  { connection, codes }: Pick<ConnectionFacts, 'connection' | 'codes'>,
  unknownRecipients: string,
): BilingualText | undefined {
  const { applicationCode: who, protocol } = connection
  if (!protocols.some((one) => one === protocol)) {
    const list = protocols.join(', ')
    return {
      en: `${id} is of ${list}; ${who} is on ${protocol}.`,
      fr: `${id} est de ${list} ; ${who} est en ${protocol}.`,
    }
  }
  const absence = absenceOf(connection)
  if (absence !== undefined) return absence
  const { mode, code, asyncMdn, unknownRecipients: wanted } = needs
  if (asyncMdn !== undefined && asyncMdn !== connection.asyncMdn) {
    const setting = `as2.asyncMdn: ${asyncMdn}`
    return {
      en: `${id} needs the setting ${setting} of the connection (PUT /api/v1/connections/ID/settings).`,
      fr: `${id} demande le paramètre ${setting} du raccordement (PUT /api/v1/connections/ID/settings).`,
    }
  }
  if (wanted !== undefined && wanted !== unknownRecipients) {
    return {
      en: `${id} needs the setting directory.unknown: ${wanted} (it is ${unknownRecipients}).`,
      fr: `${id} demande le paramètre directory.unknown: ${wanted} (il vaut ${unknownRecipients}).`,
    }
  }
  if (code !== undefined && (codes[code] ?? 'NONE') === 'NONE') {
    return {
      en: `${id} needs the interface code ${code}: ${who} has not subscribed to it.`,
      fr: `${id} demande le code interface ${code} : ${who} n’y est pas abonné.`,
    }
  }
  if (mode === undefined || Object.values(codes).includes(mode)) return undefined
  const [english, french] = mode === 'PARTIAL' ? ['Partial', 'partiel'] : ['Complete', 'complet']
  return {
    en: `${id} needs an interface code in ${english} mode: ${who} has none.`,
    fr: `${id} demande un code interface en mode ${french} : ${who} n’en a pas.`,
  }
}

/** Why nobody can come by a connection; undefined: its partner can. */
export function absenceOf({
  applicationCode: who,
  state,
  isBlocked,
}: Pick<ConnectionFacts['connection'], 'applicationCode' | 'state' | 'isBlocked'>):
  | BilingualText
  | undefined {
  if (state !== 'ACTIVATED') {
    return { en: `${who} is not activated.`, fr: `${who} n’est pas activé.` }
  }
  return isBlocked ? { en: `${who} is blocked.`, fr: `${who} est bloqué.` } : undefined
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
      isBlocked: connection.blocked_json !== null,
      asyncMdn: asyncMdnOf(connection.settings_json),
      siret: connection.siret,
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
