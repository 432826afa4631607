import { expect, test } from 'vitest'
import type { LocalRole, PermissionRow } from '../../gateway/accounts/permission-table.ts'
import { PERMISSIONS } from '../../gateway/accounts/permission-table.ts'
import { offerReturnFlow } from '../../gateway/delivery/outbox.ts'
import type { CampaignResultId } from '../../gateway/qualification/campaign.ts'
import type { ConnectionId, RunId, SessionId } from '../../gateway/flow.ts'
import {
  apiPerson,
  byToken,
  newPerson,
  signInAgain,
  type ApiPerson,
} from '../support/api-people.ts'
import { flowRow, invoiceRow } from '../support/journal-rows.ts'
import { startedApi, type StartedApi } from '../support/started-api.ts'

/** What a request is about: a structure, and a connection and a flow of it. */
interface Target {
  readonly siret: string
  readonly connection: string
  readonly flow: string
}

interface Ground {
  readonly own: Target
  readonly foreign: Target
  /** A structure nobody of the matrix belongs to. */
  readonly otherSiret: string
  /** A user nobody of the matrix is. */
  readonly victim: string
}

/** How an operation is asked for. */
interface Sample {
  /** It names the structure it is about, or something of it; otherwise it is asked once. */
  readonly isAimed: boolean
  readonly path: (target: Target, ground: Ground) => string
  readonly body?: (target: Target, ground: Ground) => unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Makes something of the asker's own first, and adds its id to the path. */
  readonly prepare?: (person: ApiPerson) => Promise<string>
}

const plain = (path: string, body?: unknown): Sample => ({
  isAimed: false,
  path: () => path,
  ...(body === undefined ? {} : { body: () => body }),
})
const aimed = (
  path: (target: Target, ground: Ground) => string,
  body?: Sample['body'],
  headers?: Sample['headers'],
): Sample => ({
  isAimed: true,
  path,
  ...(body === undefined ? {} : { body }),
  ...(headers === undefined ? {} : { headers }),
})
const ofConnection = (rest: string, body?: unknown, headers?: Sample['headers']): Sample =>
  aimed(
    ({ connection }) => `/connections/${connection}${rest}`,
    body === undefined ? undefined : () => body,
    headers,
  )

const ofInvoice = (rest: string, body?: unknown, headers?: Sample['headers']): Sample =>
  aimed(
    ({ flow }) => `/invoices/${flow}.1${rest}`,
    body === undefined ? undefined : () => body,
    headers,
  )

/** The return flow on a flow of the ground. */
const returnOf = (flow: string): string => flow.replace('flw_', 'ret_')

/** The run, ended, on the connection of a ground. */
const runOf = (connection: string): string => connection.replace('cnx_', 'run_')
const ofRun = (rest: string, body?: unknown): Sample =>
  aimed(
    ({ connection }) => `/runs/${runOf(connection)}${rest}`,
    body === undefined ? undefined : () => body,
  )

/** The result of a campaign, ended, on the connection of a ground. */
const resultOf = (connection: string): string => connection.replace('cnx_', 'cpr_')
const ofResult = (rest: string): Sample =>
  aimed(({ connection }) => `/campaign-results/${resultOf(connection)}${rest}`)

const endedCampaign = (connection: ConnectionId) => ({
  id: resultOf(connection) as CampaignResultId,
  campaign: 'first-steps',
  campaign_json: JSON.stringify({
    id: 'first-steps',
    version: '1',
    title: { en: '', fr: '' },
    purpose: { en: '', fr: '' },
    protocols: ['sftp'],
    scenarios: ['nominal'],
    references: [],
  }),
  connection_id: connection,
  is_self: 0,
  patience_seconds: null,
  state: 'PASSED' as const,
  started_at: 0,
  ended_at: 1,
  started_by: 'somebody',
})

/** A session, ended, of the connection of a ground. */
const sessionOf = (connection: string) => connection.replace('cnx_', 'ses_') as SessionId
const ofSession = (rest: string): Sample =>
  aimed(({ connection }) => `/partner-sessions/${sessionOf(connection)}${rest}`)

const endedSession = (connection: ConnectionId) => ({
  id: sessionOf(connection),
  protocol: 'sftp' as const,
  peer: '192.0.2.1:9',
  connection_id: connection,
  started_at: 1,
  ended_at: 2,
  outcome: 'ended',
  fields_json: '{}',
  transcript_sha256: null,
  transcript_bytes: null,
  process_id: null,
})

const endedRun = (connection: ConnectionId) => ({
  id: runOf(connection) as RunId,
  scenario: 'nominal',
  scenario_json: JSON.stringify({
    id: 'nominal',
    title: { en: '', fr: '' },
    purpose: { en: '', fr: '' },
    protocols: ['sftp'],
    needs: {},
    isAlone: false,
    references: [],
    steps: [],
  }),
  connection_id: connection,
  is_self: 0,
  state: 'PASSED' as const,
  patience_seconds: null,
  started_at: 0,
  ended_at: 1,
  started_by: 'somebody',
  memory_json: '{}',
  note_json: null,
  override_json: null,
  facts_json: JSON.stringify({
    versions: { raccord: '0', node: '24' },
    clockOffsetMilliseconds: 0,
    codes: {},
    partner: 'somebody',
    certificates: [],
  }),
})

const ANY = { 'If-Match': '*' }
const FILE = { 'Content-Type': 'application/octet-stream' }
const SHA256 = '0'.repeat(64)

/** Every operation there is; what is new in the API needs its line here. */
const SAMPLES: Readonly<Record<string, Sample>> = {
  // Bodies that no check of permission looks at, so that no try is counted and no session ended.
  signIn: plain('/session', {}),
  signInToDemo: plain('/session/demo', {}),
  setUp: plain('/setup', {}),
  changePassword: plain('/session/password', {}),
  showSession: plain('/session'),
  showAccount: plain('/account'),
  changeAccount: plain('/account', {}),
  listOwnAttachments: plain('/account/attachments'),
  leaveStructure: {
    isAimed: false,
    path: (_, { otherSiret }) => `/account/attachments/${otherSiret}`,
  },
  listOwnSubscriptions: plain('/account/subscriptions'),
  listUsers: plain('/users'),
  createUser: plain('/users', { login: 'x' }),
  showUser: { isAimed: false, path: (_, { victim }) => `/users/${victim}` },
  changeUser: { isAimed: false, path: (_, { victim }) => `/users/${victim}`, body: () => ({}) },
  resetPassword: { isAimed: false, path: () => '/users/usr_nobody/password-reset' },
  listOwnTokens: plain('/tokens'),
  listTokens: plain('/tokens/all'),
  createToken: plain('/tokens', {}),
  revokeToken: { isAimed: false, path: () => '/tokens/', prepare: ownToken },
  listDirectory: plain('/directory'),
  showDirectoryEntry: plain('/directory/00000000000000'),
  writeDirectoryEntry: {
    isAimed: false,
    path: () => '/directory/00000000000000',
    body: () => ({}),
  },
  removeDirectoryEntry: plain('/directory/00000000000000'),
  sendDirectory: plain('/directory/flows', {}),
  importDirectory: plain('/directory/import', {}),
  listStructures: plain('/structures'),
  showStructure: aimed(({ siret }) => `/structures/${siret}`),
  writeStructure: aimed(
    ({ siret }) => `/structures/${siret}`,
    () => ({ name: 'Renamed' }),
  ),
  generateDataSet: plain('/data-set', { seed: 'roles', count: 3 }),
  openArea: aimed(({ siret }) => `/structures/${siret}/area`),
  explainArea: aimed(({ siret }) => `/structures/${siret}/area/why`),
  listAttachments: plain('/attachments'),
  requestAttachment: {
    isAimed: false,
    path: (_, { otherSiret }) => `/structures/${otherSiret}/attachments`,
  },
  assignAttachment: aimed(
    ({ siret }) => `/structures/${siret}/attachments/usr_nobody`,
    () => ({ role: 'MEMBER' }),
  ),
  revokeAttachment: aimed(({ siret }) => `/structures/${siret}/attachments/usr_nobody`),
  decideAttachments: aimed(() => '/attachments/decisions', decision),
  listSubscriptions: plain('/subscriptions'),
  requestSubscription: aimed(({ siret }) => `/structures/${siret}/subscriptions`),
  grantSubscription: aimed(
    ({ siret }) => `/structures/${siret}/subscriptions/usr_nobody`,
    () => ({}),
  ),
  revokeSubscription: aimed(({ siret }) => `/structures/${siret}/subscriptions/usr_nobody`),
  decideSubscriptions: aimed(() => '/subscriptions/decisions', decision),
  listAudit: plain('/audit'),
  searchConnections: plain('/connections'),
  createConnection: aimed(
    () => '/connections',
    ({ siret }) => ({ siret, protocol: 'sftp', form: {} }),
  ),
  showConnection: ofConnection(''),
  saveForm: ofConnection('/form', {}, ANY),
  validateForm: ofConnection('/faults'),
  overrideSettings: ofConnection('/settings', {}, ANY),
  submitForm: ofConnection('/submit'),
  activateConnection: ofConnection('/activate'),
  refuseForm: ofConnection('/refuse', { motive: 'not today' }),
  deactivateConnection: ofConnection('/deactivate'),
  duplicateConnection: ofConnection('/duplicate'),
  addCertificates: ofConnection('/certificates', new Uint8Array([1]), FILE),
  removeCertificate: ofConnection(`/certificates/${SHA256}`),
  exportConnections: plain('/connections/export'),
  importConnection: aimed(
    () => '/connections/import',
    ({ siret }) => ({
      structure: siret,
      name: 'Imported',
      protocol: 'sftp',
      environment: 'qualification',
      applicationCode: 'IMP001',
      form: {},
      certificates: [],
    }),
  ),
  exportConnection: ofConnection('/export?format=json'),
  promoteConnection: ofConnection('/promotion'),
  downloadKit: ofConnection('/kit'),
  probeConnection: ofConnection('/probe'),
  listFlows: plain('/flows'),
  exportFlows: plain('/flows/export'),
  showFlow: aimed(({ flow }) => `/flows/${flow}`),
  showFlowTranscript: aimed(({ flow }) => `/flows/${flow}/transcript`),
  showFlowReport: aimed(({ flow }) => `/flows/${flow}/report.pdf`),
  waitForFlow: aimed(({ flow }) => `/flows/${flow}/wait?seconds=0`),
  replayFlow: aimed(
    ({ flow }) => `/flows/${flow}/replay`,
    () => ({}),
  ),
  verifyFlow: aimed(({ flow }) => `/flows/${flow}/verification`),
  listReturns: plain('/returns'),
  showReturn: aimed(({ flow }) => `/returns/${returnOf(flow)}`),
  showReturnTranscript: aimed(({ flow }) => `/returns/${returnOf(flow)}/transcript`),
  againReturn: aimed(({ flow }) => `/returns/${returnOf(flow)}/again`),
  holdReturn: aimed(({ flow }) => `/returns/${returnOf(flow)}/hold`),
  releaseReturn: aimed(({ flow }) => `/returns/${returnOf(flow)}/release`),
  cancelReturn: aimed(({ flow }) => `/returns/${returnOf(flow)}/cancel`),
  listInvoiceStatuses: plain('/invoice-statuses'),
  listInvoices: plain('/invoices'),
  showInvoice: ofInvoice(''),
  advanceInvoices: plain('/invoices/moves', { to: '02' }),
  planInvoices: plain('/invoices/plans', { steps: [{ to: '02' }], where: { status: '99' } }),
  recycleInvoice: ofInvoice('/recycle', {}),
  completeInvoice: ofInvoice('/documents?name=a.pdf', new Uint8Array([1]), FILE),
  acknowledgeInvoice: ofInvoice('/acknowledge'),
  listRefusals: plain('/refusals'),
  summariseRefusals: plain('/refusals/summary'),
  listPartnerHealth: plain('/partners/health'),
  showVitals: plain('/vitals'),
  listRejections: plain('/rejections'),
  listRejectedInvoices: plain('/rejections/invoices'),
  checkCertificates: {
    isAimed: false,
    path: () => '/certificates/check?protocol=sftp',
    body: () => new Uint8Array([1]),
    headers: FILE,
  },
  signTestCertificate: plain('/test-certificates', {}),
  showGateway: plain('/gateway'),
  listScenarios: plain('/scenarios'),
  showScenario: plain('/scenarios/nominal'),
  listRuns: plain('/runs'),
  startRun: ofConnection('/runs', { scenario: 'nominal' }),
  showRun: ofRun(''),
  followRun: ofRun('/events'),
  showRunEvidence: ofRun('/evidence?format=badge'),
  cancelRun: ofRun('/cancel'),
  giveUpStep: ofRun('/give-up'),
  confirmRun: ofRun('/confirm', { isYes: true }),
  overrideRun: ofRun('/override', { verdict: 'PASSED', reason: 'seen' }),
  showEvidence: plain('/evidence?runs=run_none'),
  attachToRun: aimed(
    ({ connection }) => `/runs/${runOf(connection)}/attachments?name=seen.txt`,
    () => Buffer.from('seen'),
    FILE,
  ),
  showRunAttachment: ofRun('/attachments/att_none'),
  openRunView: ofRun('/live'),
  showRunView: plain('/live/rrv_none'),
  followRunView: plain('/live/rrv_none/events'),
  listCampaigns: plain('/campaigns'),
  showCampaign: plain('/campaigns/first-steps'),
  startCampaign: ofConnection('/campaigns', { campaign: 'first-steps' }),
  showCoverage: ofConnection('/coverage'),
  listCampaignResults: plain('/campaign-results'),
  showCampaignResult: ofResult(''),
  cancelCampaign: ofResult('/cancel'),
  compareCampaignResult: ofResult('/comparison'),
  showCampaignEvidence: ofResult('/evidence?format=badge'),
  listFaultKinds: plain('/faults/catalogue'),
  blockConnection: ofConnection('/block', { reason: 'a try' }),
  unblockConnection: ofConnection('/unblock'),
  listPartnerSessions: plain('/partner-sessions'),
  showPartnerSession: ofSession(''),
  cutPartnerSession: ofSession('/cut'),
  listAlerts: plain('/alerts'),
  showAlert: plain('/alerts/alr_none'),
  acknowledgeAlert: plain('/alerts/alr_none/acknowledgement', {}),
  listAlertRules: plain('/alert-rules'),
  listAlertSilences: plain('/alert-silences'),
  silenceAlerts: plain('/alert-silences', { seconds: 1, reason: 'a try' }),
  unsilenceAlerts: plain('/alert-silences/sil_none'),
  testAlerts: plain('/alert-tests'),
  listFaults: plain('/faults'),
  addFault: plain('/faults', { name: 'no-answer', seconds: 1 }),
  clearFault: plain('/faults/flt_none'),
  clearFaults: plain('/faults'),
  showClock: plain('/clock'),
  moveClock: plain('/clock', { offsetMilliseconds: 0 }),
  beginUniquenessEpoch: plain('/uniqueness/epochs', { invoices: true }),
  planRetention: plain('/retention'),
  runRetention: plain('/retention'),
  listIdentity: plain('/identity'),
  rotateIdentity: plain('/identity/api-tls/rotations'),
  listInterfaceCodes: plain('/interface-codes'),
  followEvents: plain('/events'),
  showOpenApi: plain('/openapi.json'),
  // The last ones: the person has less, and then is nobody, afterwards.
  giveUpSubscription: aimed(({ siret }) => `/account/subscriptions/${siret}`),
  signOut: plain('/session'),
}

async function ownToken(person: ApiPerson): Promise<string> {
  const made = await person.ask('POST', '/tokens', { name: 'to be revoked' })
  if (made.status !== 201) return 'tok_nothing'
  return ((await made.json()) as { token: { id: string } }).token.id
}

/** Where a service refuses what the table allows, and why. */
const EXCEPTIONS: ReadonlySet<string> = new Set([
  // The local owner of the machine is no person, and belongs nowhere.
  'machine requestAttachment',
])

function decision({ siret }: Target): unknown {
  return { decision: 'accept', requests: [{ userId: 'usr_nobody', siret }] }
}

/** Who asks, and what he is, in words of the permission table. */
interface Asker {
  readonly name: string
  readonly person: ApiPerson
  readonly isSignedIn: boolean
  readonly globalRoles: readonly string[]
  /** In the structure of `own`. */
  readonly localRoles: readonly LocalRole[]
  readonly scopes?: readonly string[]
}

/** The permission table, read in the plainest way. */
function isAllowed(
  asker: Asker,
  permission: string,
  where: 'own' | 'foreign' | 'anywhere',
): boolean {
  if (permission === 'public') return true
  const row: PermissionRow = PERMISSIONS[permission as keyof typeof PERMISSIONS]
  const roles: readonly string[] = row.roles
  if (roles.includes('anyone')) return true
  if (!asker.isSignedIn) return false
  if (asker.scopes !== undefined) {
    if (row.personOnly === true || !asker.scopes.includes(permission)) return false
  }
  if (roles.includes('signed-in')) return true
  if (asker.globalRoles.some((role) => roles.includes(role))) return true
  if (row.scope !== 'structure' || where === 'foreign') return false
  return asker.localRoles.some((role) => roles.includes(role))
}

/** Codes that say "not you"; anything else means that the door was open. */
const REFUSED = new Set(['API_TOKEN_REFUSED', 'PERMISSION_DENIED', 'CSRF_MISSING'])

test('every route answers each role, for its own and for a foreign structure, as the permission table says', async () => {
  const api = await startedApi()
  const document = (await (await api.machine.ask('GET', '/openapi.json')).json()) as OpenApi
  const operations = operationsOf(document)
  expect(operations.map(({ operationId }) => operationId).sort()).toEqual(
    Object.keys(SAMPLES).sort(),
  )
  const ground = await layGround(api)
  const askers = await makeAskers(api, ground)
  const order = Object.keys(SAMPLES)
  operations.sort((a, b) => order.indexOf(a.operationId) - order.indexOf(b.operationId))

  const wrong: string[] = []
  let asked = 0
  for (const asker of askers) {
    for (const { operationId, method, permission } of operations) {
      const sample = SAMPLES[operationId]!
      for (const where of sample.isAimed
        ? (['own', 'foreign'] as const)
        : (['anywhere'] as const)) {
        const target = where === 'foreign' ? ground.foreign : ground.own
        const { isRefused, told } = await outcome(asker.person, method, sample, target, ground)
        asked += 1
        const line = `${asker.name} ${operationId} (${permission}) ${where}`
        if (told.status >= 500) wrong.push(`${line}: answers ${told.status} ${told.text}`)
        const isException = EXCEPTIONS.has(`${asker.name} ${operationId}`)
        if (isRefused === (isAllowed(asker, permission, where) && !isException)) {
          wrong.push(`${line}: is ${isRefused ? 'refused' : 'allowed'}: ${told.text}`)
        }
        const seesAll = asker.globalRoles.length > 0
        if (
          where === 'anywhere' &&
          !isRefused &&
          !seesAll &&
          told.text.includes(ground.foreign.connection)
        ) {
          wrong.push(`${line}: shows what is foreign`)
        }
      }
    }
  }
  expect(wrong).toEqual([])
  expect(asked).toBeGreaterThan(askers.length * operations.length)
})

async function outcome(
  person: ApiPerson,
  method: string,
  sample: Sample,
  target: Target,
  ground: Ground,
): Promise<{ isRefused: boolean; told: { status: number; text: string } }> {
  const path = sample.path(target, ground) + ((await sample.prepare?.(person)) ?? '')
  const response = await person.ask(method, path, sample.body?.(target, ground), sample.headers)
  const type = response.headers.get('content-type') ?? ''
  if (type.startsWith('text/event-stream')) {
    await response.body?.cancel()
    return { isRefused: false, told: { status: response.status, text: '' } }
  }
  const text = await response.text()
  const { code } = type.includes('problem') ? (JSON.parse(text) as { code: string }) : { code: '' }
  return {
    isRefused: REFUSED.has(code),
    told: { status: response.status, text: text.slice(0, 200_000) },
  }
}

async function layGround({ machine, services }: StartedApi): Promise<Ground> {
  const set = (await (
    await machine.ask('POST', '/data-set', { seed: 'roles', count: 3 })
  ).json()) as { structures: { siret: string; manager: { id: string } }[] }
  const targets: Target[] = []
  for (const [index, { siret }] of set.structures.slice(0, 2).entries()) {
    expect((await machine.ask('POST', `/structures/${siret}/area`)).status).toBe(201)
    const made = await machine.ask('POST', '/connections', { siret, protocol: 'sftp', form: {} })
    const { id } = (await made.json()) as { id: ConnectionId }
    const flow = flowRow(index + 1, { connection_id: id })
    const { journal } = services
    const invoice = { ...invoiceRow(flow.id, 1, []), status: '11', status_sequence: 1 }
    await journal.write([
      { query: journal.db.insertInto('flows').values(flow) },
      { query: journal.db.insertInto('invoices').values(invoice) },
      offerReturnFlow(journal, {
        id: returnOf(flow.id) as `ret_${string}`,
        connectionId: id,
        kind: 'directory',
        interfaceCode: 'FAR0037A',
        fileName: `FAR0037A_${index}.tar.gz`,
        content: { sha256: SHA256, bytes: 1 },
        createdAt: 0,
        availableUntil: Date.now() + 86_400_000,
      }),
      { query: services.journal.db.insertInto('qualification_runs').values(endedRun(id)) },
      { query: services.journal.db.insertInto('campaign_results').values(endedCampaign(id)) },
      { query: services.journal.db.insertInto('sessions').values(endedSession(id)) },
    ])
    targets.push({ siret, connection: id, flow: flow.id })
  }
  const [own, foreign] = targets
  return {
    own: own!,
    foreign: foreign!,
    otherSiret: set.structures[2]!.siret,
    victim: set.structures[2]!.manager.id,
  }
}

async function makeAskers(api: StartedApi, { own }: Ground): Promise<readonly Asker[]> {
  const { url, machine, token } = api
  const local = async (
    name: string,
    localRoles: readonly LocalRole[],
    rights?: Readonly<Record<string, boolean>>,
  ): Promise<Asker> => {
    const { id, login } = await newPerson(url, machine, name)
    const role = localRoles.includes('manager') ? 'SECONDARY_MANAGER' : 'MEMBER'
    const place = `/structures/${own.siret}`
    expect((await machine.ask('PUT', `${place}/attachments/${id}`, { role })).status).toBe(200)
    const granted =
      rights === undefined ||
      (await machine.ask('PUT', `${place}/subscriptions/${id}`, rights)).status === 200
    expect(granted).toBe(true)
    const person = await signInAgain(url, login)
    return { name, person, isSignedIn: true, globalRoles: [], localRoles }
  }
  const global = async (role: string): Promise<Asker> => {
    const { person } = await newPerson(url, machine, role, [role])
    return { name: role, person, isSignedIn: true, globalRoles: [role], localRoles: [] }
  }
  const stranger = await newPerson(url, machine, 'stranger')
  const manager = await local('manager', ['member', 'manager'])
  const scopes = ['connection.show', 'flow.show', 'session.show']
  const made = await manager.person.ask('POST', '/tokens', { name: 'ci', scopes })
  expect(made.status).toBe(201)
  const { secret } = (await made.json()) as { secret: string }
  return [
    {
      name: 'nobody',
      person: apiPerson(url, {}),
      isSignedIn: false,
      globalRoles: [],
      localRoles: [],
    },
    {
      name: 'stranger',
      person: stranger.person,
      isSignedIn: true,
      globalRoles: [],
      localRoles: [],
    },
    {
      name: 'scoped token',
      person: byToken(url, secret),
      isSignedIn: true,
      globalRoles: [],
      localRoles: ['member', 'manager'],
      scopes,
    },
    await local('member', ['member']),
    await local('area-show', ['member', 'show'], { mayShow: true }),
    await local('area-modify', ['member', 'show', 'modify'], { mayModify: true }),
    await local('tester', ['member', 'show', 'tester'], { mayTest: true }),
    manager,
    await global('operator'),
    await global('auditor'),
    await global('administrator'),
    {
      name: 'machine',
      person: byToken(url, token),
      isSignedIn: true,
      globalRoles: ['administrator', 'operator'],
      localRoles: [],
    },
  ]
}

interface OpenApi {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { operationId: string; 'x-permission': string }>>>
  >
}

function operationsOf(document: OpenApi) {
  return Object.values(document.paths).flatMap((methods) =>
    Object.entries(methods).map(([method, operation]) => ({
      method: method.toUpperCase(),
      operationId: operation.operationId,
      permission: operation['x-permission'],
    })),
  )
}
