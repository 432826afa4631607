import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto'
import { GatewayError } from '../errors.ts'

/** One derivation: scrypt of Node, which works on a thread of libuv's pool. */
export type Derive = (
  password: string,
  salt: Buffer,
  bytes: number,
  options: ScryptOptions,
) => Promise<Buffer>

export interface PasswordCheck {
  readonly isRight: boolean
  /** It is stored with another cost than the present one. */
  readonly isOutdated: boolean
}

const BLOCK_SIZE = 8
/** OWASP's parameters of equal strength: N = 2^15 wants p = 3. */
const PARALLELISM = 3
const HASH_BYTES = 32
const SALT_BYTES = 16
/** libuv has four threads, and the file system needs some: passwords wait for one another. */
const MAX_AT_A_TIME = 2
/** Who comes when so many wait already is told to come back. */
const MAX_WAITING = 50
/** Longer ones are no passwords; bounds the work of normalising. */
export const MAX_PASSWORD_CHARACTERS = 256

const STORED = /^scrypt\$(\d+)\$(\d+)\$(\d+)\$([\w-]+)\$([\w-]+)$/

/**
 * Passwords as `scrypt$N$r$p$salt$hash` (RFC 7914; base64url). The parameters stand in the hash, so
 * raising the cost leaves old ones valid; they follow at the next sign-in.
 */
export class PasswordHasher {
  readonly #cost: number
  readonly #derive: Derive
  readonly #queue: (() => void)[] = []
  #running = 0

  /** @param costPower N = 2 to this power: setting `signIn.passwordCost` */
  constructor(costPower: number, derive: Derive = deriveByScrypt) {
    this.#cost = 2 ** costPower
    this.#derive = derive
  }

  /** @throws GatewayError API_BUSY when too many wait */
  async hash(password: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES)
    const hash = await this.#run(password, salt, {
      N: this.#cost,
      r: BLOCK_SIZE,
      p: PARALLELISM,
    })
    const parts = [this.#cost, BLOCK_SIZE, PARALLELISM, text(salt), text(hash)]
    return `scrypt$${parts.join('$')}`
  }

  /**
   * One derivation whatever is stored: for an unknown user (null) of a hash that nothing matches.
   * @throws GatewayError API_BUSY when too many wait
   */
  async check(password: string, stored: string | null): Promise<PasswordCheck> {
    const match = STORED.exec(stored ?? '')
    const [, cost, blockSize, parallelism, salt, hash] = match ?? []
    const options = {
      N: Number(cost ?? this.#cost),
      r: Number(blockSize ?? BLOCK_SIZE),
      p: Number(parallelism ?? PARALLELISM),
    }
    const wanted = hash === undefined ? randomBytes(HASH_BYTES) : bytes(hash)
    const given = await this.#run(
      password,
      salt === undefined ? randomBytes(SALT_BYTES) : bytes(salt),
      options,
    )
    return {
      isRight: match !== null && wanted.length === given.length && timingSafeEqual(wanted, given),
      isOutdated: options.N !== this.#cost || options.r !== BLOCK_SIZE || options.p !== PARALLELISM,
    }
  }

  async #run(password: string, salt: Buffer, options: ScryptOptions): Promise<Buffer> {
    await this.#turn()
    try {
      return await this.#derive(normal(password), salt, HASH_BYTES, {
        ...options,
        // 128·N·r is what scrypt itself needs; Node refuses when it is not strictly more.
        maxmem: 256 * (options.N ?? 0) * BLOCK_SIZE,
      })
    } finally {
      const next = this.#queue.shift()
      if (next === undefined) this.#running -= 1
      else next()
    }
  }

  /** Who ends hands its place to whoever waits longest. */
  async #turn(): Promise<void> {
    if (this.#running < MAX_AT_A_TIME) {
      this.#running += 1
      return
    }
    if (this.#queue.length >= MAX_WAITING) {
      throw new GatewayError('API_BUSY', 'Too many passwords are being checked.')
    }
    await new Promise<void>((resolve) => this.#queue.push(resolve))
  }
}

/** The same characters typed on another keyboard are the same password (NIST SP 800-63B). */
const normal = (password: string): string =>
  password.slice(0, MAX_PASSWORD_CHARACTERS).normalize('NFKC')
const text = (bytes: Buffer): string => bytes.toString('base64url')
const bytes = (text: string): Buffer => Buffer.from(text, 'base64url')

const deriveByScrypt: Derive = (password, salt, bytes, options) =>
  new Promise((resolve, reject) => {
    scrypt(password, salt, bytes, options, (error, key) => {
      if (error === null) resolve(key)
      else reject(error)
    })
  })
