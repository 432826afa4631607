import type { Clock } from '../clock.ts'
import { subscriberNetwork } from '../subscriber-network.ts'
import { secretHash } from './secrets.ts'

/** Settings `signIn.*`. */
export interface SignInTriesLimits {
  readonly freeTries: number
  readonly triesPerLogin: number
  readonly triesPerAddress: number
  readonly refusedSeconds: number
}

/** What a try is told before anything is looked at. */
export type TryAnswer =
  | { readonly outcome: 'go-on'; readonly delayMilliseconds: number }
  | { readonly outcome: 'refused'; readonly retryAfterSeconds: number }

interface Tries {
  failures: number
  lastAt: number
  /** 0: it is not refused. */
  refusedUntil: number
}

/** A quarter of a second at first, twice as long each failure more. */
const FIRST_DELAY_MILLISECONDS = 250
const MAX_DELAY_MILLISECONDS = 8_000
/** Some megabytes; the one that was longest without a failure goes first. */
const MAX_KEYS = 10_000

/**
 * Failed sign-ins by login and by address: slowed, then refused for a while. A login that does not
 * exist is counted as one that does. Times are of the gateway's clock; one that is set back forgets.
 */
export class SignInTries {
  readonly #limits: SignInTriesLimits
  readonly #clock: Clock
  /** In the order of the last failure. */
  readonly #byKey = new Map<string, Tries>()

  constructor(limits: SignInTriesLimits, clock: Clock) {
    this.#limits = limits
    this.#clock = clock
  }

  get size(): number {
    return this.#byKey.size
  }

  /** Counts as a failure until `succeeded`: tries made at once are counted too. */
  begin(login: string, address: string): TryAnswer {
    const keys = this.#keys(login, address)
    const now = this.#clock.now()
    const refusedUntil = Math.max(...keys.map(({ key }) => this.#recall(key)?.refusedUntil ?? 0))
    if (refusedUntil > now) {
      return {
        outcome: 'refused',
        retryAfterSeconds: Math.ceil((refusedUntil - now) / 1_000),
      }
    }
    const [failures = 0] = keys.map(({ key, limit }) => this.#fail(key, limit))
    const beyond = failures - this.#limits.freeTries
    return {
      outcome: 'go-on',
      delayMilliseconds:
        beyond <= 0
          ? 0
          : Math.min(MAX_DELAY_MILLISECONDS, FIRST_DELAY_MILLISECONDS * 2 ** (beyond - 1)),
    }
  }

  /** The login is forgotten; of the address only this try, others may share it or guess from it. */
  succeeded(login: string, address: string): void {
    const [ofLogin, ofAddress] = this.#keys(login, address)
    this.#byKey.delete(ofLogin.key)
    const tries = this.#byKey.get(ofAddress.key)
    if (tries === undefined) return
    tries.failures -= 1
    if (tries.failures <= 0) this.#byKey.delete(ofAddress.key)
    else if (tries.failures < ofAddress.limit) tries.refusedUntil = 0
  }

  #keys(login: string, address: string) {
    return [
      // The hash bounds the length of the key, whatever is sent as a login.
      { key: `login ${secretHash(login)}`, limit: this.#limits.triesPerLogin },
      { key: `address ${subscriberNetwork(address)}`, limit: this.#limits.triesPerAddress },
    ] as const
  }

  #recall(key: string): Tries | undefined {
    const tries = this.#byKey.get(key)
    const now = this.#clock.now()
    if (tries === undefined) return undefined
    const isOver = now - tries.lastAt >= this.#limits.refusedSeconds * 1_000
    if (!isOver && now >= tries.lastAt) return tries
    this.#byKey.delete(key)
    return undefined
  }

  /** @returns failures before this one */
  #fail(key: string, limit: number): number {
    const now = this.#clock.now()
    const tries = this.#recall(key) ?? { failures: 0, lastAt: now, refusedUntil: 0 }
    const before = tries.failures
    tries.failures += 1
    tries.lastAt = now
    if (tries.failures >= limit) tries.refusedUntil = now + this.#limits.refusedSeconds * 1_000
    this.#byKey.delete(key)
    this.#byKey.set(key, tries)
    if (this.#byKey.size > MAX_KEYS) {
      for (const oldest of this.#byKey.keys()) {
        this.#byKey.delete(oldest)
        break
      }
    }
    return before
  }
}
