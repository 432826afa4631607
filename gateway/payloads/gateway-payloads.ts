import type { Chore } from '../housekeeping.ts'
import type { Journal } from '../journal/journal.ts'
import type { Logger } from '../logger.ts'
import { LandedPayloads } from './landed-payloads.ts'
import { openPayloads } from './open-payloads.ts'
import { PayloadUploads } from './payload-uploads.ts'
import type { PayloadStore } from './payloads.ts'
import { storeCheck } from './store-of-journal.ts'
import { settlingMilliseconds } from './unnamed-payloads.ts'

/** The payloads of a running process, with what they ask of it. */
export interface GatewayPayloads {
  readonly payloads: LandedPayloads
  /** Beneath it. */
  readonly store: PayloadStore
  readonly chores: readonly Chore[]
  /** Lets uploads in hand arrive within this time; what was accepted is durable already. */
  close(graceMilliseconds: number): Promise<void>
}

/**
 * Opens the store that `payloads.url` names, sees to it that it is the one of the journal, and goes
 * on with uploads to it that a former run has left.
 * @throws GatewayError CONFIG_INVALID, STORE_UNFIT
 */
export async function openGatewayPayloads(options: {
  readonly url: string
  readonly dataFolder: string
  readonly journal: Journal
  /** Name of the data folder in the journal (staging/holder.ts). */
  readonly holder: string
  /** Setting `payloads.unnamedSeconds`. */
  readonly unnamedSeconds: number
  readonly log: Logger
}): Promise<GatewayPayloads> {
  const { journal, holder, log } = options
  const store = await openPayloads(options)
  try {
    const check = await storeCheck({ journal, store, log })
    const { landing } = store
    const uploads =
      landing === undefined ? undefined : new PayloadUploads({ landing, journal, holder, log })
    await uploads?.start()
    const payloads = new LandedPayloads(store, journal, {
      uploads,
      settlingMilliseconds: settlingMilliseconds(options.unnamedSeconds),
    })
    return {
      payloads,
      store,
      chores: [
        {
          name: 'small payloads put in their place',
          everySeconds: 5,
          run: () => payloads.moveWhenQuiet(),
        },
        ...(check === undefined ? [] : [check]),
        ...(uploads === undefined
          ? []
          : [{ name: 'landed files decided', everySeconds: 60, run: () => uploads.decide() }]),
      ],
      async close(graceMilliseconds) {
        await uploads?.stop(graceMilliseconds)
        await store.close()
      },
    }
  } catch (error) {
    await store.close()
    throw error
  }
}
