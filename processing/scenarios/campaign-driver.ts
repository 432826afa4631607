import type { Actor } from '../../gateway/accounts/actor.ts'
import { GatewayError } from '../../gateway/errors.ts'
import type { BilingualText, ConnectionId } from '../../gateway/flow.ts'
import type { Journal } from '../../gateway/journal/journal.ts'
import type { Logger } from '../../gateway/logger.ts'
import type { CampaignItem, ItemResult } from '../../gateway/qualification/campaign.ts'
import type {
  Qualification,
  RunDocument,
  RunVerdict,
} from '../../gateway/qualification/qualification.ts'
import {
  readItems,
  selectCampaigns,
  type CampaignItemRow,
  type NamedCampaignRow,
} from './campaign-rows.ts'

export interface CampaignDriverOptions {
  readonly journal: Journal
  readonly qualification: Pick<Qualification, 'start' | 'find'>
  /** Why a scenario cannot be run on a connection as it is; undefined: it can. */
  readonly misfit: (
    scenario: string,
    connection: ConnectionId,
  ) => Promise<BilingualText | undefined>
  /** Who starts runs for the one who started the campaign. */
  readonly actorOf: (startedBy: string) => Actor
  readonly log: Logger
}

/** The other processes are heard of so late, at most; and so long a scenario waits for its turn. */
const POLL_MILLISECONDS = 2_000
const MAX_CAMPAIGNS = 200

/**
 * Carries campaigns on: each scenario's run is begun when the one before has ended, its result is
 * frozen. Every step is one write that another process cannot make too; a restart goes on.
 */
export class CampaignDriver {
  readonly #options: CampaignDriverOptions
  readonly #undo: (() => void)[] = []
  #work: Promise<void> = Promise.resolve()
  #isWaiting = false
  #isStopping = false

  constructor(options: CampaignDriverOptions) {
    this.#options = options
  }

  start(): void {
    this.#undo.push(this.#options.journal.subscribe('runs', () => this.#wake()))
    const timer = setInterval(() => this.#wake(), POLL_MILLISECONDS)
    timer.unref()
    this.#undo.push(() => clearInterval(timer))
    this.#wake()
  }

  /** Finishes what is in hand; campaigns stay as they are for the next start. */
  async stop(): Promise<void> {
    this.#isStopping = true
    for (const undo of this.#undo.splice(0)) undo()
    await this.#work
  }

  /** One look at a time, and one more when something happened meanwhile. */
  #wake(): void {
    if (this.#isWaiting || this.#isStopping) return
    this.#isWaiting = true
    this.#work = this.#work.then(async () => {
      this.#isWaiting = false
      try {
        await this.#lookAtAll()
      } catch (err) {
        this.#options.log.warn({ err }, 'campaigns could not be carried on')
      }
    })
  }

  async #lookAtAll(): Promise<void> {
    const { journal } = this.#options
    const rows = await journal.read(
      selectCampaigns(journal, { state: 'RUNNING' }).limit(MAX_CAMPAIGNS),
    )
    const items = await readItems(
      journal,
      rows.map(({ id }) => id),
    )
    for (const row of rows) {
      if (this.#isStopping) return
      try {
        await this.#advance(row, items.get(row.id) ?? [])
      } catch (err) {
        // The others are not kept waiting by it.
        this.#options.log.warn({ err, campaign: row.id }, 'a campaign could not be carried on')
      }
    }
  }

  async #advance(row: NamedCampaignRow, items: readonly CampaignItemRow[]): Promise<void> {
    const { qualification, misfit } = this.#options
    const results: Pick<CampaignItem, 'result'>[] = []
    for (const item of items) {
      if (item.result !== null) {
        results.push(item)
        continue
      }
      if (item.run_id !== null) {
        const run = await qualification.find(item.run_id, undefined)
        if (run === undefined || run.state === 'RUNNING') return
        await this.#freeze(item, run.state, noteOn(run))
        results.push({ result: run.state })
        continue
      }
      const why = await misfit(item.scenario, row.connection_id)
      if (why === undefined) return await this.#begin(row, item)
      await this.#freeze(item, 'NOT_RUN', why)
      results.push({ result: 'NOT_RUN' })
    }
    await this.#end(row, campaignVerdict(results))
  }

  /** What is under way on the connection, or alone elsewhere, is waited for. */
  async #begin(row: NamedCampaignRow, item: CampaignItemRow): Promise<void> {
    const { qualification, actorOf } = this.#options
    try {
      await qualification.start(
        {
          scenario: item.scenario,
          connectionId: row.connection_id,
          isSelf: row.is_self === 1,
          ...(row.patience_seconds === null ? {} : { patienceSeconds: row.patience_seconds }),
          campaign: { result: row.id, position: item.position },
        },
        actorOf(row.started_by),
      )
    } catch (error) {
      if (error instanceof GatewayError && error.code === 'RUN_MOVE_ILLEGAL') return
      throw error
    }
  }

  async #freeze(item: CampaignItemRow, result: ItemResult, note: BilingualText | null) {
    const { journal } = this.#options
    await journal.write([
      {
        query: journal.db
          .updateTable('campaign_items')
          .set({ result, note_json: note === null ? null : JSON.stringify(note) })
          .where('result_id', '=', item.result_id)
          .where('position', '=', item.position)
          .where('result', 'is', null),
        announce: 'runs',
      },
    ])
  }

  async #end({ id }: NamedCampaignRow, state: RunVerdict): Promise<void> {
    const { journal } = this.#options
    await journal.write([
      {
        query: journal.db
          .updateTable('campaign_results')
          .set({ state, ended_at: Date.now() })
          .where('id', '=', id)
          .where('state', '=', 'RUNNING'),
        announce: 'runs',
      },
    ])
  }
}

/** Why a run is no plain success: its note, or the step that did not pass. */
function noteOn({ note, steps }: RunDocument): BilingualText | null {
  const step = steps.find(({ state }) => state === 'FAILED' || state === 'NOT_CONCLUSIVE')
  if (step === undefined) return note
  const { ordinal, say, got } = step
  return {
    en: `${ordinal}. ${say.en}: ${got?.en ?? '–'}`,
    fr: `${ordinal}. ${say.fr} : ${got?.fr ?? '–'}`,
  }
}

/** What was not run is a reserve, no failure. */
function campaignVerdict(items: readonly Pick<CampaignItem, 'result'>[]): RunVerdict {
  const results = new Set(items.map(({ result }) => result))
  if (results.has('FAILED')) return 'FAILED'
  if (results.has('NOT_CONCLUSIVE') || !results.has('PASSED')) return 'NOT_CONCLUSIVE'
  return 'PASSED'
}
