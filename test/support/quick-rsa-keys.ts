import {
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto'
import { promisify } from 'node:util'
import { findPrime, givenPrimes, RSA_BITS } from './rsa-primes.ts'

/**
 * Loaded before each test file. A new gateway makes up to eight RSA keys of 3,072 bits, a fifth of a
 * second each, and tests start gateways by the hundred: that was a third of what some tiers cost. The
 * cost is in finding primes. Here a prime serves in several keys, and the first ones in all processes
 * (prime-setup.ts): they are real keys, no two of a process are the same, and worth nothing outside of
 * tests. Programs that tests start make theirs as ever.
 */

interface Pair {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

const EXPONENT = 65_537n
const generateSlowly = promisify(generateKeyPair)

const primes: bigint[] = []
/** Products of two of them that no key has yet. */
const unused: (readonly [bigint, bigint])[] = []
let growing: Promise<void> = Promise.resolve()

function add(prime: bigint): void {
  if ((prime - 1n) % EXPONENT === 0n) return
  unused.push(...primes.map((other) => [other, prime] as const))
  primes.push(prime)
}
for (const prime of givenPrimes()) add(prime)

async function makeQuickly(): Promise<Pair> {
  for (;;) {
    const [p, q] = unused.pop() ?? []
    if (p !== undefined && q !== undefined) return keyOf(p, q)
    growing = growing.then(async () => {
      if (unused.length === 0) add(await findPrime())
    })
    await growing
  }
}

function keyOf(p: bigint, q: bigint): Pair {
  const d = inverse(EXPONENT, (p - 1n) * (q - 1n))
  const numbers = {
    n: p * q,
    e: EXPONENT,
    d,
    p,
    q,
    dp: d % (p - 1n),
    dq: d % (q - 1n),
    qi: inverse(q, p),
  }
  const members = Object.entries(numbers).map(([name, value]) => [name, text(value)])
  const key = { kty: 'RSA', ...Object.fromEntries(members) } as JsonWebKey
  const privateKey = createPrivateKey({ key, format: 'jwk' })
  return { privateKey, publicKey: createPublicKey(privateKey) }
}

/** The inverse of a number modulo another (Euclid). */
function inverse(value: bigint, modulus: bigint): bigint {
  let [a, b, x, y] = [value % modulus, modulus, 1n, 0n]
  while (b !== 0n) {
    const quotient = a / b
    ;[a, b, x, y] = [b, a - quotient * b, y, x - quotient * y]
  }
  return ((x % modulus) + modulus) % modulus
}

function text(value: bigint): string {
  const digits = value.toString(16)
  return Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex').toString('base64url')
}

/** What our own code asks for: keys as objects, of the usual size. */
const isQuick = (type: string, options: object): boolean =>
  type === 'rsa' && JSON.stringify(options) === JSON.stringify({ modulusLength: RSA_BITS })

const generate = (type: string, options: object): Promise<Pair> =>
  isQuick(type, options)
    ? makeQuickly()
    : (Reflect.apply(generateSlowly, undefined, [type, options]) as Promise<Pair>)

// What `promisify(generateKeyPair)` gives, which is how our code makes its keys.
Object.defineProperty(generateKeyPair, promisify.custom, { value: generate })
