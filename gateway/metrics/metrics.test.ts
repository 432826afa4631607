import { pino } from 'pino'
import { expect, test } from 'vitest'
import { loadConfig } from '../../config/load.ts'
import type { OpenSession, Sessions } from '../../protocols/listener.ts'
import type { Connection } from '../connections/connection.ts'
import { GatewayError } from '../errors.ts'
import type { Intake, ReceivedFlow } from '../flow.ts'
import { lookAtGateway, type GaugeSources } from './gateway-gauges.ts'
import { measureIntake } from './measured-flows.ts'
import { measureSessions } from './measured-sessions.ts'
import { Metrics } from './metrics.ts'

const log = pino({ level: 'silent' })
const lines = async (metrics: Metrics, start: string): Promise<string[]> =>
  (await metrics.text()).split('\n').filter((line) => line.startsWith(start))

/** Sources of a process that does everything, with these in the place of its own. */
const sources = (own: Partial<GaugeSources> = {}): GaugeSources => ({
  config: loadConfig({ environment: {} }),
  journal: { engine: 'sqlite' },
  queue: { engine: 'journal', counts: async () => [] },
  payloads: { engine: 'files' },
  connections: { list: () => [] },
  checks: [],
  clock: { now: () => 1_000_000 },
  faults: { active: 0 },
  alerts: { counts: async () => [] },
  log,
  ...own,
})

test('a session is counted while it is open, however often it is closed', async () => {
  const metrics = new Metrics()
  const ended: string[] = []
  const inner = {
    open: () => ({ id: 'ses_1', note() {}, close: async (how: string) => void ended.push(how) }),
    refused: () => 'rfs_1',
  } as unknown as Sessions
  const sessions = measureSessions(inner, metrics)
  const open: OpenSession[] = [1, 2, 3].map(() =>
    sessions.open({ protocol: 'sftp', peer: '192.0.2.1:9' }),
  )
  await open[0]?.close('by peer')
  await open[0]?.close('again')
  expect(await lines(metrics, 'raccord_sessions{')).toEqual(['raccord_sessions{protocol="sftp"} 2'])
  expect(ended).toEqual(['by peer', 'again'])
  sessions.refused({ protocol: 'sftp', code: 'NAME_MALFORMED', reason: 'of any length' })
  expect(await lines(metrics, 'raccord_refused_total{')).toEqual([
    'raccord_refused_total{protocol="sftp",reason="NAME_MALFORMED"} 1',
  ])
})

test('a code that is not in the catalogue is counted as "other": no partner makes series', async () => {
  const metrics = new Metrics()
  const taken: Intake = async () => ({ outcome: 'taken', flowId: 'flw_1' }) as never
  const intake = measureIntake(taken, metrics)
  for (const fileName of ['FSO1110A_x', 'fso1110a_x', 'ZZZ0001A_x', 'ZZZ0002A_x', '']) {
    await intake({ protocol: 'sftp', fileName } as ReceivedFlow)
  }
  expect(await lines(metrics, 'raccord_flows_total{')).toEqual([
    'raccord_flows_total{protocol="sftp",code="FSO1110A",outcome="received"} 2',
    'raccord_flows_total{protocol="sftp",code="other",outcome="received"} 3',
  ])
})

test('of many connections those are named whose certificates end first', async () => {
  const metrics = new Metrics()
  const connection = (index: number, state = 'ACTIVATED'): Connection =>
    ({
      applicationCode: `A${index}`,
      state,
      certificates: [{ notAfter: 0 }, { notAfter: 1_000_000 + index * 60_000 }],
    }) as unknown as Connection
  const list = (): Connection[] => [
    ...Array.from({ length: 500 }, (_, index) => connection(500 - index)),
    connection(0, 'DEACTIVATED'),
  ]
  lookAtGateway(metrics, sources({ connections: { list } }))
  const named = await lines(metrics, 'raccord_certificate_expiry_seconds{')
  expect(named).toHaveLength(200)
  expect(named[0]).toBe('raccord_certificate_expiry_seconds{connection="A1"} 60')
})

test('a queue that is away has no depth, and everything else is told', async () => {
  const metrics = new Metrics()
  const away = new GatewayError('QUEUE_UNAVAILABLE', 'away')
  let isAway = false
  lookAtGateway(
    metrics,
    sources({
      queue: {
        engine: 'bullmq',
        counts: async () => {
          if (isAway) throw away
          return [
            { kind: 'chunk', state: 'READY', count: 2 },
            { kind: 'chunk', state: 'ACTIVE', count: 1 },
          ]
        },
      },
      checks: [
        { name: 'queue', mayBeAway: true, check: () => Promise.reject(away) },
        { name: 'journal', check: async () => 'sqlite' },
      ],
    }),
  )
  expect(await lines(metrics, 'raccord_queue_depth{')).toEqual([
    'raccord_queue_depth{stage="extract"} 0',
    'raccord_queue_depth{stage="chunk"} 3',
    'raccord_queue_depth{stage="decide"} 0',
  ])
  isAway = true
  expect(await lines(metrics, 'raccord_queue_depth{')).toEqual([])
  expect(await lines(metrics, 'raccord_dependency_up{')).toEqual([
    'raccord_dependency_up{dependency="queue"} 0',
    'raccord_dependency_up{dependency="journal"} 1',
  ])
})
