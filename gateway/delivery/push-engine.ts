import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { ReturnFlowSender } from '../../protocols/return-flow-sender.ts'
import { stopwatch, type Clock } from '../clock.ts'
import { isClosedAt } from '../connections/closed-hours.ts'
import type { Connection } from '../connections/connection.ts'
import type { ConnectionId, Proof, ProtocolName } from '../flow.ts'
import type { Journal, WriteStatement } from '../journal/journal.ts'
import type { Logger } from '../logger.ts'
import { WakeUp } from '../queue/journal/wake-up.ts'
import { retryDelay, type BackOff } from './back-off.ts'
import { AttemptFault, failureOf } from './delivery-failure.ts'
import {
  recordFailure,
  recordInterruption,
  recordProof,
  takeBack,
  withdrawAttempt,
  type AttemptEnd,
} from './attempt-ends.ts'
import { attemptPush, type AttemptParts } from './push-attempt.ts'
import { claimReturns, duePartners, renewPushLeases, type ClaimedReturn } from './push-claims.ts'
import { pausePartner } from './push-pauses.ts'

export interface PushOptions extends AttemptParts {
  readonly journal: Journal
  readonly findConnection: (id: ConnectionId) => Connection | undefined
  /** Protocols that this process can bring by. */
  readonly senders: Partial<Readonly<Record<ProtocolName, ReturnFlowSender>>>
  readonly settings: BackOff & {
    readonly attemptSeconds: number
    readonly leaseSeconds: number
    readonly concurrency: number
    readonly perConnection: number
  }
  readonly clock: Clock
  readonly log: Logger
  /** Told of each attempt once it is recorded. */
  readonly ended?: (result: 'delivered' | 'retried' | 'failed') => void
}

/** Looked at least this often, for back-offs that end and return flows of other processes. */
const POLL_MILLISECONDS = 1_000
/** A partner that may not be called now is looked at again after this time. */
const CLOSED_MILLISECONDS = 60_000
const RENEWALS_PER_LEASE = 3
/** Partners asked about at a time. */
const PARTNERS_PER_ROUND = 64

/** A return flow on its way to its partner, under a lease. */
interface Hand {
  readonly row: ClaimedReturn
  readonly token: string
  readonly id: ClaimedReturn['id']
  readonly stop: AbortController
  leaseUntil: number
}

/**
 * Brings return flows to the partners that are called: claims what is due under a lease, each
 * partner in its turn, in the order of issue; records how each attempt ended. Any number of
 * processes share the work. A process that dies leaves its leases to run out.
 */
export class PushEngine {
  readonly #options: PushOptions
  readonly #hands = new Set<Hand>()
  readonly #running = new Set<Promise<void>>()
  readonly #wakeUp = new WakeUp()
  readonly #unsubscribe: () => void
  readonly #leases: NodeJS.Timeout
  readonly #claiming: Promise<void>
  /** The partner that had its turn last: processes start at different ones. */
  #lastPartner: string = `cnx_${randomUUID()}`
  #isStopping = false

  constructor(options: PushOptions) {
    this.#options = options
    const { journal, settings } = options
    this.#unsubscribe = journal.subscribe('returns', () => this.#wakeUp.ring())
    this.#leases = setInterval(
      () => void this.#keepLeases(),
      (settings.leaseSeconds * 1_000) / RENEWALS_PER_LEASE,
    )
    this.#claiming = this.#claimUntilStopped()
  }

  /** Claims nothing more; what is under way may end within the grace, then goes back. */
  async stop(graceMilliseconds: number): Promise<void> {
    this.#isStopping = true
    this.#unsubscribe()
    this.#wakeUp.ring()
    await this.#claiming
    const graceEnded = new AbortController()
    await Promise.race([
      Promise.all(this.#running),
      delay(graceMilliseconds, undefined, { signal: graceEnded.signal }).catch(() => {}),
    ])
    graceEnded.abort()
    for (const hand of this.#hands) hand.stop.abort(new Interrupted())
    await Promise.all(this.#running)
    clearInterval(this.#leases)
  }

  async #claimUntilStopped(): Promise<void> {
    await this.#takeBack(this.#options.journal.engine === 'sqlite' ? 'all' : 'expired')
    while (!this.#isStopping) {
      const isMore = await this.#claimRound().catch((err: unknown) => {
        this.#options.log.error({ err }, 'return flows cannot be claimed')
        return false
      })
      if (!isMore) await this.#wakeUp.wait(POLL_MILLISECONDS)
    }
  }

  /** Gives each partner that is due its turn. @returns whether there may be more at once */
  async #claimRound(): Promise<boolean> {
    const { settings } = this.#options
    const free = settings.concurrency - this.#hands.size
    if (free <= 0) return false
    const partners = await this.#nextPartners(Math.min(free, PARTNERS_PER_ROUND))
    let claimed = 0
    for (const [index, id] of partners.entries()) {
      if (this.#isStopping) break
      this.#lastPartner = id
      // What is left is shared by those whose turn comes yet.
      const share = Math.ceil((free - claimed) / (partners.length - index))
      if (share > 0) claimed += await this.#claimOf(id, share)
    }
    return claimed > 0
  }

  /** Those behind the one that had its turn last, then from the start. */
  async #nextPartners(limit: number): Promise<readonly ConnectionId[]> {
    const { journal, settings, clock, senders } = this.#options
    const question = {
      limit,
      perConnection: settings.perConnection,
      protocols: Object.keys(senders) as ProtocolName[],
      now: Date.now(),
      businessNow: clock.now(),
    }
    const ask = async (after: string) =>
      (await journal.read(duePartners(journal, { ...question, after }))).map(({ id }) => id)
    const behind = await ask(this.#lastPartner)
    if (behind.length >= limit) return behind
    return [...new Set([...behind, ...(await ask(''))])].slice(0, limit)
  }

  async #claimOf(connectionId: ConnectionId, limit: number): Promise<number> {
    const { journal, settings, clock, findConnection, senders } = this.#options
    const now = Date.now()
    const businessNow = clock.now()
    const connection = findConnection(connectionId)
    const send = connection === undefined ? undefined : senders[connection.protocol]
    // Not of this environment, or not read yet: the next look will tell.
    if (connection === undefined || send === undefined) return 0
    // A partner that fetches by READ (override pesit.returns) is left to it.
    const { closedHours = [], pesit } = connection.overrides
    const isClosed =
      pesit?.returns === 'fetch' || connection.closedBecause(businessNow) !== undefined
    if (isClosed || isClosedAt(closedHours, businessNow)) {
      const reason = isClosed ? 'closed' : 'closed-hours'
      const pause = { connectionId, until: now + CLOSED_MILLISECONDS, reason, now }
      await journal.write([pausePartner(journal, pause)])
      return 0
    }
    const token = randomUUID()
    const leaseUntil = now + settings.leaseSeconds * 1_000
    const result = await journal.write(
      claimReturns(journal, {
        connectionId,
        limit: Math.min(limit, settings.perConnection),
        perConnection: settings.perConnection,
        token,
        now,
        businessNow,
        leaseUntil,
      }),
    )
    const rows = result.committed
      ? ((result.results.at(-2)?.rows ?? []) as unknown as readonly ClaimedReturn[])
      : []
    for (const row of rows) {
      const hand = { row, token, id: row.id, stop: new AbortController(), leaseUntil }
      this.#hands.add(hand)
      const running = this.#bring(hand, connection, send).finally(() => {
        this.#running.delete(running)
        this.#wakeUp.ring()
      })
      this.#running.add(running)
    }
    return rows.length
  }

  async #bring(hand: Hand, connection: Connection, send: ReturnFlowSender): Promise<void> {
    const { log, clock, settings } = this.#options
    const { row, stop } = hand
    const facts = { returnFlowId: row.id, connectionId: connection.id, attempt: row.attempts }
    const elapsed = stopwatch()
    const timeUp = AbortSignal.timeout(settings.attemptSeconds * 1_000)
    const signal = AbortSignal.any([stop.signal, timeUp])
    const end = (): AttemptEnd => ({
      row,
      now: Date.now(),
      businessNow: clock.now(),
      milliseconds: elapsed(),
    })
    try {
      const proof = await attemptPush(this.#options, { row, connection, send, signal })
      await this.#delivered(end(), proof)
      log.info({ ...facts, proof: proof.kind }, 'return flow delivered')
    } catch (error) {
      if (stop.signal.aborted) await this.#interrupted(end())
      else await this.#failed(end(), timeUp.aborted ? tooSlow(settings.attemptSeconds) : error)
    } finally {
      this.#hands.delete(hand)
    }
  }

  async #delivered(end: AttemptEnd, proof: Proof): Promise<void> {
    // The proof is worth more than anything else that may go wrong: it is written until it stands.
    const isRecorded = await this.#write(recordProof(this.#options.journal, { ...end, proof }))
    if (!isRecorded) {
      await delay(POLL_MILLISECONDS)
      await this.#write(recordProof(this.#options.journal, { ...end, proof }))
    }
    this.#options.ended?.('delivered')
  }

  async #interrupted(end: AttemptEnd): Promise<void> {
    await this.#write(recordInterruption(this.#options.journal, end))
  }

  async #failed(end: AttemptEnd, error: unknown): Promise<void> {
    const { journal, log, settings } = this.#options
    const failure = failureOf(error)
    const { row, now } = end
    const connectionId = row.connection_id
    const pause = (until: number, reason: string): WriteStatement =>
      pausePartner(journal, { connectionId, until, reason, now })
    if (failure.code === 'NO_ADDRESS') {
      // Nothing was tried; a partner on PeSIT may fetch instead.
      const until = now + CLOSED_MILLISECONDS
      await this.#write([...withdrawAttempt(journal, end), pause(until, 'no-address')])
      return
    }
    if (failure.isUncounted === true) {
      const retryAt = now + settings.retrySeconds[0]! * 1_000
      const facts = { returnFlowId: row.id, connectionId, attempt: row.attempts }
      log.warn({ ...facts, code: failure.code }, 'delivery ended on our side')
      await this.#write(recordInterruption(journal, { ...end, failure, retryAt }))
      return
    }
    const wait = failure.retry ? retryDelay(settings, row.failures + 1) : undefined
    const retryAt = wait === undefined ? undefined : now + wait
    const { code, isUnreachable = false } = failure
    log.warn(
      { err: error, returnFlowId: row.id, connectionId, attempt: row.attempts, code, wait },
      retryAt === undefined ? 'return flow given up' : 'return flow not delivered',
    )
    await this.#write([
      ...recordFailure(journal, { ...end, failure, retryAt }),
      ...(isUnreachable && retryAt !== undefined ? [pause(retryAt, 'unreachable')] : []),
    ])
    this.#options.ended?.(retryAt === undefined ? 'failed' : 'retried')
  }

  async #keepLeases(): Promise<void> {
    const { journal, settings, log } = this.#options
    const hands = [...this.#hands]
    if (hands.length > 0) {
      const leaseUntil = Date.now() + settings.leaseSeconds * 1_000
      const result = await journal
        .write(renewPushLeases(journal, hands, leaseUntil))
        .catch((err: unknown) => log.error({ err }, 'leases of return flows cannot be prolonged'))
      for (const [index, hand] of hands.entries()) {
        const isRenewed = result?.committed === true && result.results[index]?.changed === 1
        if (isRenewed) hand.leaseUntil = leaseUntil
        // Somebody else may bring it by now: what is under way ends, and ends nothing.
        else if (this.#hands.has(hand) && (result !== undefined || hand.leaseUntil <= Date.now())) {
          hand.stop.abort(new Interrupted())
        }
      }
    }
    await this.#takeBack('expired').catch((err: unknown) => {
      log.error({ err }, 'return flows of dead processes cannot be taken back')
    })
  }

  /** @param which all: of a process that died, when this one is alone on the journal */
  async #takeBack(which: 'expired' | 'all'): Promise<void> {
    const { journal, clock } = this.#options
    const now = which === 'all' ? Number.MAX_SAFE_INTEGER : Date.now()
    const [lost] = await journal.read(
      journal.db
        .selectFrom('return_flows')
        .select('id')
        .where('state', '=', 'SENDING')
        .where('lease_until', '<=', now)
        .limit(1),
    )
    if (lost === undefined) return
    const at = { leaseBefore: now, now: Date.now(), businessNow: clock.now() }
    await journal.write(takeBack(journal, at))
  }

  /** @returns whether it stands; a journal that fails leaves the lease to run out */
  async #write(statements: readonly WriteStatement[]): Promise<boolean> {
    try {
      return (await this.#options.journal.write(statements)).committed
    } catch (err) {
      this.#options.log.error({ err }, 'an attempt cannot be recorded')
      return false
    }
  }
}

/** Why an attempt was ended by ourselves. */
class Interrupted extends Error {
  constructor() {
    super('The gateway stops, or lost the return flow to another process.')
  }
}

function tooSlow(seconds: number): AttemptFault {
  return new AttemptFault({
    code: 'ATTEMPT_TOO_SLOW',
    retry: true,
    isUnreachable: true,
    message: {
      en: `The partner had not taken it after ${seconds} s (delivery.attemptSeconds).`,
      fr: `Le partenaire ne l’avait pas pris après ${seconds} s (delivery.attemptSeconds).`,
    },
  })
}
