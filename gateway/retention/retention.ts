import { setTimeout as sleep } from 'node:timers/promises'
import type { RetentionSettings } from '../../config/retention-settings.ts'
import type { Actor } from '../accounts/actor.ts'
import { auditStatement } from '../accounts/audit.ts'
import type { Clock } from '../clock.ts'
import type { Journal } from '../journal/journal.ts'
import type { Logger } from '../logger.ts'
import type { PayloadStore } from '../payloads/payloads.ts'
import { settlingMilliseconds } from '../payloads/unnamed-payloads.ts'
import { contentKinds } from './content-kinds.ts'
import type {
  RetentionContext,
  RetentionItem,
  RetentionKind,
  RetentionKindName,
} from './retention-kind.ts'
import { rowKinds } from './row-kinds.ts'

export interface RetentionOptions {
  readonly journal: Journal
  readonly payloads: Pick<PayloadStore, 'removeStoredBefore'>
  readonly clock: Clock
  readonly settings: RetentionSettings
  /** Settings `payloads.keep` and `payloads.unnamedSeconds`. */
  readonly stored: { readonly keep: RetentionContext['keep']; readonly unnamedSeconds: number }
  readonly log: Logger
}

/** What went, or would go, of each kind; kinds in the order of a run. */
export interface RetentionReport {
  readonly dryRun: boolean
  readonly kinds: readonly {
    readonly kind: RetentionKindName
    readonly count: number
    /** Of contents; of rows, their texts. */
    readonly bytes: number
  }[]
}

export interface Retention {
  /** What a run would remove now. */
  plan(): Promise<RetentionReport>
  /** @param by who asked for it; absent: its daily time came */
  run(by?: Actor, signal?: AbortSignal): Promise<RetentionReport>
}

/** Between two batches: whoever waits for the journal's writer comes in. */
const PAUSE_MILLISECONDS = 10

/** Removes what is past its time, and what is beyond a ceiling, oldest first. */
export function createRetention(options: RetentionOptions): Retention {
  const { journal, clock, stored, log } = options

  async function sweep(dryRun: boolean, signal?: AbortSignal): Promise<RetentionReport> {
    const systemNow = Date.now()
    const context: RetentionContext = {
      journal,
      payloads: options.payloads,
      settings: options.settings,
      keep: stored.keep,
      now: clock.now(),
      systemNow,
      settledBefore: systemNow - settlingMilliseconds(stored.unnamedSeconds),
    }
    const kinds: RetentionReport['kinds'][number][] = []
    const freed = new Map<string, number>()
    for (const kind of [...contentKinds(context), ...rowKinds(context)]) {
      const tally = { kind: kind.name, count: 0, bytes: 0 }
      const take = takeFrom(kind, { dryRun, tally, freed, ...(signal ? { signal } : {}) })
      await take('past')
      const { ceiling } = kind
      if (ceiling !== undefined && ceiling.limit > 0) {
        const gone = dryRun ? (freed.get(ceiling.name) ?? 0) : 0
        await take('young', (await ceiling.total()) - gone - ceiling.limit)
      }
      kinds.push(tally)
    }
    return { dryRun, kinds }
  }

  return {
    plan: () => sweep(true),
    async run(by, signal) {
      const report = await sweep(false, signal)
      const gone = report.kinds.filter(({ count }) => count > 0)
      if (gone.length > 0) log.info({ kinds: gone }, 'what was past its time was removed')
      if (by !== undefined) {
        const audit = auditStatement(journal, clock.now(), by, {
          action: 'retention.run',
          objectKind: 'retention',
          objectId: 'retention',
          after: { kinds: gone },
        })
        await journal.write([audit])
      }
      return report
    },
  }
}

/** Goes through a kind in batches. `excess`: only until so much has gone. */
function takeFrom(
  kind: RetentionKind,
  run: {
    readonly dryRun: boolean
    readonly tally: { count: number; bytes: number }
    /** By ceiling, what this run has taken. */
    readonly freed: Map<string, number>
    readonly signal?: AbortSignal
  },
): (which: 'past' | 'young', excess?: number) => Promise<void> {
  const { dryRun, tally, freed, signal } = run
  const isStopping = (): boolean => signal?.aborted === true
  const weigh = (item: RetentionItem): number => kind.ceiling?.weigh(item) ?? 0
  return async (which, excess = Number.POSITIVE_INFINITY) => {
    let left = excess
    let after: RetentionItem['key'] | undefined
    while (left > 0 && !isStopping()) {
      const page = await kind.page(which, after)
      if (page.length === 0) return
      after = page.at(-1)?.key
      const wanted: RetentionItem[] = []
      for (const item of page) {
        if (left <= 0) break
        wanted.push(item)
        left -= weigh(item)
      }
      const gone = dryRun ? wanted : await kind.remove(wanted)
      for (const item of gone) {
        tally.count += 1
        tally.bytes += item.bytes
        const { ceiling } = kind
        if (ceiling === undefined) continue
        freed.set(ceiling.name, (freed.get(ceiling.name) ?? 0) + weigh(item))
      }
      if (!dryRun) await sleep(PAUSE_MILLISECONDS)
    }
  }
}
