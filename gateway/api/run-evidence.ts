import { z } from 'zod'
import { GatewayError } from '../errors.ts'
import type { RunDocument } from '../qualification/qualification.ts'
import {
  EVIDENCE_FORMATS_SAID,
  EVIDENCE_MEDIA_TYPES,
  evidenceAnswer,
  evidenceQuery,
} from './evidence-answer.ts'
import { route } from './route.ts'
import { runNamed, runParams, structureOfRun } from './run-name.ts'

const MAX_RUNS = 100

/** `/api/v1/runs/{id}/evidence`, `/api/v1/evidence`: what proves a run, or several as one record. */
export const RUN_EVIDENCE_ROUTES = [
  route({
    method: 'get',
    path: '/runs/{id}/evidence',
    operationId: 'showRunEvidence',
    tag: 'qualification',
    summary: 'The evidence of a run',
    description: EVIDENCE_FORMATS_SAID,
    permission: 'run.show',
    structure: structureOfRun,
    params: runParams,
    query: z.strictObject(evidenceQuery),
    responses: { 200: { description: 'The evidence.', mediaTypes: EVIDENCE_MEDIA_TYPES } },
    errors: ['API_NOT_FOUND', 'API_AMBIGUOUS'],
    async handler({ params: { id }, query }, context) {
      return evidenceAnswer({ runs: [await runNamed(id, context)] }, query, context)
    },
  }),
  route({
    method: 'get',
    path: '/evidence',
    operationId: 'showEvidence',
    tag: 'qualification',
    summary: 'The evidence of several runs as one record',
    description: EVIDENCE_FORMATS_SAID,
    permission: 'run.show',
    structure: 'visible',
    query: z.strictObject({
      ...evidenceQuery,
      runs: z
        .string()
        .max(MAX_RUNS * 61)
        .meta({ description: `Ids of runs, in their order, with commas; ${MAX_RUNS} at most.` }),
    }),
    responses: { 200: { description: 'The evidence.', mediaTypes: EVIDENCE_MEDIA_TYPES } },
    errors: ['API_NOT_FOUND', 'API_AMBIGUOUS'],
    async handler({ query: { runs: list, ...query } }, context) {
      const ids = [...new Set(list.split(',').filter((id) => id !== ''))]
      if (ids.length === 0 || ids.length > MAX_RUNS) {
        throw new GatewayError('API_REQUEST_INVALID', `runs: from 1 to ${MAX_RUNS} ids.`)
      }
      // By its id: two beginnings may be of one run.
      const runs = new Map<string, RunDocument>()
      for (const id of ids) {
        const run = await runNamed(id, context)
        runs.set(run.id, run)
      }
      return evidenceAnswer({ runs: [...runs.values()] }, query, context)
    },
  }),
]
