import { z } from 'zod'
import { GatewayError } from '../errors.ts'
import type { ConnectionDocument } from '../connections/connection-forms.ts'
import type { ConnectionId } from '../flow.ts'
import { isOneOf } from '../journal/text-list.ts'
import type { RouteContext } from './route.ts'

type Context = Pick<RouteContext, 'services' | 'visible'>

/** `{id}` of a connection in a path. */
export const connectionParams = z.object({
  id: z
    .string()
    .min(1)
    .max(60)
    .meta({ description: 'Id of a connection, a unique start of one, or its application code.' }),
})

interface NamedConnection {
  readonly id: ConnectionId
  readonly siret: string | null
}

/**
 * The connection a request names, among those the asker may see.
 * @throws GatewayError API_AMBIGUOUS
 */
async function findNamed(name: string, context: Context): Promise<NamedConnection | undefined> {
  const { services, visible } = context
  const { db } = services.journal
  let query = db
    .selectFrom('connections')
    .select(['id', 'siret'])
    .where('environment', '=', services.environment)
    .orderBy('id')
    .limit(2)
  query = name.startsWith('cnx_')
    ? query.where('id', '>=', name as ConnectionId).where('id', '<', `${name}~` as ConnectionId)
    : query.where('application_code', '=', name)
  if (visible !== undefined) {
    query = query.where((where) => isOneOf(services.journal, where.ref('siret'), visible))
  }
  const [first, second] = await services.journal.read(query)
  if (second !== undefined && first?.id !== name) {
    throw new GatewayError('API_AMBIGUOUS', `Several connections start with ${name}.`)
  }
  return first
}

/** The structure of a route about one connection. */
export const structureOfConnection = async (
  { params }: { readonly params: { readonly id: string } },
  context: Context,
): Promise<string | null | undefined> => (await findNamed(params.id, context))?.siret

/** Its id. @throws GatewayError CONNECTION_UNKNOWN, API_AMBIGUOUS */
export async function connectionId(name: string, context: Context): Promise<ConnectionId> {
  const found = await findNamed(name, context)
  if (found !== undefined) return found.id
  throw new GatewayError('CONNECTION_UNKNOWN', `There is no connection ${name}.`)
}

/** Its document. @throws GatewayError CONNECTION_UNKNOWN, API_AMBIGUOUS */
export async function connectionNamed(name: string, context: Context): Promise<ConnectionDocument> {
  const found = await context.services.forms.find(await connectionId(name, context))
  if (found !== undefined) return found
  throw new GatewayError('CONNECTION_UNKNOWN', `There is no connection ${name}.`)
}
