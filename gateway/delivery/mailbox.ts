import type { Mailbox } from '../../protocols/listener.ts'
import type { Clock } from '../clock.ts'
import { GatewayError } from '../errors.ts'
import type { ConnectionId, Proof, ReturnFlowId } from '../flow.ts'
import type { Journal } from '../journal/journal.ts'
import type { PayloadStore } from '../payloads/payloads.ts'
import { onceDelivered, releaseOvertaken } from './delivered-statements.ts'
import { openContent } from './open-content.ts'
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
      .where((row) =>
        row.or([row('offered_from', 'is', null), row('offered_from', '<=', Date.now())]),
      )
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
      return openContent(options.payloads, returnFlowOf(row).content)
    },

    async consumed(connectionId, id, evidence) {
      const at = clock.now()
      const proof: Proof = { kind: 'read', at, evidence }
      const result = await journal.write([
        {
          // One that expired while it was being read was delivered all the same; so was one that
          // the gateway began to bring meanwhile: its partner has it now.
          query: db
            .updateTable('return_flows')
            .set((row) => ({ ...onceDelivered(at), attempts: row('attempts', '+', 1) }))
            .where('id', '=', id)
            .where('connection_id', '=', connectionId)
            .where('state', 'in', ['OFFERED', 'SENDING', 'EXPIRED']),
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
        {
          // What the flow that is answered shows of it.
          query: db
            .insertInto('flow_events')
            .columns(['flow_id', 'at', 'stage', 'outcome', 'milliseconds', 'detail_json'])
            .expression(
              db
                .selectFrom('return_flows')
                .select((row) => [
                  row.ref('flow_id').$notNull().as('flow_id'),
                  row.val(at).as('at'),
                  row.val('delivery').as('stage'),
                  row.val('delivered').as('outcome'),
                  row.val(0).as('milliseconds'),
                  row.val(JSON.stringify({ returnFlowId: id, proof: 'read' })).as('detail_json'),
                ])
                .where('id', '=', id)
                .where('flow_id', 'is not', null),
            ),
          announce: 'flows',
        },
        releaseOvertaken(journal, id),
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
