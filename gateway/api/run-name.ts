import { z } from 'zod'
import { GatewayError } from '../errors.ts'
import type { RunDocument } from '../qualification/qualification.ts'
import type { RouteContext } from './route.ts'

type Context = Pick<RouteContext, 'services' | 'visible'>

/** `{id}` of a run in a path. */
export const runParams = z.object({
  id: z.string().min(1).max(60).meta({ description: 'Id of a run, or a unique start of one.' }),
})

/** The structure of a route about one run. */
export const structureOfRun = async (
  { params }: { readonly params: { readonly id: string } },
  { services, visible }: Context,
): Promise<string | null | undefined> => services.qualification.siretOf(runName(params.id), visible)

/** Every id begins so: who types less means the rest. */
const runName = (id: string): string => (id.startsWith('run_') ? id : `run_${id}`)

/** @throws GatewayError API_NOT_FOUND, API_AMBIGUOUS */
export async function runNamed(id: string, { services, visible }: Context): Promise<RunDocument> {
  const run = await services.qualification.find(runName(id), visible)
  if (run !== undefined) return run
  throw new GatewayError('API_NOT_FOUND', `There is no run ${id}.`)
}
