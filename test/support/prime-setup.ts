import { findPrime, givenPrimes, givePrimes } from './rsa-primes.ts'

/** Enough for 66 keys a process; whoever needs more finds more. */
const COUNT = 12

/** Of the projects whose files load quick-rsa-keys.ts: once a run, whichever of them is first. */
export async function setup(): Promise<void> {
  if (givenPrimes().length > 0) return
  givePrimes(await Promise.all(Array.from({ length: COUNT }, findPrime)))
}
