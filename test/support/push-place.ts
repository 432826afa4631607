import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { openConnections, type Connections } from '../../gateway/connections/connections.ts'
import { OffsetClock } from '../../gateway/clock.ts'
import { dueAt, offerReturnFlow, type OfferTerms } from '../../gateway/delivery/outbox.ts'
import { PushEngine, type PushOptions } from '../../gateway/delivery/push-engine.ts'
import { createTargetOf } from '../../gateway/delivery/push-targets.ts'
import { noFaults } from '../../gateway/faults.ts'
import type { ConnectionId, FlowId, ReturnFlow, ReturnFlowId } from '../../gateway/flow.ts'
import { newId } from '../../gateway/ids.ts'
import type { Journal } from '../../gateway/journal/journal.ts'
import { createLogger } from '../../gateway/logger.ts'
import { openFilePayloadStore } from '../../gateway/payloads/files/file-payload-store.ts'
import type { PayloadStore } from '../../gateway/payloads/payloads.ts'
import { insertCertificate, insertConnection } from './connection-rows.ts'
import { sendOverTcp } from './tcp-partner.ts'

/** A journal, a store and partners that are called, for the engine that calls them. */
export interface PushPlace {
  readonly journal: Journal
  readonly payloads: PayloadStore
  readonly clock: OffsetClock
  readonly connections: Connections
  /** A partner called at this port; `number` makes its id and code. */
  addPartner(number: number, port: number, protocol?: 'as2' | 'sftp'): Promise<ConnectionId>
  issue(connectionId: ConnectionId, flowId?: FlowId, terms?: OfferTerms): Promise<ReturnFlowId>
  /** So many in few writes. */
  issueMany(connectionId: ConnectionId, count: number): Promise<void>
  engine(changes?: PushChanges): PushEngine
  stateOf(id: ReturnFlowId): Promise<string | undefined>
  countOf(connectionId: ConnectionId, state: string): Promise<number>
  attemptsOf(id: ReturnFlowId): Promise<readonly string[]>
  close(): Promise<void>
}

export interface PushChanges extends Partial<Omit<PushOptions, 'settings'>> {
  readonly settings?: Partial<PushOptions['settings']>
  readonly isCallable?: (address: string) => boolean
}

const WEEK = 604_800_000
const SETTINGS: PushOptions['settings'] = {
  attempts: 3,
  retrySeconds: [0],
  attemptSeconds: 20,
  leaseSeconds: 60,
  concurrency: 8,
  perConnection: 1,
}

export async function openPushPlace(journal: Journal, folder: string): Promise<PushPlace> {
  const clock = new OffsetClock()
  const log = createLogger('silent')
  const payloads = await openFilePayloadStore({ folder: join(folder, 'payloads') })
  const connections = await openConnections({
    journal,
    clock,
    log,
    environment: 'qualification',
    polls: false,
  })
  const { db } = journal
  let issued = 0
  const rowOf = (connectionId: ConnectionId, content: ReturnFlow['content'], flowId?: FlowId) => {
    issued += 1
    const now = clock.now()
    const number = String(issued).padStart(15, '0')
    return {
      id: newId('ret'),
      connectionId,
      kind: 'report' as const,
      interfaceCode: 'CSO1110A',
      fileName: `CSO1110A_SIM123_SIM1231110${number}.tar.gz`,
      content,
      createdAt: now,
      availableUntil: now + WEEK,
      ...(flowId === undefined ? {} : { flowId }),
    }
  }
  const put = () => payloads.put(Readable.from([randomBytes(300)]))
  return {
    journal,
    payloads,
    clock,
    connections,
    async addPartner(number, port, protocol = 'as2') {
      const id: ConnectionId = `cnx_${String(number).padStart(4, '0')}`
      const code = `PSH${String(number).padStart(3, '0')}`
      const sha256 = String(number).padStart(64, '0')
      // First: it is read with its connection, once.
      await insertCertificate(journal, id, { sha256, spki_sha256: sha256 })
      await insertConnection(journal, id, {
        application_code: code,
        protocol,
        running: {
          certificates: [{ part: 'server', sha256 }],
          network: { as2: { url: `http://127.0.0.1:${port}/as2`, as2Id: code } },
        },
      })
      await connections.refresh()
      return id
    },
    async issue(connectionId, flowId, terms) {
      const row = rowOf(connectionId, await put(), flowId)
      await journal.write([offerReturnFlow(journal, row, dueAt(connections, connectionId), terms)])
      return row.id
    },
    async issueMany(connectionId, count) {
      const content = await put()
      const due = dueAt(connections, connectionId)
      for (let done = 0; done < count; done += 500) {
        const rows = Array.from({ length: Math.min(500, count - done) }, () =>
          offerReturnFlow(journal, rowOf(connectionId, content), due),
        )
        await journal.write(rows)
      }
    },
    engine: ({ settings, isCallable = () => true, ...changes } = {}) =>
      new PushEngine({
        journal,
        payloads,
        targetOf: createTargetOf({ journal, certificatesOf: async () => [], isCallable }),
        findConnection: (id) => connections.find(id),
        senders: { as2: sendOverTcp },
        clock,
        faults: noFaults,
        log,
        ...changes,
        settings: { ...SETTINGS, ...settings },
      }),
    async stateOf(id) {
      const query = db.selectFrom('return_flows').select('state').where('id', '=', id)
      return (await journal.read(query))[0]?.state
    },
    async countOf(connectionId, state) {
      const [row] = await journal.read(
        db
          .selectFrom('return_flows')
          .select((select) => select.fn.countAll<number>().as('count'))
          .where('connection_id', '=', connectionId)
          .where('state', '=', state as 'OFFERED'),
      )
      return row?.count ?? 0
    },
    async attemptsOf(id) {
      const rows = await journal.read(
        db
          .selectFrom('deliveries')
          .select(['attempt', 'outcome'])
          .where('return_flow_id', '=', id)
          .orderBy('attempt'),
      )
      return rows.map(({ attempt, outcome }) => `${attempt} ${outcome}`)
    },
    async close() {
      connections.close()
      await payloads.close()
    },
  }
}
