import type { Actor } from './accounts/actor.ts'
import { auditStatement } from './accounts/audit.ts'
import type { Clock, OffsetClock } from './clock.ts'
import { GatewayError } from './errors.ts'
import type { Environment } from './flow.ts'
import type { Journal } from './journal/journal.ts'
import type { Logger } from './logger.ts'

/** Business time that can be moved; the offset is in the journal, every process follows it. */
export interface ClockControl extends Clock {
  readonly offsetMilliseconds: number
  /**
   * Moves business time to system time + offset, in every process.
   * @throws GatewayError NOT_IN_PRODUCTION in production
   */
  move(offsetMilliseconds: number, by: Actor): Promise<void>
  close(): void
}

const FACT = 'clock-offset'
const POLL_MILLISECONDS = 500

/** Has `clock` follow the journal. In production nothing moves it. */
export async function followJournaledClock(options: {
  readonly clock: OffsetClock
  readonly journal: Journal
  readonly environment: Environment
  readonly log: Logger
}): Promise<ClockControl> {
  const { clock, journal, environment, log } = options
  const { db } = journal
  let offsetMilliseconds = 0

  async function refresh(): Promise<void> {
    const [fact] = await journal.read(
      db.selectFrom('facts').select('value').where('name', '=', FACT),
    )
    const offset = Number(fact?.value ?? 0)
    if (offset === offsetMilliseconds) return
    offsetMilliseconds = offset
    clock.setOffset(offset)
    log.warn({ offsetMilliseconds }, 'the gateway’s clock was moved')
  }

  if (environment === 'production') {
    return {
      now: () => clock.now(),
      offsetMilliseconds: 0,
      move: () => {
        throw new GatewayError('NOT_IN_PRODUCTION', 'The clock is not moved in production.')
      },
      close: () => {},
    }
  }
  await refresh()
  const look = (): void => {
    refresh().catch((err: unknown) => log.warn({ err }, 'the clock could not be read again'))
  }
  const unsubscribe = journal.subscribe('faults', look)
  const timer = journal.engine === 'sqlite' ? undefined : setInterval(look, POLL_MILLISECONDS)
  timer?.unref()
  return {
    now: () => clock.now(),
    get offsetMilliseconds() {
      return offsetMilliseconds
    },
    async move(offset, by) {
      await journal.write([
        {
          query: db
            .insertInto('facts')
            .values({ name: FACT, value: String(offset) })
            .onConflict((conflict) =>
              conflict.column('name').doUpdateSet((row) => ({ value: row.ref('excluded.value') })),
            ),
          announce: 'faults',
        },
        // Who was closed at the time before may be open now: deliveries look again.
        {
          query: db.deleteFrom('delivery_pauses').where('reason', 'in', ['closed', 'closed-hours']),
          announce: 'returns',
        },
        auditStatement(journal, clock.now(), by, {
          action: 'clock.move',
          objectKind: 'clock',
          objectId: 'clock',
          before: { offsetMilliseconds },
          after: { offsetMilliseconds: offset },
        }),
      ])
      await refresh()
    },
    close() {
      unsubscribe()
      clearInterval(timer)
    },
  }
}
