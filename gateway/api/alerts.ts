import { z } from 'zod'
import type { AlertRuleName, AlertSettings } from '../../config/alert-settings.ts'
import { ALERT_RULES, type AlertRuleRow } from '../alerts/alert-rules.ts'
import { GatewayError } from '../errors.ts'
import type { SilenceId } from '../flow.ts'
import {
  alertRuleRowSchema,
  alertRuleSchema,
  alertSchema,
  channelTestSchema,
  silenceSchema,
} from './alert-schemas.ts'
import { connectionId } from './connection-name.ts'
import { given } from './given.ts'
import { limitSchema } from './list-query.ts'
import { route, type RouteContext } from './route.ts'

const MAX_SILENCE_SECONDS = 366 * 86_400
/** A mail waits for the postman, who comes every ten seconds. */
const TEST_MILLISECONDS = 25_000

const connectionSchema = z
  .string()
  .min(1)
  .max(60)
  .exactOptional()
  .meta({ description: 'Id or application code.' })

const idParams = z.strictObject({
  id: z.string().min(1).max(60).meta({ description: 'Id, or a unique start of one.' }),
})

/** `/api/v1/alerts`: what is wrong, who deals with it, and what nobody wants to hear of. */
export const ALERT_ROUTES = [
  route({
    method: 'get',
    path: '/alerts',
    operationId: 'listAlerts',
    tag: 'alerts',
    summary: 'Alerts: open ones first, then the newest',
    permission: 'alert.show',
    structure: 'none',
    query: z.strictObject({
      state: z.enum(['open', 'resolved', 'all']).default('open'),
      rule: alertRuleSchema.exactOptional(),
      connection: connectionSchema,
      limit: limitSchema,
    }),
    responses: {
      200: { description: 'Alerts.', schema: z.object({ alerts: z.array(alertSchema) }) },
    },
    errors: ['CONNECTION_UNKNOWN', 'API_AMBIGUOUS'],
    async handler({ query: { state, rule, connection, limit } }, context) {
      const alerts = await context.services.alerts.list({
        limit,
        ...(state === 'all' ? {} : { state: state === 'open' ? 'OPEN' : 'RESOLVED' }),
        ...given({ rule, connectionId: await idOf(connection, context) }),
      })
      return { status: 200, body: { alerts } }
    },
  }),
  route({
    method: 'get',
    path: '/alerts/{id}',
    operationId: 'showAlert',
    tag: 'alerts',
    summary: 'One alert: cause, remedy, who deals with it',
    permission: 'alert.show',
    structure: 'none',
    params: idParams,
    responses: { 200: { description: 'The alert.', schema: alertSchema } },
    errors: ['API_NOT_FOUND'],
    async handler({ params: { id } }, { services }) {
      return { status: 200, body: await alertNamed(id, services) }
    },
  }),
  route({
    method: 'post',
    path: '/alerts/{id}/acknowledgement',
    operationId: 'acknowledgeAlert',
    tag: 'alerts',
    summary: 'Say who deals with an open alert',
    permission: 'alert.write',
    structure: 'none',
    params: idParams,
    body: {
      kind: 'json',
      isOptional: true,
      schema: z.strictObject({ note: z.string().max(1_000).default('') }),
    },
    responses: { 200: { description: 'The alert.', schema: alertSchema } },
    errors: ['API_NOT_FOUND'],
    async handler({ params, body: { note } }, { services, actor }) {
      const { id } = await alertNamed(params.id, services)
      return { status: 200, body: await services.alerts.acknowledge(id, note, actor) }
    },
  }),
  route({
    method: 'get',
    path: '/alert-rules',
    operationId: 'listAlertRules',
    tag: 'alerts',
    summary: 'What is looked after, and from when on it alerts',
    permission: 'alert.show',
    structure: 'none',
    responses: {
      200: { description: 'Rules.', schema: z.object({ rules: z.array(alertRuleRowSchema) }) },
    },
    async handler(_input, { services }) {
      const { settings } = services.alerts
      const rules = (Object.entries(ALERT_RULES) as [AlertRuleName, AlertRuleRow][]).map(
        ([name, row]) => ({
          name,
          isOn: settings.enabled && !settings.off.includes(name),
          label: row.label,
          meaning: row.meaning,
          settings: thresholdsOf(row, settings),
        }),
      )
      return { status: 200, body: { rules } }
    },
  }),
  route({
    method: 'get',
    path: '/alert-silences',
    operationId: 'listAlertSilences',
    tag: 'alerts',
    summary: 'Silences that hold, newest first',
    permission: 'alert.show',
    structure: 'none',
    responses: {
      200: { description: 'Silences.', schema: z.object({ silences: z.array(silenceSchema) }) },
    },
    async handler(_input, { services }) {
      return { status: 200, body: { silences: await services.alerts.silences() } }
    },
  }),
  route({
    method: 'post',
    path: '/alert-silences',
    operationId: 'silenceAlerts',
    tag: 'alerts',
    summary: 'Have nobody told for a while: of a rule, a partner, or both',
    description:
      'Alerts open and resolve all the same, and are listed. What is still open when the silence ends is told then.',
    permission: 'alert.write',
    structure: 'none',
    body: {
      kind: 'json',
      schema: z.strictObject({
        rule: alertRuleSchema.exactOptional(),
        connection: connectionSchema,
        seconds: z.int().min(1).max(MAX_SILENCE_SECONDS),
        reason: z.string().min(1).max(1_000),
      }),
    },
    responses: { 201: { description: 'The silence.', schema: silenceSchema } },
    errors: ['CONNECTION_UNKNOWN', 'API_AMBIGUOUS'],
    async handler({ body: { rule, connection, seconds, reason } }, context) {
      const { services, actor } = context
      const silence = await services.alerts.silence(
        {
          until: services.clock.now() + seconds * 1_000,
          reason,
          ...given({ rule, connectionId: await idOf(connection, context) }),
        },
        actor,
      )
      return { status: 201, body: silence }
    },
  }),
  route({
    method: 'delete',
    path: '/alert-silences/{id}',
    operationId: 'unsilenceAlerts',
    tag: 'alerts',
    summary: 'End a silence before its time',
    permission: 'alert.write',
    structure: 'none',
    params: z.strictObject({ id: z.string().max(60) }),
    responses: { 204: { description: 'It has ended.' } },
    errors: ['API_NOT_FOUND'],
    async handler({ params: { id } }, { services, actor }) {
      if (await services.alerts.unsilence(id as SilenceId, actor)) return { status: 204 }
      throw new GatewayError('API_NOT_FOUND', `There is no silence ${id} that holds.`)
    },
  }),
  route({
    method: 'post',
    path: '/alert-tests',
    operationId: 'testAlerts',
    tag: 'alerts',
    summary: 'Send a test on every channel, and say what became of it',
    permission: 'alert.write',
    structure: 'none',
    responses: {
      200: {
        description: 'One of each mail address and webhook; none = no channel is set.',
        schema: z.object({ tests: z.array(channelTestSchema) }),
      },
    },
    async handler(_input, { services, actor }) {
      return { status: 200, body: { tests: await services.alerts.test(actor, TEST_MILLISECONDS) } }
    },
  }),
]

/** @throws GatewayError API_NOT_FOUND */
async function alertNamed(id: string, { alerts }: RouteContext['services']) {
  const alert = await alerts.find(id)
  if (alert !== undefined) return alert
  throw new GatewayError('API_NOT_FOUND', `There is no alert ${id}, or several start with it.`)
}

const idOf = async (
  name: string | undefined,
  context: Pick<RouteContext, 'services' | 'visible'>,
) => (name === undefined ? undefined : await connectionId(name, context))

function thresholdsOf(row: AlertRuleRow, settings: AlertSettings) {
  const pairs = row.settings.map((name) => [name, settings[name]])
  return Object.fromEntries(pairs) as Record<string, number | number[]>
}
