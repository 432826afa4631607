import type { Clock } from '../clock.ts'
import { GatewayError } from '../errors.ts'
import type { Journal, WriteStatement } from '../journal/journal.ts'
import type { Actor } from './actor.ts'
import { auditStatement, type AuditEntry } from './audit.ts'

/** Writes people and rights: each act with its audit rows, in one message. */
export class AccountWriter {
  readonly #journal: Journal
  readonly #clock: Clock
  readonly #onWritten: () => void

  /** @param onWritten called before `write` resolves: rights act at the next request */
  constructor(options: {
    readonly journal: Journal
    readonly clock: Clock
    readonly onWritten: () => void
  }) {
    this.#journal = options.journal
    this.#clock = options.clock
    this.#onWritten = options.onWritten
  }

  /**
   * @param refusal what it means when a guard does not hold or a key is taken
   * @throws GatewayError what `refusal` makes
   */
  async write(
    by: Actor,
    entries: readonly AuditEntry[],
    statements: readonly WriteStatement[],
    refusal: (failedAt: number) => GatewayError = () =>
      new GatewayError('ACCOUNT_CHANGED', 'It was changed in the same moment.'),
  ): Promise<void> {
    const at = this.#clock.now()
    const audit = entries.map((entry): WriteStatement => ({
      ...auditStatement(this.#journal, at, by, entry),
      announce: 'accounts',
    }))
    const result = await this.#journal.write([...statements, ...audit])
    if (!result.committed) throw refusal(result.failedAt)
    this.#onWritten()
  }
}
