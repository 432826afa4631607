import type { AsyncReceipt, QueueReceipt } from '../../protocols/as2/incoming-post.ts'
import type { HeaderList } from '../../protocols/as2/message-writer.ts'
import type { Clock } from '../clock.ts'
import type { Faults } from '../faults.ts'
import type { ConnectionId } from '../flow.ts'
import { newId } from '../ids.ts'
import type { As2ReceiptsTable } from '../journal/as2-receipts-table.ts'
import type { Journal } from '../journal/journal.ts'
import type { Logger } from '../logger.ts'

/** Posts a receipt once. @throws when it did not arrive; `isTransient: false` = never will */
export type PostReceipt = (receipt: {
  readonly connectionId: ConnectionId
  readonly url: string
  readonly headers: HeaderList
  readonly body: Buffer
  readonly signal: AbortSignal
}) => Promise<void>

export interface ReceiptOutboxOptions {
  readonly journal: Journal
  readonly clock: Clock
  readonly log: Logger
  readonly faults: Faults
  readonly post: PostReceipt
  readonly settings: {
    readonly receiptAttempts: number
    readonly receiptRetrySeconds: number
    readonly receiptTimeoutSeconds: number
  }
}

const RECEIPTS_PER_TURN = 32
/** The longest wait between two tries. */
const MAX_WAIT_SECONDS = 86_400

/** Receipts on their way to a URL of the partner, durable from when they are given. */
export interface ReceiptOutbox {
  readonly queue: QueueReceipt
  /** Posts those that are due; resolves to how many arrived. */
  deliver(): Promise<number>
  /** Gives up what is in hand: it is due again later. */
  close(): void
}

export function openReceiptOutbox(options: ReceiptOutboxOptions): ReceiptOutbox {
  return new JournaledReceipts(options)
}

class JournaledReceipts implements ReceiptOutbox {
  readonly #options: ReceiptOutboxOptions
  readonly #closing = new AbortController()

  constructor(options: ReceiptOutboxOptions) {
    this.#options = options
  }

  readonly queue: QueueReceipt = async (receipt: AsyncReceipt) => {
    const { journal, clock, faults } = this.#options
    const { connection, url, headers, body, sessionId } = receipt
    const fault = faults.at('receipt', {
      protocol: 'as2',
      connectionId: connection.id,
      ...(sessionId === undefined ? {} : { sessionId }),
    })
    if (fault?.kind === 'crash') process.kill(process.pid, 'SIGKILL')
    const name = fault?.kind === 'answer' ? fault.name : undefined
    const isLost = name === 'mdn-lost'
    const row: Omit<As2ReceiptsTable, 'id'> = {
      connection_id: connection.id,
      url,
      headers_json: JSON.stringify(headers),
      body: body.toString('base64'),
      state: isLost ? 'FAILED' : 'WAITING',
      attempts: 0,
      next_attempt_at: fault?.kind === 'delay' ? Date.now() + fault.milliseconds : 0,
      created_at: clock.now(),
      sent_at: null,
      failure: isLost ? 'a fault on demand' : null,
    }
    const rows = Array.from({ length: name === 'mdn-duplicate' ? 2 : 1 }, () => ({
      id: newId('rcp'),
      ...row,
    }))
    await journal.write([{ query: journal.db.insertInto('as2_receipts').values(rows) }])
  }

  async deliver(): Promise<number> {
    const { journal } = this.#options
    const due = await journal.read(
      journal.db
        .selectFrom('as2_receipts')
        .selectAll()
        .where('state', '=', 'WAITING')
        .where('next_attempt_at', '<=', Date.now())
        .orderBy('next_attempt_at')
        .orderBy('id')
        .limit(RECEIPTS_PER_TURN),
    )
    const arrived = await Promise.all(
      due.map(async (receipt) => (await this.#claim(receipt)) && (await this.#post(receipt))),
    )
    return arrived.filter(Boolean).length
  }

  close(): void {
    this.#closing.abort(new Error('the gateway stops'))
  }

  async #claim(receipt: As2ReceiptsTable): Promise<boolean> {
    const { journal, settings } = this.#options
    const lease = (settings.receiptTimeoutSeconds + 30) * 1_000
    const result = await journal.write([
      {
        query: journal.db
          .updateTable('as2_receipts')
          .set({ attempts: receipt.attempts + 1, next_attempt_at: Date.now() + lease })
          .where('id', '=', receipt.id)
          .where('attempts', '=', receipt.attempts)
          .where('state', '=', 'WAITING'),
        expectRows: 1,
      },
    ])
    return result.committed
  }

  async #post(receipt: As2ReceiptsTable): Promise<boolean> {
    const { log, clock, settings, post } = this.#options
    const { id, url, attempts, connection_id: connectionId } = receipt
    try {
      const timeout = AbortSignal.timeout(settings.receiptTimeoutSeconds * 1_000)
      await post({
        connectionId,
        url,
        headers: JSON.parse(receipt.headers_json) as HeaderList,
        body: Buffer.from(receipt.body, 'base64'),
        signal: AbortSignal.any([timeout, this.#closing.signal]),
      })
    } catch (error) {
      const failure = error instanceof Error ? error.message : String(error)
      const isOver = attempts + 1 >= settings.receiptAttempts || isFinal(error)
      log.warn({ receipt: id, connectionId, attempts: attempts + 1, failure }, 'receipt not posted')
      const seconds = Math.min(settings.receiptRetrySeconds * 2 ** attempts, MAX_WAIT_SECONDS)
      await this.#update(id, {
        state: isOver ? 'FAILED' : 'WAITING',
        next_attempt_at: Date.now() + seconds * 1_000,
        failure: failure.slice(0, 500),
      })
      return false
    }
    log.info({ receipt: id, connectionId }, 'receipt posted')
    await this.#update(id, { state: 'SENT', sent_at: clock.now(), failure: null })
    return true
  }

  async #update(id: As2ReceiptsTable['id'], values: Partial<As2ReceiptsTable>): Promise<void> {
    const { journal } = this.#options
    const query = journal.db.updateTable('as2_receipts').set(values).where('id', '=', id)
    await journal.write([{ query }])
  }
}

const isFinal = (error: unknown): boolean =>
  error instanceof Error && 'isTransient' in error && error.isTransient === false
