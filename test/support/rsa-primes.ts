import { generatePrime } from 'node:crypto'

/** Of the RSA keys that tests make in their own process (quick-rsa-keys.ts). */
export const RSA_BITS = 3_072
/** Hexadecimal, with commas between them. */
const PRIMES_VARIABLE = 'RSA_TEST_PRIMES'

/** A prime of half the bits of a key, off the main thread. */
export function findPrime(): Promise<bigint> {
  return new Promise((resolve, reject) => {
    generatePrime(RSA_BITS / 2, { bigint: true }, (failure, prime) => {
      if (failure instanceof Error) reject(failure)
      else resolve(prime)
    })
  })
}

/** For the processes that are started from here on. */
export function givePrimes(primes: readonly bigint[]): void {
  process.env[PRIMES_VARIABLE] = primes.map((prime) => prime.toString(16)).join(',')
}

/** None where none were given. */
export function givenPrimes(): readonly bigint[] {
  const given = process.env[PRIMES_VARIABLE]
  return given === undefined ? [] : given.split(',').map((digits) => BigInt(`0x${digits}`))
}
