import { sql } from 'kysely'
import { z } from 'zod'
import type { RefusalCode } from '../flow.ts'
import { isOneOf } from '../journal/text-list.ts'
import { REFUSALS } from '../refusals.ts'
import { bilingualSchema } from './bilingual-schema.ts'
import { csvTable } from './csv.ts'
import { limitSchema } from './list-query.ts'
import { route } from './route.ts'
import { streamed } from './streamed.ts'

const DEFAULT_PERIOD = 7 * 86_400_000

const groupSchema = z
  .object({
    code: z.string(),
    protocol: z.enum(['sftp', 'as2', 'pesit']),
    reason: z.string().meta({ description: 'Of the last one, for the operator.' }),
    refusals: z.int(),
    peers: z.int(),
    connections: z.int(),
    firstAt: z.iso.datetime(),
    lastAt: z.iso.datetime(),
    nearest: z
      .object({ connectionId: z.string().optional(), differs: z.string().optional() })
      .nullable()
      .meta({ description: 'The connection they nearly were, and what differs.' }),
    message: bilingualSchema,
    remedy: bilingualSchema,
  })
  .meta({ id: 'RefusalGroup' })

type RefusalGroup = z.output<typeof groupSchema>

/** `/api/v1/refusals/summary`: how often the door was shut, why, and how near one was. */
export const REFUSAL_SUMMARY_ROUTES = [
  route({
    method: 'get',
    path: '/refusals/summary',
    operationId: 'summariseRefusals',
    tag: 'flows',
    summary: 'What was refused at the door, by code, protocol and nearest connection',
    description:
      'What could not be tied to a connection is shown to those only who see every structure.',
    permission: 'refusal.show',
    structure: 'visible',
    query: z.strictObject({
      since: z.iso
        .datetime({ offset: true })
        .optional()
        .meta({ description: 'From then on; the last seven days unless given.' }),
      format: z.enum(['json', 'csv']).default('json'),
      lang: z.enum(['en', 'fr']).optional().meta({ description: 'Of the headers of a table.' }),
      limit: limitSchema,
    }),
    responses: {
      200: {
        description: 'The reasons.',
        schema: z.object({ items: z.array(groupSchema) }),
        mediaTypes: ['text/csv'],
      },
    },
    async handler({ query: { since, format, lang, limit } }, context) {
      const { services, visible, language } = context
      const { journal, clock } = services
      const count = sql<number | string>`count(*)`
      let query = journal.db
        .selectFrom('refusals')
        .select(({ fn }) => [
          'code',
          'protocol',
          'nearest_json',
          // The last one: it may name a file. Times have as many digits in any year of interest.
          sql<string>`max(cast(at as text) || ' ' || reason)`.as('last_reason'),
          count.as('refusals'),
          sql<number | string>`count(distinct peer)`.as('peers'),
          sql<number | string>`count(distinct connection_id)`.as('connections'),
          fn.min('at').as('first_at'),
          fn.max('at').as('last_at'),
        ])
        .where('at', '>=', since === undefined ? clock.now() - DEFAULT_PERIOD : Date.parse(since))
        .groupBy(['code', 'protocol', 'nearest_json'])
        .orderBy(count, 'desc')
        .orderBy('code')
        .orderBy('nearest_json')
        .limit(limit)
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
      const rows = await journal.read(query)
      const items = rows.map((row): RefusalGroup => ({
        code: row.code,
        protocol: row.protocol,
        reason: row.last_reason.slice(row.last_reason.indexOf(' ') + 1),
        refusals: Number(row.refusals),
        peers: Number(row.peers),
        connections: Number(row.connections),
        firstAt: new Date(row.first_at).toISOString(),
        lastAt: new Date(row.last_at).toISOString(),
        nearest:
          row.nearest_json === null
            ? null
            : (JSON.parse(row.nearest_json) as RefusalGroup['nearest']),
        message: REFUSALS[row.code as RefusalCode].message,
        remedy: REFUSALS[row.code as RefusalCode].remedy,
      }))
      if (format === 'csv') {
        const table = summaryCsv(lang ?? language)
        return streamed(200, 'text/csv', [table.header, ...items.map((item) => table.row(item))])
      }
      return { status: 200, body: { items } }
    },
  }),
]

function summaryCsv(language: 'en' | 'fr') {
  return csvTable<RefusalGroup>(
    [
      { title: { en: 'code', fr: 'code' }, value: ({ code }) => code },
      { title: { en: 'protocol', fr: 'protocole' }, value: ({ protocol }) => protocol },
      { title: { en: 'reason', fr: 'motif' }, value: ({ reason }) => reason },
      { title: { en: 'refusals', fr: 'refus' }, value: ({ refusals }) => String(refusals) },
      { title: { en: 'addresses', fr: 'adresses' }, value: ({ peers }) => String(peers) },
      { title: { en: 'first', fr: 'premier' }, value: ({ firstAt }) => firstAt },
      { title: { en: 'last', fr: 'dernier' }, value: ({ lastAt }) => lastAt },
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
