import type { Actor } from '../accounts/actor.ts'
import { auditStatement } from '../accounts/audit.ts'
import type { Clock } from '../clock.ts'
import { GatewayError } from '../errors.ts'
import type { ReturnFlowId } from '../flow.ts'
import type { Journal, WriteStatement } from '../journal/journal.ts'
import { dueIfCalled, offerAgainStatement } from './outbox.ts'
import { endPause } from './push-pauses.ts'
import {
  readReturnDocuments,
  siretOfReturn,
  type ReturnCriteria,
  type ReturnDocument,
} from './return-documents.ts'
import { statesBefore, type ReturnMove } from './return-states.ts'

/** What API and commands do with return flows. */
export interface Returns {
  /** Newest first. */
  list(criteria: ReturnCriteria): Promise<readonly ReturnDocument[]>
  /** @throws GatewayError API_NOT_FOUND, API_AMBIGUOUS */
  show(id: string, sirets: readonly string[] | undefined): Promise<ReturnDocument>
  /** Null = of no structure; undefined = there is no such. */
  siretOf(id: string, sirets: readonly string[] | undefined): Promise<string | null | undefined>
  /**
   * Has an operator's move done, with its row in the audit.
   * @throws GatewayError API_NOT_FOUND, API_AMBIGUOUS, RETURN_MOVE_ILLEGAL
   */
  move(
    id: string,
    move: ReturnMove,
    by: { readonly actor: Actor; readonly sirets: readonly string[] | undefined },
    reason?: string,
  ): Promise<ReturnDocument>
}

export interface ReturnsOptions {
  readonly journal: Journal
  readonly clock: Clock
  /** Setting report.availableSeconds. */
  readonly availableSeconds: number
}

export function createReturns(options: ReturnsOptions): Returns {
  const { journal, clock } = options
  const { db } = journal

  async function show(id: string, sirets: readonly string[] | undefined): Promise<ReturnDocument> {
    const [found, second] = await readReturnDocuments(journal, { id, sirets, limit: 2 })
    if (found === undefined) {
      throw new GatewayError('API_NOT_FOUND', `No return flow is called ${id}.`)
    }
    if (second !== undefined && found.id !== id) {
      throw new GatewayError('API_AMBIGUOUS', `Several return flows are called ${id}.`)
    }
    return found
  }

  function statementOf(move: ReturnMove, id: ReturnFlowId): WriteStatement {
    if (move === 'again') return offerAgainStatement(options, id)
    const update = db.updateTable('return_flows').where('id', '=', id)
    const set = {
      hold: () => update.set({ state: 'HELD' as const }),
      release: () =>
        update.set({
          state: 'OFFERED' as const,
          // Its period begins anew: however long it was held, the partner has time to fetch it.
          available_until: clock.now() + options.availableSeconds * 1_000,
          next_attempt_at: dueIfCalled(Date.now()),
          offered_from: null,
          yields: 0,
        }),
      cancel: () => update.set({ state: 'CANCELLED' as const, next_attempt_at: null }),
    }[move]()
    return {
      query: set.where('state', 'in', statesBefore(move)),
      expectRows: 1,
      announce: 'returns',
    }
  }

  return {
    list: (criteria) => readReturnDocuments(journal, criteria),
    show,
    siretOf: (id, sirets) => siretOfReturn(journal, { id, sirets }),
    async move(id, move, { actor, sirets }, reason) {
      const before = await show(id, sirets)
      const siret = await siretOfReturn(journal, { id: before.id })
      const result = await journal.write([
        statementOf(move, before.id),
        ...(move === 'again' || move === 'release' ? [endPause(journal, before.connectionId)] : []),
        auditStatement(journal, clock.now(), actor, {
          action: `return.${move}`,
          objectKind: 'return',
          objectId: before.id,
          ...(typeof siret === 'string' ? { siret } : {}),
          before: { state: before.state, attempts: before.attempts },
          ...(reason === undefined ? {} : { reason }),
        }),
      ])
      const after = await show(before.id, undefined)
      if (result.committed) return after
      const allowed = after.moves
      const removed = after.contentRemovedAt === null ? '' : ', its content was past its time'
      throw new GatewayError(
        'RETURN_MOVE_ILLEGAL',
        `${after.name} is ${after.state}${removed}: ${allowed.length === 0 ? 'nothing can be done with it now' : `it allows ${allowed.join(', ')}, not ${move}`}.`,
      )
    },
  }
}
