import { z } from 'zod'
import type { ConnectionId, RefusalCode } from '../flow.ts'
import { isOneOf } from '../journal/text-list.ts'
import { REFUSALS } from '../refusals.ts'
import { csvTable } from './csv.ts'
import { bilingualSchema } from './bilingual-schema.ts'
import { limitSchema } from './list-query.ts'
import { route } from './route.ts'
import { streamed } from './streamed.ts'

const refusalSchema = z
  .object({
    id: z.string(),
    at: z.iso.datetime(),
    protocol: z.enum(['sftp', 'as2', 'pesit']),
    peer: z.string(),
    sessionId: z.string().nullable(),
    connectionId: z.string().nullable(),
    code: z.string(),
    message: bilingualSchema,
    remedy: bilingualSchema,
    reason: z.string().meta({ description: 'For the operator; the partner was told `message`.' }),
    offered: z.string().nullable(),
    wanted: z.string().nullable(),
    nearest: z
      .looseObject({ connectionId: z.string().optional(), differs: z.string().optional() })
      .nullable(),
  })
  .meta({ id: 'Refusal' })

type Refusal = z.output<typeof refusalSchema>

/** `/api/v1/refusals`: what was refused at the door, newest first, with what to do about it. */
export const REFUSAL_ROUTES = [
  route({
    method: 'get',
    path: '/refusals',
    operationId: 'listRefusals',
    tag: 'flows',
    summary: 'What was refused at the door, newest first',
    description:
      'What could not be tied to a connection is shown to those only who see every structure.',
    permission: 'refusal.show',
    structure: 'visible',
    query: z.strictObject({
      connection: z.string().max(60).optional().meta({ description: 'Id of a connection.' }),
      since: z.iso.datetime({ offset: true }).optional(),
      format: z.enum(['json', 'csv']).default('json'),
      lang: z.enum(['en', 'fr']).optional().meta({ description: 'Of the headers of a table.' }),
      limit: limitSchema,
    }),
    responses: {
      200: {
        description: 'Refusals.',
        schema: z.object({ refusals: z.array(refusalSchema) }),
        mediaTypes: ['text/csv'],
      },
    },
    async handler({ query: { connection, since, format, lang, limit } }, context) {
      const { services, visible, language } = context
      const { journal } = services
      let query = journal.db.selectFrom('refusals').selectAll().orderBy('id', 'desc').limit(limit)
      if (visible !== undefined) {
        query = query.where(
          'connection_id',
          'in',
          journal.db
            .selectFrom('connections')
            .select('id')
            .where((where) => isOneOf(journal, where.ref('siret'), visible)),
        )
      }
      if (connection !== undefined)
        query = query.where('connection_id', '=', connection as ConnectionId)
      if (since !== undefined) query = query.where('at', '>=', Date.parse(since))
      const rows = await journal.read(query)
      const refusals = rows.map((row) => ({
        id: row.id,
        at: new Date(row.at).toISOString(),
        protocol: row.protocol,
        peer: row.peer,
        sessionId: row.session_id,
        connectionId: row.connection_id,
        code: row.code,
        message: REFUSALS[row.code as RefusalCode].message,
        remedy: REFUSALS[row.code as RefusalCode].remedy,
        reason: row.reason,
        offered: row.offered,
        wanted: row.wanted,
        nearest:
          row.nearest_json === null ? null : (JSON.parse(row.nearest_json) as Refusal['nearest']),
      }))
      if (format === 'csv') {
        const table = refusalsCsv(lang ?? language)
        return streamed(200, 'text/csv', [table.header, ...refusals.map((one) => table.row(one))])
      }
      return { status: 200, body: { refusals } }
    },
  }),
]

function refusalsCsv(language: 'en' | 'fr') {
  return csvTable<Omit<Refusal, 'sessionId'>>(
    [
      { title: { en: 'when', fr: 'quand' }, value: ({ at }) => at },
      { title: { en: 'protocol', fr: 'protocole' }, value: ({ protocol }) => protocol },
      { title: { en: 'from', fr: 'depuis' }, value: ({ peer }) => peer },
      { title: { en: 'connection', fr: 'raccordement' }, value: (one) => one.connectionId ?? '' },
      { title: { en: 'code', fr: 'code' }, value: ({ code }) => code },
      { title: { en: 'reason', fr: 'motif' }, value: ({ reason }) => reason },
      { title: { en: 'offered', fr: 'présenté' }, value: ({ offered }) => offered ?? '' },
      { title: { en: 'wanted', fr: 'attendu' }, value: ({ wanted }) => wanted ?? '' },
      {
        title: { en: 'nearest connection', fr: 'raccordement le plus proche' },
        value: ({ nearest }) => nearest?.connectionId ?? '',
      },
      {
        title: { en: 'what differs', fr: 'ce qui diffère' },
        value: ({ nearest }) => nearest?.differs ?? '',
      },
      { title: { en: 'remedy', fr: 'remède' }, value: ({ remedy }) => remedy[language] },
    ],
    language,
  )
}
