import { expect, test } from 'vitest'
import { OffsetClock } from '../../gateway/clock.ts'
import type { JournaledFlow, PipelineConnection } from '../pipeline-context.ts'
import { checkSubscription } from './subscription.ts'
import { checkTechnical } from './technical.ts'

const flow = (changes: Partial<JournaledFlow> = {}): JournaledFlow => ({
  id: 'flw_1',
  connection_id: 'cnx_1',
  protocol: 'sftp',
  session_id: 'ses_1',
  interface_code: 'FSO1110A',
  application_code: 'SIM123',
  flow_identifier: 'SIM1231110000000000000042',
  file_name: 'FSO1110A_SIM123_SIM1231110000000000000042.tar.gz',
  sha256: '0'.repeat(64),
  bytes: 1_000,
  mode: 'PARTIAL',
  state: 'IN_TRAITE_SE_CPP',
  stage: 'technical',
  life_cycle: 'DUE',
  replay_of: null,
  payload_removed_at: null,
  received_at: new OffsetClock().now(),
  finished_at: null,
  updated_at: 0,
  total: 0,
  integrated: 0,
  refused: 0,
  findings_json: '[]',
  evidence_json: '{}',
  attempts: 0,
  ...changes,
})
const connection: PipelineConnection = { id: 'cnx_1', protocol: 'sftp', overrides: {} }
const codes = (
  changes: Partial<JournaledFlow>,
  known: PipelineConnection | undefined = connection,
) => checkSubscription(flow(changes), known, 'qualification').map(({ code, rule }) => [code, rule])

test('a subscribed code by the right protocol passes', () => {
  expect(codes({})).toEqual([])
})

test('a code that nobody knows is refused as unknown', () => {
  expect(codes({ interface_code: 'FSO9999A' })).toEqual([['ERR_ENV_002', 'ENV-002']])
})

test('a code that only the gateway sends is refused, and said to be one', () => {
  const [finding] = checkSubscription(
    flow({ interface_code: 'FEN1200A' }),
    connection,
    'qualification',
  )
  expect(finding).toMatchObject({ code: 'ERR_ENV_002', rule: 'ENV-OUTGOING', severity: 'fatal' })
  expect(finding!.message.en).toContain('FEN1200A (Invoice life cycle) is a code of the flows')
})

test('a code that is not built yet is refused with its own sentence', () => {
  const [finding] = checkSubscription(
    flow({ interface_code: 'FSO1102A' }),
    connection,
    'production',
  )
  expect(finding).toMatchObject({ code: 'ERR_ENV_002', rule: 'ENV-UNAVAILABLE', severity: 'fatal' })
  expect(finding!.message).toEqual({
    en: 'FSO1102A (PES Facture) is in the catalogue, but this gateway does not process it yet.',
    fr: 'FSO1102A (PES Facture) figure au catalogue, mais cette passerelle ne le traite pas encore.',
  })
})

test('a code that the connection does not subscribe to is refused', () => {
  expect(codes({ mode: 'NONE' })).toEqual([['ERR_ENV_004', 'ENV-004']])
})

test('a flow that came by another protocol than the connection’s is refused', () => {
  expect(codes({ protocol: 'as2' })).toEqual([['ERR_ENV_005', 'ENV-005']])
})

test('a flow whose connection is gone is refused', () => {
  const found = checkSubscription(flow(), undefined, 'qualification')
  expect(found.map(({ code }) => code)).toEqual(['ERR_ENV_003'])
})

test.each([
  [{ file_name: 'FSO1110A_SIM123_SIM1231110000000000000042.zip' }, 'ERR_ENV_007'],
  [{ file_name: 'invoice.xml' }, 'ERR_ENV_001'],
  [{ bytes: 0 }, 'ERR_VOL_001'],
  [{ bytes: 5_000 }, 'ERR_VOL_002'],
])('the envelope %o is refused with %s', (changes, code) => {
  const limits = { maxFlowBytes: 4_999 } as never
  expect(checkTechnical(flow(changes), { limits }).map((finding) => finding.code)).toEqual([code])
})

test('a sequence that does not follow the recommendation is an information, never a refusal', () => {
  const limits = { maxFlowBytes: 4_999 } as never
  const file_name = 'FSO1110A_SIM123_SIM123A1B2C3D4E5F6G7H8I9J.xml'
  expect(checkTechnical(flow({ file_name }), { limits })).toMatchObject([
    { rule: 'ENV-SEQUENCE', severity: 'information' },
  ])
  expect(checkTechnical(flow(), { limits })).toEqual([])
})
