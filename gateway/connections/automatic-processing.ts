import { sql } from 'kysely'
import { GATEWAY_ACTOR } from '../accounts/actor.ts'
import { GatewayError } from '../errors.ts'
import type { ConnectionId } from '../flow.ts'
import type { Readable } from '../journal/journal.ts'
import type { Logger } from '../logger.ts'
import type { ConnectionMails } from './connection-mails.ts'
import type { FormMoves } from './form-moves.ts'
import type { FormWriter } from './form-writer.ts'

export interface AutomaticProcessingOptions {
  readonly writer: FormWriter
  readonly moves: FormMoves
  readonly mails: ConnectionMails
  readonly log: Logger
}

const IN_FORCE = sql<boolean>`state in ('ACTIVATED', 'SENT_UPDATED')`
/** Connections looked at by one read. */
const CONNECTIONS_PER_TURN = 200
const DAY_MILLISECONDS = 86_400_000
/** Days before the end of a certificate at which its contact is told, the last first. */
const WARNING_DAYS = [1, 7, 30]

/**
 * What happens to connections by themselves, by business time: forms that are due are activated or
 * refused, connections past their last day deactivated, ends of certificates announced. What is
 * due stands in the journal, so a restart forgets nothing; every write is guarded, so several
 * processes may do it at once and each thing happens once.
 */
export class AutomaticProcessing {
  readonly #options: AutomaticProcessingOptions
  #running: Promise<number> | undefined
  #next: Promise<number> | undefined

  constructor(options: AutomaticProcessingOptions) {
    this.#options = options
  }

  /** Looks now, without being waited for: something was just sent. */
  wake(): void {
    this.run().catch((error: unknown) => {
      this.#options.log.error({ err: error }, 'automatic processing failed')
    })
  }

  /** Deals with all that is due when it is called; resolves to how many connections that was. */
  run(): Promise<number> {
    if (this.#running === undefined) return this.#start()
    // The turn in hand may have looked too early; the next serves all who ask meanwhile.
    this.#next ??= this.#running.then(
      () => this.#start(),
      () => this.#start(),
    )
    return this.#next
  }

  /** Tells technical contacts of certificates that end soon; resolves to how many were told. */
  async announceEnds(): Promise<number> {
    let count = 0
    if (!this.#options.mails.isOn) return count
    for (const [index, withinDays] of WARNING_DAYS.entries()) {
      const moreThanDays = index === 0 ? 0 : WARNING_DAYS[index - 1]!
      const ids = this.#ending(moreThanDays, withinDays)
      count += await this.#each(ids, (id) => this.#announce(id, withinDays))
    }
    return count
  }

  /** Waits for what is in hand. */
  async stop(): Promise<void> {
    await Promise.allSettled([this.#running, this.#next]) // failures are told where it was asked
  }

  #start(): Promise<number> {
    this.#next = undefined
    const running = this.#turn().finally(() => {
      if (this.#running === running) this.#running = undefined
    })
    this.#running = running
    return running
  }

  async #turn(): Promise<number> {
    const processed = await this.#each(this.#due(), (id) => this.#process(id))
    return processed + (await this.#each(this.#ended(), (id) => this.#end(id)))
  }

  async #each(
    ids: Promise<readonly ConnectionId[]>,
    act: (id: ConnectionId) => Promise<boolean>,
  ): Promise<number> {
    let count = 0
    for (const id of await ids) {
      try {
        if (await act(id)) count += 1
      } catch (error) {
        // One that cannot be dealt with does not hold up the others; it stays due.
        this.#options.log.error({ err: error, connectionId: id }, 'connection not processed')
      }
    }
    return count
  }

  async #process(id: ConnectionId): Promise<boolean> {
    return (await this.#options.moves.process(id)) !== 'left'
  }

  async #end(id: ConnectionId): Promise<boolean> {
    const reason =
      'The last day of its validity is over. / Le dernier jour de sa validité est passé.'
    try {
      await this.#options.moves.deactivate({ id, reason }, GATEWAY_ACTOR)
      return true
    } catch (error) {
      const isOvertaken = error instanceof GatewayError && error.code === 'CONNECTION_MOVE_ILLEGAL'
      if (isOvertaken) return false
      throw error
    }
  }

  #due(): Promise<readonly ConnectionId[]> {
    return this.#read(
      this.#select()
        .where('due_at', 'is not', null)
        .where('due_at', '<=', this.#options.writer.now())
        .orderBy('due_at'),
    )
  }

  #ended(): Promise<readonly ConnectionId[]> {
    return this.#read(
      this.#select()
        .where(IN_FORCE)
        .where('valid_until', '<=', this.#options.writer.now())
        .orderBy('valid_until'),
    )
  }

  async #announce(id: ConnectionId, withinDays: number): Promise<boolean> {
    const { writer, mails } = this.#options
    const record = await writer.read(id)
    const at = record.row.certificate_until
    if (at === null) return false
    const statements = mails.statements(record, { kind: 'certificate-ends', at, withinDays })
    if (statements.length === 0) return false
    await writer.journal.write(statements)
    return true
  }

  /** In force, with a certificate that ends then, and not told of it yet. */
  #ending(moreThanDays: number, withinDays: number): Promise<readonly ConnectionId[]> {
    const now = this.#options.writer.now()
    return this.#read(
      this.#select()
        .where(IN_FORCE)
        .where('certificate_until', '>', now + moreThanDays * DAY_MILLISECONDS)
        .where('certificate_until', '<=', now + withinDays * DAY_MILLISECONDS)
        .where((where) =>
          where.not(
            where.exists(
              where
                .selectFrom('mails')
                .select('mails.id')
                .whereRef(
                  'mails.key',
                  '=',
                  sql<string>`'certificate-ends ' || connections.id || ' ' || connections.certificate_until || ' ' || ${String(withinDays)}`,
                ),
            ),
          ),
        )
        // One without an address to write to would be read again each time.
        .where('form_json', 'like', '%"email":"%'),
    )
  }

  /** Of this environment, as many as one turn deals with. */
  #select() {
    const { journal, environment } = this.#options.writer
    return journal.db
      .selectFrom('connections')
      .select('id')
      .where('environment', '=', environment)
      .limit(CONNECTIONS_PER_TURN)
  }

  async #read(query: Readable<{ readonly id: ConnectionId }>): Promise<readonly ConnectionId[]> {
    const rows = await this.#options.writer.journal.read(query)
    return rows.map((row) => row.id)
  }
}
