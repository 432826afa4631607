import { createReadStream } from 'node:fs'
import { issueLeaf, leafValidity, makeIntermediate, makeRoot } from '../certs/authority.ts'
import { testAnchor } from '../certs/trust/trust-sources.ts'
import { GATEWAY_ACTOR } from '../gateway/accounts/actor.ts'
import { OffsetClock } from '../gateway/clock.ts'
import { openConnectionForms } from '../gateway/connections/open-connection-forms.ts'
import type { ConnectionId, ReturnFlowId } from '../gateway/flow.ts'
import { newId } from '../gateway/ids.ts'
import { openJournal } from '../gateway/journal/open-journal.ts'
import type { Journal } from '../gateway/journal/journal.ts'
import { createLogger } from '../gateway/logger.ts'
import { openMailOutbox } from '../gateway/mail/mail-outbox.ts'
import { openPayloads } from '../gateway/payloads/open-payloads.ts'
import type { BenchKey } from './sftp-server.ts'

/** A connection to be found in the data folder when the gateway starts. */
export interface BenchConnection {
  /** Six characters: the SFTP user. */
  readonly applicationCode: string
  readonly key: BenchKey
  readonly isActive: boolean
}

/** Contents waiting to be fetched: a return flow can be fetched once only, so several. */
export interface BenchReturns {
  readonly applicationCode: string
  readonly file: string
  readonly count: number
}

const DAY_MILLISECONDS = 86_400_000
const VALID_DAYS = 30
const INTERFACE_CODE = 'FSO1110A'

/** Makes a gateway's data folder with what a measurement needs in it. */
export async function prepareGatewayData(options: {
  readonly dataFolder: string
  readonly connections: readonly BenchConnection[]
  readonly returns?: BenchReturns
  /** Default: a file in the data folder. */
  readonly journalUrl?: string
}): Promise<void> {
  const { dataFolder, connections, returns, journalUrl: url = 'sqlite:' } = options
  const journal = await openJournal({ url, dataFolder, log: createLogger('warn') })
  try {
    const ids = await register(journal, connections)
    if (returns !== undefined) {
      await addReturns(journal, dataFolder, ids.get(returns.applicationCode)!, returns)
    }
  } finally {
    await journal.close()
  }
}

/** Has contents wait in the data folder of a gateway that does not run. */
export async function offerReturns(
  dataFolder: string,
  connectionId: ConnectionId,
  returns: BenchReturns,
): Promise<void> {
  const journal = await openJournal({ url: 'sqlite:', dataFolder, log: createLogger('warn') })
  try {
    await addReturns(journal, dataFolder, connectionId, returns)
  } finally {
    await journal.close()
  }
}

/** Name of the return flow number `index`, as it stands in the retrieval box. */
export const returnFlowName = (applicationCode: string, index: number): string =>
  `C${INTERFACE_CODE.slice(1)}_${applicationCode}_${applicationCode}${INTERFACE_CODE.slice(3, 7)}${String(index).padStart(15, '0')}.tar.gz`

/** Registers all of them, each with a certificate of its key that one test authority has signed. */
async function register(
  journal: Journal,
  orders: readonly BenchConnection[],
): Promise<Map<string, ConnectionId>> {
  const now = Date.now()
  const root = await makeRoot(now)
  const intermediate = await makeIntermediate(root, now)
  const parts = { journal, clock: new OffsetClock(), log: createLogger('error') }
  const forms = openConnectionForms({
    ...parts,
    environment: 'qualification',
    activation: 'at-once',
    trust: async () => ({ anchors: [testAnchor(root.certificatePem)] }),
    mail: openMailOutbox({ ...parts, settings: { server: '', from: '' } }),
    mailLanguage: 'en',
  })
  const ids = new Map<string, ConnectionId>()
  for (const { applicationCode, key, isActive } of orders) {
    const { certificatePem, chainPem } = issueLeaf(root, intermediate, {
      commonName: applicationCode,
      publicKey: key.publicKey,
      purpose: 'client',
      ...leafValidity(now, VALID_DAYS),
    })
    const registration = await forms.register({
      applicationCode,
      name: `Bench ${applicationCode}`,
      protocol: 'sftp',
      certificatePem: [certificatePem, ...chainPem].join('\n'),
      modes: { [INTERFACE_CODE]: 'PARTIAL' },
      validFrom: now - DAY_MILLISECONDS,
      validUntil: now + VALID_DAYS * DAY_MILLISECONDS,
    })
    if (registration.outcome === 'refused') {
      throw new Error(registration.reasons.map((reason) => reason.message.en).join(' '))
    }
    const { connectionId } = registration
    if (!isActive) await forms.deactivate(connectionId, undefined, GATEWAY_ACTOR)
    ids.set(applicationCode, connectionId)
  }
  return ids
}

async function addReturns(
  journal: Journal,
  dataFolder: string,
  connectionId: ConnectionId,
  returns: BenchReturns,
): Promise<void> {
  const payloads = await openPayloads({ url: 'file:', dataFolder })
  const content = await payloads.put(createReadStream(returns.file))
  await payloads.close()
  const now = Date.now()
  for (let index = 1; index <= returns.count; index += 1) {
    const id: ReturnFlowId = newId('ret')
    await journal.write([
      {
        query: journal.db.insertInto('return_flows').values({
          id,
          connection_id: connectionId,
          flow_id: null,
          kind: 'report',
          interface_code: `C${INTERFACE_CODE.slice(1)}`,
          file_name: returnFlowName(returns.applicationCode, index),
          sha256: content.sha256,
          bytes: content.bytes,
          created_at: now,
          available_until: now + DAY_MILLISECONDS,
          state: 'OFFERED',
          delivered_at: null,
          attempts: 0,
          next_attempt_at: null,
        }),
      },
    ])
  }
}
