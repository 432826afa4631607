/** Bytes that base64 decodes to (xs:base64Binary), counted on the fly over any number of pieces. */
export class Base64Count {
  #digits = 0
  #padding = 0
  #isMalformed = false
  /** Its bits that stand for no whole byte must be zero. */
  #lastDigit = 0

  reset(): void {
    this.#digits = 0
    this.#padding = 0
    this.#isMalformed = false
  }

  add(bytes: Uint8Array, start: number, end: number): void {
    let digits = 0
    let last = this.#lastDigit
    for (let at = start; at < end; at += 1) {
      const kind = KINDS[bytes[at]!]!
      if (kind === DIGIT) {
        digits += 1
        last = bytes[at]!
      } else if (kind !== SPACE) {
        this.#digits += digits
        digits = 0
        if (kind === PADDING) this.#padding += 1
        else this.#isMalformed = true
      }
      if (kind === DIGIT && this.#padding > 0) this.#isMalformed = true
    }
    this.#digits += digits
    this.#lastDigit = last
  }

  /** -1 = it is no base64. */
  get bytes(): number {
    const digits = this.#digits
    const padding = this.#padding
    const isWhole =
      padding <= 2 && (digits + padding) % 4 === 0 && (padding === 0 || digits % 4 > 1)
    const isZero =
      padding === 0 || (padding === 1 ? ENDS_TWO_BYTES : ENDS_ONE_BYTE).includes(this.#lastDigit)
    return isWhole && isZero && !this.#isMalformed ? Math.floor((digits * 3) / 4) : -1
  }
}

/** Last digits before `=` and `==` (XML Schema part 2, base64Binary: B16 and B04). */
const ENDS_TWO_BYTES = Buffer.from('AEIMQUYcgkosw048')
const ENDS_ONE_BYTE = Buffer.from('AQgw')

const DIGIT = 1
const SPACE = 2
const PADDING = 3

const KINDS = new Uint8Array(256)
for (const digit of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/') {
  KINDS[digit.charCodeAt(0)] = DIGIT
}
for (const space of ' \t\r\n') KINDS[space.charCodeAt(0)] = SPACE
KINDS['='.charCodeAt(0)] = PADDING
