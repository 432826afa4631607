import { z } from 'zod'
import { GatewayError } from '../errors.ts'
import { route } from './route.ts'
import { scenarioSchema } from './run-schemas.ts'

/** `/api/v1/scenarios`: what a connection can be qualified with. */
export const SCENARIO_ROUTES = [
  route({
    method: 'get',
    path: '/scenarios',
    operationId: 'listScenarios',
    tag: 'qualification',
    summary: 'The catalogue of scenarios',
    permission: 'scenario.list',
    structure: 'none',
    responses: {
      200: { description: 'Scenarios.', schema: z.object({ items: z.array(scenarioSchema) }) },
    },
    async handler(_input, { services }) {
      return { status: 200, body: { items: services.qualification.scenarios() } }
    },
  }),
  route({
    method: 'get',
    path: '/scenarios/{id}',
    operationId: 'showScenario',
    tag: 'qualification',
    summary: 'One scenario, with its steps',
    permission: 'scenario.list',
    structure: 'none',
    params: z.object({ id: z.string().max(60) }),
    responses: { 200: { description: 'The scenario.', schema: scenarioSchema } },
    errors: ['API_NOT_FOUND'],
    async handler({ params: { id } }, { services }) {
      const scenario = services.qualification.scenario(id)
      if (scenario !== undefined) return { status: 200, body: scenario }
      throw new GatewayError('API_NOT_FOUND', `There is no scenario ${id}.`)
    },
  }),
]
