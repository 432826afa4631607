import { z } from 'zod'
import { RETENTION_KINDS, type RetentionKindName } from '../retention/retention-kind.ts'
import type { RetentionReport } from '../retention/retention.ts'
import { bilingualSchema } from './bilingual-schema.ts'
import { route } from './route.ts'

const reportSchema = z
  .object({
    dryRun: z.boolean(),
    kinds: z.array(
      z.object({
        kind: z.enum(Object.keys(RETENTION_KINDS) as [RetentionKindName, ...RetentionKindName[]]),
        label: bilingualSchema,
        count: z.int(),
        bytes: z.int().meta({ description: 'Of contents; of rows, their texts.' }),
      }),
    ),
  })
  .meta({ id: 'RetentionReport', description: 'What goes, or went, of each kind.' })

/** `/api/v1/retention`: what is past its time, and removing it now. */
export const RETENTION_ROUTES = [
  route({
    method: 'get',
    path: '/retention',
    operationId: 'planRetention',
    tag: 'gateway',
    summary: 'What is past its time, and would be removed now',
    description: 'Nothing is removed. The settings `retention.*` and `payloads.keep` say what is.',
    permission: 'retention.show',
    structure: 'none',
    responses: { 200: { description: 'By kind.', schema: reportSchema } },
    async handler(_input, { services }) {
      return { status: 200, body: documentOf(await services.retention.plan()) }
    },
  }),
  route({
    method: 'post',
    path: '/retention',
    operationId: 'runRetention',
    tag: 'gateway',
    summary: 'Remove what is past its time now, instead of at its daily time',
    permission: 'retention.run',
    structure: 'none',
    responses: { 200: { description: 'What went, by kind.', schema: reportSchema } },
    async handler(_input, { services, actor }) {
      return { status: 200, body: documentOf(await services.retention.run(actor)) }
    },
  }),
]

function documentOf({ dryRun, kinds }: RetentionReport) {
  return { dryRun, kinds: kinds.map((row) => ({ ...row, label: RETENTION_KINDS[row.kind] })) }
}
