import { EBCDIC_BLANK, fromEbcdic, toEbcdic } from './ebcdic.ts'
import { UnsendableValue } from './pesit-fault.ts'

/** `PESIT   `, caller, password: 8 characters each (specification §3.8.2; reference §2.4). */
export const PRE_CONNECTION_BYTES = 24
export const PRE_ANSWER_BYTES = 4
const FIELD_BYTES = 8

/** What a requester may send before CONNECT, in EBCDIC. It authenticates nobody. */
export interface PreConnection {
  /** `PESIT`; CFT may put another service. */
  readonly service: string
  readonly caller: string
  /** Clear text: masked wherever it is shown. */
  readonly password: string
}

export type PreAnswer = 'ACK0' | 'NAK0'

/** @throws UnsendableValue when a field is longer than 8 characters */
export function encodePreConnection({ service, caller, password }: PreConnection): Buffer {
  return Buffer.concat([service, caller, password].map((text) => field(text)))
}

function field(text: string): Buffer {
  const bytes = toEbcdic(text)
  if (bytes.length > FIELD_BYTES) {
    throw new UnsendableValue(`a field of the pre-connection has ${bytes.length} bytes, at most 8`)
  }
  return Buffer.concat([bytes, Buffer.alloc(FIELD_BYTES - bytes.length, EBCDIC_BLANK)])
}

/** @param bytes 24 of them */
export function decodePreConnection(bytes: Buffer): PreConnection {
  const text = (at: number): string =>
    fromEbcdic(bytes.subarray(at, at + FIELD_BYTES)).replace(/ +$/, '')
  return { service: text(0), caller: text(FIELD_BYTES), password: text(2 * FIELD_BYTES) }
}

/** Whether the caller's name could be one: printable characters, none of them lower than a blank. */
export function isCallerPlausible({ caller }: PreConnection): boolean {
  return /^[\x21-\x7e]{1,8}$/.test(caller)
}

export function encodePreAnswer(answer: PreAnswer): Buffer {
  return toEbcdic(answer)
}

/** @returns undefined when the four bytes are neither ACK0 nor NAK0 */
export function decodePreAnswer(bytes: Uint8Array): PreAnswer | undefined {
  const text = fromEbcdic(bytes)
  return text === 'ACK0' || text === 'NAK0' ? text : undefined
}
