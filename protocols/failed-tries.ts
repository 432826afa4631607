import { subscriberNetwork } from '../gateway/subscriber-network.ts'

/** Settings `failedTries.*`. */
export interface FailedTriesLimits {
  /** From the failure after these on, each refusal of the address takes longer. */
  readonly slowAfter: number
  readonly maxDelayMilliseconds: number
  /** From so many on, the address is turned away before a byte is read. */
  readonly refuseAfter: number
  readonly refuseSeconds: number
  /** One failure is forgotten each. */
  readonly forgetSeconds: number
}

/**
 * How often an address has failed to say who it is, on any protocol: its refusals are slowed, then
 * it is turned away for a while. Nothing is for ever: failures are forgotten with time and with a
 * success, tries made while it is turned away do not count, and an address from which a partner
 * came lately is slowed but never turned away, as others may share it.
 */
export interface FailedTries {
  failed(address: string): void
  /** A partner has authenticated. */
  succeeded(address: string): void
  /** What a refusal is to take in addition. It says nothing about the credential. */
  delayMilliseconds(address: string): number
  /** One sentence for the operator while the address is turned away. */
  refusedBecause(address: string): string | undefined
}

/** A fifth of a second at first, twice as long each failure more. */
const FIRST_DELAY_MILLISECONDS = 200
/** How long an address keeps the trust that a partner's success gave it. */
const TRUST_MILLISECONDS = 3_600_000
/** Some megabytes; the one that was longest without a try goes first. */
const MAX_ADDRESSES = 10_000

interface AddressTries {
  /** Those not forgotten at `countedAt`; one less each `forgetSeconds` from then on. */
  failures: number
  countedAt: number
  refusedUntil: number
  trustedUntil: number
}

/** @param now milliseconds of the monotonic clock */
export function createFailedTries(
  limits: FailedTriesLimits,
  now: () => number = () => performance.now(),
): FailedTries {
  const byNetwork = new Map<string, AddressTries>()

  const recall = (address: string): AddressTries | undefined => {
    const tries = byNetwork.get(subscriberNetwork(address))
    if (tries === undefined) return undefined
    const step = limits.forgetSeconds * 1_000
    const forgotten = Math.floor((now() - tries.countedAt) / step)
    if (forgotten <= 0) return tries
    tries.failures = Math.max(0, tries.failures - forgotten)
    tries.countedAt += forgotten * step
    return tries
  }

  /** Kept in the order of the last change. */
  const remember = (address: string, tries: AddressTries): void => {
    const network = subscriberNetwork(address)
    byNetwork.delete(network)
    byNetwork.set(network, tries)
    if (byNetwork.size <= MAX_ADDRESSES) return
    for (const oldest of byNetwork.keys()) {
      byNetwork.delete(oldest)
      break
    }
  }

  return {
    failed(address) {
      const tries = recall(address) ?? {
        failures: 0,
        countedAt: now(),
        refusedUntil: -Infinity,
        trustedUntil: -Infinity,
      }
      if (now() < tries.refusedUntil) return
      tries.failures += 1
      if (tries.failures >= limits.refuseAfter && now() >= tries.trustedUntil) {
        tries.refusedUntil = now() + limits.refuseSeconds * 1_000
        // It starts anew afterwards: slowed, not turned away at the first failure.
        tries.failures = Math.min(limits.slowAfter, limits.refuseAfter - 1)
        tries.countedAt = tries.refusedUntil
      }
      remember(address, tries)
    },
    succeeded(address) {
      remember(address, {
        failures: 0,
        countedAt: now(),
        refusedUntil: -Infinity,
        trustedUntil: now() + TRUST_MILLISECONDS,
      })
    },
    delayMilliseconds(address) {
      const beyond = (recall(address)?.failures ?? 0) - limits.slowAfter
      if (beyond <= 0) return 0
      return Math.min(limits.maxDelayMilliseconds, FIRST_DELAY_MILLISECONDS * 2 ** (beyond - 1))
    },
    refusedBecause(address) {
      const tries = byNetwork.get(subscriberNetwork(address))
      if (tries === undefined) return undefined
      const seconds = Math.ceil((tries.refusedUntil - now()) / 1_000)
      if (seconds <= 0) return undefined
      return `after ${limits.refuseAfter} failed authentications, for another ${seconds} s`
    },
  }
}
