import { newId } from '../ids.ts'
import type { Journal } from '../journal/journal.ts'

const FACT = 'alerts-watch'
/** Several looks may fail before another process takes over. */
const LEASE_MILLISECONDS = 60_000

/** Which of several processes looks after the gateway: one at a time, another one when it is gone. */
export class WatchLease {
  readonly #journal: Journal
  readonly #token = newId('run')
  readonly #leaseMilliseconds: number

  constructor(journal: Journal, leaseMilliseconds = LEASE_MILLISECONDS) {
    this.#journal = journal
    this.#leaseMilliseconds = leaseMilliseconds
  }

  /** @returns whether it is this process, from now on for the time of the lease */
  async take(): Promise<boolean> {
    const { db } = this.#journal
    const now = Date.now()
    const value = `${this.#token} ${now + this.#leaseMilliseconds}`
    const [fact] = await this.#journal.read(
      db.selectFrom('facts').select('value').where('name', '=', FACT),
    )
    if (fact === undefined) {
      // Two may see that there is none: the one whose row stands has it.
      const first = db
        .insertInto('facts')
        .values({ name: FACT, value })
        .onConflict((conflict) => conflict.column('name').doNothing())
      return (await this.#journal.write([{ query: first, expectRows: 1 }])).committed
    }
    const [holder, until] = fact.value.split(' ')
    if (holder !== this.#token && now < Number(until)) return false
    const result = await this.#journal.write([
      {
        query: db
          .updateTable('facts')
          .set({ value })
          .where('name', '=', FACT)
          .where('value', '=', fact.value),
        expectRows: 1,
      },
    ])
    return result.committed
  }

  /** The next one need not wait. */
  async release(): Promise<void> {
    const { db } = this.#journal
    const mine = db
      .deleteFrom('facts')
      .where('name', '=', FACT)
      .where('value', 'like', `${this.#token} %`)
    await this.#journal.write([{ query: mine }])
  }
}
