import { createHash } from 'node:crypto'
import type { Clock } from '../gateway/clock.ts'
import type { FlowId } from '../gateway/flow.ts'
import { nextDayInParis } from '../gateway/paris-days.ts'

export type DelayProfile = 'none' | 'real' | 'slow' | 'next-day'

/** When a flow may be processed, as system time in milliseconds; undefined = at once. */
export type FlowDelay = (flow: {
  readonly id: FlowId
  /** Business time, milliseconds UTC. */
  readonly receivedAt: number
}) => number | undefined

/**
 * The profiles of setting `pipeline.delay`, as business time after the reception [simulated]:
 * the operator's own sample was final 2.6 s after its deposit (reference §8.2, timing evidence).
 * `share` is a number from 0 to 1 that is always the same for one flow.
 */
const PROFILES: Readonly<
  Record<DelayProfile, (receivedAt: number, share: number) => number | undefined>
> = {
  none: () => undefined,
  real: (receivedAt, share) => receivedAt + 2_000 + share * 3_000,
  slow: (receivedAt, share) => receivedAt + 120_000 + share * 480_000,
  'next-day': (receivedAt) => nextDayInParis(receivedAt, 6),
}

/**
 * The delay before a flow is processed. The intake asks it, and the reconciler again after a
 * restart: the answer for one flow never changes.
 */
export function createFlowDelay(profile: DelayProfile, clock: Clock): FlowDelay {
  return ({ id, receivedAt }) => {
    const share = createHash('sha256').update(id).digest().readUInt32BE(0) / 0xffff_ffff
    const businessTime = PROFILES[profile](receivedAt, share)
    if (businessTime === undefined) return undefined
    return Math.round(businessTime - clock.now() + Date.now())
  }
}
