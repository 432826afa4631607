import { z } from 'zod'
import { GatewayError } from '../errors.ts'
import { attachmentTypeOf, MAX_ATTACHMENT_BYTES } from '../qualification/attachment-types.ts'
import { route } from './route.ts'
import { runNamed, runParams, structureOfRun } from './run-name.ts'
import { runSchema } from './run-schemas.ts'
import { streamed } from './streamed.ts'

/** Of a file, not of a place; what turns or hides letters makes it seem another. */
const nameSchema = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069/\\]+$/u, 'a plain file name')

/** `/api/v1/runs/{id}/attachments`: files that people put to the questions of a run. */
export const RUN_ATTACHMENT_ROUTES = [
  route({
    method: 'post',
    path: '/runs/{id}/attachments',
    operationId: 'attachToRun',
    tag: 'qualification',
    summary: 'Put a file to the question of a run',
    description:
      'To the question that waits, else to the last that was asked. PDF, PNG, JPEG, text, CSV, XML, JSON and ZIP, by the end of the name and by what is in it; 10 MiB, 20 files a run.',
    permission: 'run.write',
    structure: structureOfRun,
    params: runParams,
    query: z.strictObject({ name: nameSchema }),
    body: {
      kind: 'bytes',
      mediaTypes: ['application/octet-stream'],
      maxBytes: MAX_ATTACHMENT_BYTES,
      schema: z.instanceof(Uint8Array),
    },
    responses: { 201: { description: 'The run, with the file.', schema: runSchema } },
    errors: ['API_NOT_FOUND', 'API_AMBIGUOUS', 'RUN_MOVE_ILLEGAL', 'STORE_FULL'],
    async handler({ params: { id }, query: { name }, body }, context) {
      const run = await runNamed(id, context)
      const mediaType = attachmentTypeOf(name, body)
      const { services, actor } = context
      const stored = await services.payloads.put(piecesOf(body))
      const file = { ...stored, name, mediaType }
      return { status: 201, body: await services.qualification.attach(run.id, file, actor) }
    },
  }),
  route({
    method: 'get',
    path: '/runs/{id}/attachments/{attachment}',
    operationId: 'showRunAttachment',
    tag: 'qualification',
    summary: 'A file of a run',
    permission: 'run.show',
    structure: structureOfRun,
    params: runParams.extend({ attachment: z.string().max(60) }),
    responses: {
      200: { description: 'The file.', mediaTypes: ['application/octet-stream'] },
    },
    errors: ['API_NOT_FOUND', 'API_AMBIGUOUS', 'PAYLOAD_MISSING'],
    async handler({ params: { id, attachment } }, context) {
      const run = await runNamed(id, context)
      const found = run.steps
        .flatMap(({ attachments }) => attachments)
        .find((one) => one.id === attachment)
      if (found === undefined) {
        throw new GatewayError('API_NOT_FOUND', `${run.id} has no attachment ${attachment}.`)
      }
      const name = encodeURIComponent(found.name).replaceAll("'", '%27')
      return streamed(200, 'application/octet-stream', context.services.payloads.read(found), {
        'Content-Disposition': `attachment; filename*=UTF-8''${name}`,
      })
    },
  }),
]

async function* piecesOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
