import { setTimeout as sleep } from 'node:timers/promises'
import { CommandFailure } from './exit-codes.ts'
import { PutRefused } from './partner-transport.ts'

/** What is asked for. */
export interface LoadOrder {
  /** Flows a second. */
  readonly rate: number
  readonly count: number
  readonly invoicesPerFlow: number
  /** Sessions at a time: more flows than that are never under way. */
  readonly connections: number
}

/** A session that sends one flow after the other. */
export interface LoadSender {
  /** Makes the next flow and sends it. @throws PutRefused, or CommandFailure when nobody answers */
  send(): Promise<{
    readonly fileName: string
    readonly bytes: number
    readonly milliseconds: number
  }>
}

/** What came of it. */
export interface LoadOutcome extends LoadOrder {
  /** Accepted or refused. */
  readonly sent: number
  readonly accepted: number
  readonly refused: number
  /** From the first flow to the last answer. */
  readonly seconds: number
  /** Accepted ones. */
  readonly flowsPerSecond: number
  readonly invoices: number
  readonly bytes: number
  /** Begun more than a tenth of a second after its time: every session was busy. */
  readonly late: number
  /** From opening the file to the answer that it is taken, of accepted flows; null when there are none. */
  readonly latencyMilliseconds: Latency | null
  /** What the gateway said to flows that it refused, most often said first. */
  readonly refusals: readonly { readonly message: string; readonly count: number }[]
  /** Why not all were sent. */
  readonly failure?: string
}

export interface Latency {
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly max: number
}

const LATE_MILLISECONDS = 100
/** A gateway may say something else to each flow. */
const MAX_REFUSALS_KEPT = 20

/**
 * Sends flows at a steady rate, whether or not those before are answered; each goes by a session
 * that is free, and waits for one when there is none. Ends early when a session breaks.
 */
export async function sendLoad(
  order: LoadOrder,
  senders: readonly LoadSender[],
): Promise<{
  readonly outcome: LoadOutcome
  /** Names of the accepted ones. */
  readonly accepted: readonly string[]
  readonly failure?: CommandFailure
}> {
  const latencies: number[] = []
  const names: string[] = []
  const refusals = new Map<string, number>()
  let [begun, refused, bytes, late] = [0, 0, 0, 0]
  let failure: CommandFailure | undefined
  const startedAt = performance.now()

  async function serve(sender: LoadSender): Promise<void> {
    while (begun < order.count && failure === undefined) {
      const dueAt = startedAt + (begun * 1_000) / order.rate
      begun += 1
      const early = dueAt - performance.now()
      if (early > 0) await sleep(early)
      else if (-early > LATE_MILLISECONDS) late += 1
      try {
        const sent = await sender.send()
        latencies.push(sent.milliseconds)
        names.push(sent.fileName)
        bytes += sent.bytes
      } catch (error) {
        if (error instanceof CommandFailure) failure ??= error
        else if (error instanceof PutRefused) {
          refused += 1
          const isNew = !refusals.has(error.message)
          if (!isNew || refusals.size < MAX_REFUSALS_KEPT) {
            refusals.set(error.message, (refusals.get(error.message) ?? 0) + 1)
          }
        } else throw error
      }
    }
  }

  await Promise.all(senders.map(serve))
  const seconds = (performance.now() - startedAt) / 1_000
  const accepted = latencies.length
  const outcome: LoadOutcome = {
    ...order,
    sent: accepted + refused,
    accepted,
    refused,
    seconds: rounded(seconds),
    flowsPerSecond: rounded(accepted / seconds),
    invoices: accepted * order.invoicesPerFlow,
    bytes,
    late,
    latencyMilliseconds: latencyOf(latencies),
    refusals: [...refusals]
      .map(([message, count]) => ({ message, count }))
      .sort((a, b) => b.count - a.count),
    ...(failure === undefined ? {} : { failure: failure.message }),
  }
  return { outcome, accepted: names, ...(failure === undefined ? {} : { failure }) }
}

function latencyOf(latencies: readonly number[]): Latency | null {
  const sorted = latencies.toSorted((a, b) => a - b)
  if (sorted.length === 0) return null
  // The smallest that so many are not above: one that was measured, of few flows too.
  const at = (share: number): number => rounded(sorted[Math.ceil(sorted.length * share) - 1]!)
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) }
}

const rounded = (value: number): number => Math.round(value * 10) / 10
