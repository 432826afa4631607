import type { Mailbox, ReadableContent } from '../../protocols/listener.ts'
import type { Clock } from '../clock.ts'
import { closeFile, openFile, readInto } from '../durable-files.ts'
import { GatewayError } from '../errors.ts'
import type { ConnectionId, Proof, ReturnFlowId } from '../flow.ts'
import type { Journal } from '../journal/journal.ts'
import type { PayloadStore } from '../payloads/payloads.ts'
import { returnFlowOf } from './return-flow-row.ts'

export interface MailboxOptions {
  readonly journal: Journal
  readonly payloads: Pick<PayloadStore, 'localFile'>
  readonly clock: Clock
  /** Told once of each return flow that was read whole. */
  readonly delivered?: () => void
}

/** A box with more return flows than this shows the oldest: each one read makes room. */
const MAX_LISTED = 10_000

/** The retrieval box of partners that fetch their return flows themselves. */
export function createMailbox(options: MailboxOptions): Mailbox {
  const { journal, clock } = options
  const { db } = journal

  function offered(connectionId: ConnectionId) {
    return db
      .selectFrom('return_flows')
      .selectAll()
      .where('connection_id', '=', connectionId)
      .where('state', '=', 'OFFERED')
      .where('available_until', '>', clock.now())
  }

  return {
    async list(connectionId) {
      const rows = await journal.read(
        offered(connectionId).orderBy('created_at').orderBy('id').limit(MAX_LISTED),
      )
      return rows.map(returnFlowOf)
    },

    async open(connectionId, id) {
      const [row] = await journal.read(offered(connectionId).where('id', '=', id))
      if (row === undefined) throw gone(id)
      const { content } = returnFlowOf(row)
      const file = await options.payloads.localFile(content)
      try {
        return new OpenContent(await openFile(file.path, 'r'), content.bytes, () => file.release())
      } catch (error) {
        await file.release()
        throw error
      }
    },

    async consumed(connectionId, id, evidence) {
      const at = clock.now()
      const proof: Proof = { kind: 'read', at, evidence }
      const result = await journal.write([
        {
          // One that expired while it was being read was delivered all the same.
          query: db
            .updateTable('return_flows')
            .set((row) => ({
              state: 'DELIVERED',
              delivered_at: at,
              attempts: row('attempts', '+', 1),
            }))
            .where('id', '=', id)
            .where('connection_id', '=', connectionId)
            .where('state', 'in', ['OFFERED', 'EXPIRED']),
          expectRows: 1,
          announce: 'returns',
        },
        {
          query: db
            .insertInto('deliveries')
            .columns(['return_flow_id', 'attempt', 'at', 'outcome', 'proof_json'])
            .expression(
              db
                .selectFrom('return_flows')
                .select((row) => [
                  'id',
                  'attempts',
                  row.val(at).as('at'),
                  row.val('delivered').as('outcome'),
                  row.val(JSON.stringify(proof)).as('proof_json'),
                ])
                .where('id', '=', id),
            ),
          expectRows: 1,
        },
      ])
      if (result.committed) {
        options.delivered?.()
        return
      }
      const [row] = await journal.read(
        db
          .selectFrom('return_flows')
          .select('state')
          .where('id', '=', id)
          .where('connection_id', '=', connectionId),
      )
      if (row?.state !== 'DELIVERED') throw gone(id)
    },
  }
}

function gone(id: ReturnFlowId): GatewayError {
  return new GatewayError('RETURN_FLOW_GONE', `The return flow ${id} is not offered here.`)
}

/** Random access to a payload; the descriptor is closed after the last read it serves. */
class OpenContent implements ReadableContent {
  readonly bytes: number
  readonly #descriptor: number
  readonly #release: () => Promise<void>
  readonly #reading = new Set<Promise<number>>()
  #closed: Promise<void> | undefined

  constructor(descriptor: number, bytes: number, release: () => Promise<void>) {
    this.#descriptor = descriptor
    this.bytes = bytes
    this.#release = release
  }

  async read(buffers: readonly NodeJS.ArrayBufferView[], position: number): Promise<number> {
    if (this.#closed !== undefined) {
      throw new GatewayError('INTERNAL', 'A return flow was read after it was closed.')
    }
    const reading = readInto(this.#descriptor, buffers, position)
    this.#reading.add(reading)
    try {
      return await reading
    } finally {
      this.#reading.delete(reading)
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#reading)
    await closeFile(this.#descriptor)
    await this.#release()
  }
}
