import { z } from 'zod'
import type { AlertCount } from '../alerts/alerts.ts'
import { readPartnerHealth, type PartnerHealth } from '../operations/partner-health.ts'
import { readVitals } from '../operations/vitals.ts'
import { csvTable } from './csv.ts'
import { limitSchema } from './list-query.ts'
import { route } from './route.ts'
import { streamed } from './streamed.ts'

const time = z.iso.datetime().nullable()
const count = z.int().min(0)

const healthSchema = z
  .object({
    connectionId: z.string(),
    applicationCode: z.string(),
    name: z.string(),
    protocol: z.enum(['sftp', 'as2', 'pesit']),
    lastFlowAt: time,
    silentSince: time.meta({
      description:
        'It was expected by then today: it came on three of the last four same weekdays, at the latest at that hour.',
    }),
    unread: count.meta({ description: 'Return flows not fetched, or not delivered yet.' }),
    oldestUnreadAt: time,
    failures: count.meta({ description: 'Attempts to deliver that failed, of the last 24 hours.' }),
    lastFailure: z.object({ at: z.iso.datetime(), code: z.string() }).nullable(),
  })
  .meta({ id: 'PartnerHealth' })

/** What the API and the commands show of a partner. */
export type PartnerHealthDocument = z.output<typeof healthSchema>

/** What the API answers of the whole. */
export type VitalsDocument = z.output<typeof vitalsSchema>

const vitalsSchema = z
  .object({
    disk: z.object({ freeBytes: count }).meta({ description: 'Of the process that answers.' }),
    queue: z.object({ flows: count, oldestSeconds: count }),
    certificates: z.object({
      soonestDays: z.int().nullable(),
      applicationCode: z.string().nullable(),
    }),
    delivery: z.object({ failingPartners: count, failures: count }),
    rejections: z.object({ flows: count, refused: count, percent: count }),
    alerts: z.object({
      open: count,
      unattended: count.meta({ description: 'Neither acknowledged nor silenced.' }),
      critical: count.meta({ description: 'Of those.' }),
      rules: z.array(z.string()).meta({ description: 'Of those.' }),
    }),
  })
  .meta({ id: 'Vitals' })

/** `/api/v1/partners/health` and `/api/v1/vitals`: who is in trouble, and how the whole is. */
export const PARTNER_ROUTES = [
  route({
    method: 'get',
    path: '/partners/health',
    operationId: 'listPartnerHealth',
    tag: 'connections',
    summary: 'Active partners, those in trouble first',
    permission: 'connection.show',
    structure: 'visible',
    query: z.strictObject({
      format: z.enum(['json', 'csv']).default('json'),
      lang: z.enum(['en', 'fr']).optional().meta({ description: 'Of the headers of a table.' }),
      limit: limitSchema,
    }),
    responses: {
      200: {
        description: 'The partners.',
        schema: z.object({ items: z.array(healthSchema) }),
        mediaTypes: ['text/csv'],
      },
    },
    async handler({ query: { format, lang, limit } }, { services, visible, language }) {
      const { journal, clock } = services
      const asked = { sirets: visible, now: clock.now(), limit }
      const items = (await readPartnerHealth(journal, asked)).map(documentOf)
      if (format === 'csv') {
        const table = healthCsv(lang ?? language)
        return streamed(200, 'text/csv', [table.header, ...items.map((item) => table.row(item))])
      }
      return { status: 200, body: { items } }
    },
  }),
  route({
    method: 'get',
    path: '/vitals',
    operationId: 'showVitals',
    tag: 'gateway',
    summary: 'What a supervision asks: queue age, certificates, delivery, rejections',
    permission: 'metrics.show',
    structure: 'none',
    responses: { 200: { description: 'The figures.', schema: vitalsSchema } },
    async handler(_, { services: { journal, clock, freeDiskBytes, alerts } }) {
      const vitals = await readVitals(journal, clock.now())
      const disk = { freeBytes: freeDiskBytes() }
      return { status: 200, body: { disk, ...vitals, alerts: summaryOf(await alerts.counts()) } }
    },
  }),
]

function summaryOf(counts: readonly AlertCount[]) {
  const sum = (ones: readonly AlertCount[], of: 'open' | 'unattended') =>
    ones.reduce((total, one) => total + one[of], 0)
  const waiting = counts.filter(({ unattended }) => unattended > 0)
  return {
    open: sum(counts, 'open'),
    unattended: sum(counts, 'unattended'),
    critical: sum(
      counts.filter(({ severity }) => severity === 'critical'),
      'unattended',
    ),
    rules: [...new Set(waiting.map(({ rule }) => rule))],
  }
}

const iso = (instant: number): string => new Date(instant).toISOString()
const isoOrNull = (instant: number | null): string | null =>
  instant === null ? null : iso(instant)

function documentOf(health: PartnerHealth): PartnerHealthDocument {
  const { lastFailure } = health
  return {
    ...health,
    lastFlowAt: isoOrNull(health.lastFlowAt),
    silentSince: isoOrNull(health.silentSince),
    oldestUnreadAt: isoOrNull(health.oldestUnreadAt),
    lastFailure: lastFailure === null ? null : { ...lastFailure, at: iso(lastFailure.at) },
  }
}

function healthCsv(language: 'en' | 'fr') {
  return csvTable<PartnerHealthDocument>(
    [
      {
        title: { en: 'application code', fr: 'code application' },
        value: (one) => one.applicationCode,
      },
      { title: { en: 'partner', fr: 'partenaire' }, value: ({ name }) => name },
      { title: { en: 'protocol', fr: 'protocole' }, value: ({ protocol }) => protocol },
      { title: { en: 'last flow', fr: 'dernier flux' }, value: (one) => one.lastFlowAt ?? '' },
      {
        title: { en: 'silent since', fr: 'silencieux depuis' },
        value: ({ silentSince }) => silentSince ?? '',
      },
      { title: { en: 'unread', fr: 'non lus' }, value: ({ unread }) => String(unread) },
      {
        title: { en: 'oldest unread', fr: 'plus ancien non lu' },
        value: (one) => one.oldestUnreadAt ?? '',
      },
      { title: { en: 'failures', fr: 'échecs' }, value: ({ failures }) => String(failures) },
      {
        title: { en: 'last failure', fr: 'dernier échec' },
        value: ({ lastFailure }) => lastFailure?.code ?? '',
      },
    ],
    language,
  )
}
